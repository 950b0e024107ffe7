import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

/** Opens jobs until they are refused, looks that the service goes on, and gives how many there were and what they cost [byte]. */
export async function openManyJobs(app: FastifyInstance, wanted: number): Promise<{ opened: number; bytesEach: number }> {
  const payload = new URLSearchParams({ LANG: 'ADQL', QUERY: 'SELECT TOP 1 id FROM stars' }).toString();
  const before = process.memoryUsage().rss;
  let opened = 0;
  let refusal = 0;
  while (refusal === 0) {
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => app.inject({ method: 'POST', url: '/tap/async', headers: FORM, payload })),
    );
    opened += answers.filter(({ statusCode }) => statusCode === 303).length;
    refusal = answers.find(({ statusCode }) => statusCode !== 303)?.statusCode ?? 0;
    expect(opened).toBeLessThanOrEqual(wanted);
  }
  expect(refusal).toBe(429);
  // Others are served: a query, a short list, a job that ends.
  expect((await app.inject('/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+1+id+FROM+stars')).statusCode).toBe(200);
  const list = (await app.inject('/tap/async?LAST=3')).body;
  expect(list.match(/<uws:jobref/g)).toHaveLength(3);
  const id = /id="([^"]+)"/.exec(list)![1]!;
  expect((await app.inject({ method: 'POST', url: `/tap/async/${id}/phase`, headers: FORM, payload: 'PHASE=RUN' })).statusCode).toBe(303);
  expect((await app.inject(`/tap/async/${id}?WAIT=20`)).body).toMatch(/<uws:phase>(EXECUTING|COMPLETED)</);
  return { opened, bytesEach: (process.memoryUsage().rss - before) / opened };
}
