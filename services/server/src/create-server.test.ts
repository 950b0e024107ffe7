import { mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createServer, listen, PortInUseError } from './index.ts';

const part = (app: Parameters<Parameters<typeof createServer>[0]['parts'][number]>[0]): void => {
  app.get(
    '/api/answer',
    { schema: { description: 'The answer.', response: { 200: { type: 'object', properties: { answer: { type: 'number' } } } } } },
    () => ({ answer: 42 }),
  );
};

test('has health, metrics of requests, and a description of its routes', async () => {
  const app = await createServer({ parts: [part], version: '1.2.3' });
  expect((await app.inject('/health')).json()).toEqual({ status: 'ok', version: '1.2.3' });
  await app.inject('/api/answer');
  expect((await app.inject('/metrics')).body).toContain(
    'almagest_http_request_seconds_count{method="GET",route="/api/answer",status="200"} 1',
  );
  expect(Object.keys((await app.inject('/openapi.json')).json<{ paths: object }>().paths)).toContain('/api/answer');
  await app.close();
});

test('serves the page for its own addresses, and says plainly when there is nothing', async () => {
  const pageFolder = mkdtempSync(join(tmpdir(), 'almagest-page-'));
  writeFileSync(join(pageFolder, 'index.html'), '<title>Almagest</title>');
  const app = await createServer({ parts: [part], version: '1', pageFolder });
  const page = await app.inject({ url: '/alerts/17', headers: { accept: 'text/html' } });
  expect(page.statusCode).toBe(200);
  expect(page.body).toContain('<title>Almagest</title>');
  const front = await app.inject({ url: '/', headers: { accept: 'text/html' } });
  expect(front.body).toContain('<title>Almagest</title>');
  expect(front.headers).toMatchObject({ 'cross-origin-opener-policy': 'same-origin', 'cache-control': 'no-cache' });
  const missing = await app.inject({ url: '/api/nothing?x=1', headers: { accept: 'application/json' } });
  expect(missing.statusCode).toBe(404);
  expect(missing.json()).toMatchObject({ error: { code: 'server.not-found', message: 'there is nothing at /api/nothing' } });
  expect((await app.inject('/../../etc/passwd')).statusCode).toBe(404);
  await app.close();
});

test('a port in use is told', async () => {
  const first = await createServer({ parts: [], version: '1' });
  const port = Number(new URL(await listen(first, { port: 0 })).port);
  const second = await createServer({ parts: [], version: '1' });
  await expect(listen(second, { port })).rejects.toBeInstanceOf(PortInUseError);
  await first.close();
  await second.close();
});

test('credentials stay out of the log', async () => {
  const lines: string[] = [];
  const app = await createServer({
    parts: [],
    version: '1',
    logger: { level: 'info', stream: { write: (line: string) => void lines.push(line) } },
  });
  app.get('/log', (request) => {
    request.log.info({ req: { headers: request.headers } }, 'seen');
    return {};
  });
  await app.inject({
    url: '/log?code=secret-token&x=1',
    headers: { authorization: 'Bearer secret-token', cookie: 'session=secret-token' },
  });
  expect(lines.join('')).toContain('seen');
  expect(lines.join('')).not.toContain('secret-token');
  await app.close();
});

test('a client that does not take its answer does not keep the server from ending', async () => {
  const app = await createServer({ parts: [], version: '1', graceSec: 0.2 });
  app.get('/endless', (_request, reply) => reply.send(new Readable({ read: () => undefined })));
  const port = Number(new URL(await listen(app, { port: 0 })).port);
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET /endless HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 100));
  const start = performance.now();
  await app.close();
  expect(performance.now() - start).toBeLessThan(2000);
  socket.destroy();
});

test('a service that fails without an answer of its own is answered for, with the code and without secrets', async () => {
  const app = await createServer({
    parts: [
      (scope) => {
        scope.get('/known', () => Promise.reject(new PortInUseError('port 1 is taken')));
        scope.get('/unknown', () => Promise.reject(new Error('the password is 1234')));
      },
    ],
    version: '1',
  });
  expect((await app.inject('/known')).statusCode).toBe(503);
  const unknown = await app.inject('/unknown');
  expect(unknown.statusCode).toBe(500);
  expect(unknown.json()).toMatchObject({ error: { code: 'server.failed' } });
  expect(unknown.body).not.toContain('1234');
  await app.close();
});
