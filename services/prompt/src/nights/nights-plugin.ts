import { type Authenticator, requireScope } from '@almagest/auth';
import type { Butler } from '@almagest/butler';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { UnitStore } from '../units/unit-store.ts';
import { NightReports } from './night-report.ts';

export interface NightsOptions {
  readonly butler: Butler;
  readonly authenticate: Authenticator;
  /** Memory of prompt processing, whose timings are shown with each visit; a function where it may come later. */
  readonly units?: UnitStore | (() => UnitStore | undefined);
  /** Where the routes are; default `/api/nights`. */
  readonly prefix?: string;
}

const parameters = z.object({ day: z.coerce.number().int().min(19_000_101).max(99_991_231) });

/** Mounts `/api/nights` and `/api/nights/:day`: what was observed, processed and failed. */
export function registerNights(app: FastifyInstance, { butler, authenticate, units, prefix = '/api/nights' }: NightsOptions): void {
  const reports = new NightReports(butler, units);
  const mayRead = async ({ headers }: FastifyRequest): Promise<void> =>
    requireScope(await authenticate({ authorization: headers.authorization, cookie: headers.cookie }), 'read:image');
  app.get(prefix, async (request) => {
    await mayRead(request);
    return { nights: await reports.list() };
  });
  app.get(`${prefix}/:day`, async (request, reply) => {
    await mayRead(request);
    const asked = parameters.safeParse(request.params);
    if (!asked.success) return reply.code(400).send({ error: { code: 'prompt.bad-night', message: 'a night is written as yyyymmdd' } });
    const night = await reports.get(asked.data.day);
    if (night) return night;
    return reply
      .code(404)
      .send({ error: { code: 'prompt.no-night', message: 'nothing was observed in that night; /api/nights lists those with visits' } });
  });
}
