import { expect, test } from 'vitest';
import { createServer, listen } from './index.ts';
import { mountHandler } from './mount-handler.ts';

test('hands requests on whole, answers as they are made, and ends what nobody reads', async () => {
  let cancelled = 0;
  const handler = async (request: Request): Promise<Response> => {
    const { pathname, search } = new URL(request.url);
    if (pathname === '/api/x/endless')
      return new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(new Uint8Array(1 << 16)),
          cancel: () => void (cancelled += 1),
        }),
      );
    const body = [...new Uint8Array(await request.arrayBuffer())];
    return Response.json({ path: pathname + search, method: request.method, body, mark: request.headers.get('x-mark') }, { status: 201 });
  };
  const app = await createServer({
    version: '1',
    parts: [(server) => mountHandler(server, handler, { prefix: '/api/x', bodyLimit: 100 })],
  });
  const address = await listen(app, { port: 0 });
  const answer = await fetch(`${address}/api/x/a/b?c=d`, { method: 'POST', body: Uint8Array.of(0, 255, 10), headers: { 'x-mark': 'm' } });
  expect([answer.status, await answer.json()]).toEqual([201, { path: '/api/x/a/b?c=d', method: 'POST', body: [0, 255, 10], mark: 'm' }]);
  expect((await fetch(`${address}/api/x/a`, { method: 'POST', body: new Uint8Array(101) })).status).toBe(413);
  const endless = await fetch(`${address}/api/x/endless`);
  await endless.body!.getReader().cancel();
  for (let i = 0; i < 100 && cancelled === 0; i += 1) await new Promise((done) => setTimeout(done, 20));
  expect(cancelled).toBe(1);
  await app.close();
});
