/** Requests that mean harm: each gets an answer, nobody else notices. */
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { columnFromCells, makeTable, writeParquet } from '@almagest/table';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckdbEngine } from '@almagest/catalogs';
import { multipart } from './multipart.ts';
import { createSampleService } from './sample-service.ts';

let app: FastifyInstance;
let port = 0;
beforeAll(async () => {
  app = await createSampleService({ limits: { uploads: { maxRows: 10_000, maxColumns: 500, maxBytes: 20_000_000 }, maxSyncPerUser: 12 } });
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => app.close());

const upload = (bytes: Uint8Array) =>
  app.inject({
    method: 'POST',
    url: '/tap/sync',
    ...multipart({ LANG: 'ADQL', QUERY: 'SELECT * FROM TAP_UPLOAD.t', UPLOAD: 't,param:f' }, { f: bytes }),
  });
const votable = (inside: string, before = ''): Buffer =>
  Buffer.from(
    `<?xml version="1.0"?>${before}<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE><TABLE>${inside}</TABLE></RESOURCE></VOTABLE>`,
  );
const row = '<TR><TD>1</TD></TR>';
const bomb = 'abcdefghij'
  .split('')
  .map((name, i, all) => `<!ENTITY ${name} "${i === 0 ? 'lol' : `&${all[i - 1]};`.repeat(10)}">`)
  .join('');

test.each<[string, () => Uint8Array | Promise<Uint8Array>, RegExp]>([
  ['a gzip bomb', () => gzipSync(Buffer.alloc(300_000_000)), /unpacks to more than 20000000 bytes/],
  ['a gzip file cut short', () => gzipSync(Buffer.from('a,b\n1,2\n'.repeat(100))).subarray(0, 30), /no table that can be read/],
  ['a million CSV columns', () => Buffer.from(`${'c,'.repeat(1_000_000)}c\n`), /1000001 columns; at most 500/],
  ['a million VOTable columns', () => votable('<FIELD name="a" datatype="int"/>'.repeat(1_000_000)), /more than 5000 columns/],
  [
    'too many rows',
    () => votable(`<FIELD name="a" datatype="int"/><DATA><TABLEDATA>${row.repeat(60_000)}</TABLEDATA></DATA>`),
    /at most 10000 are taken/,
  ],
  ['nested entities', () => votable('<FIELD name="&j;" datatype="int"/>', `<!DOCTYPE VOTABLE [${bomb}]>`), /no table that can be read/],
  [
    'an entity of a file',
    () =>
      votable('<DESCRIPTION>&x;</DESCRIPTION><FIELD name="a" datatype="int"/>', '<!DOCTYPE V [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
    /^(?!.*root:)/s,
  ],
  [
    'an array longer than the document',
    () =>
      votable(
        '<FIELD name="a" datatype="int" arraysize="2000000000"/><DATA><BINARY2><STREAM encoding="base64">AAAA</STREAM></BINARY2></DATA>',
      ),
    /no table that can be read/,
  ],
  ['Parquet cut short', async () => (await parquet()).subarray(0, 60), /no table that can be read/],
  ['Parquet whose footer lies of its length', async () => lie(await parquet()), /no table that can be read/],
  ['two columns of one name', () => Buffer.from('a,A\n1,2\n'), /two columns called/],
  ['bytes of no format', () => Buffer.from([0, 1, 2, 3, 0, 255]), /neither VOTable, Parquet/],
])('%s is refused, and the next query is served', async (_name, make, message) => {
  const answer = await upload(await make());
  expect([200, 400]).toContain(answer.statusCode);
  expect(answer.body.replaceAll('&quot;', '"')).toMatch(message);
  expect(answer.body).not.toContain('root:');
  expect((await app.inject({ url: '/tap/sync', query: { LANG: 'ADQL', QUERY: 'SELECT TOP 1 id FROM stars' } })).statusCode).toBe(200);
});

function parquet(): Promise<Uint8Array> {
  return writeParquet(makeTable([columnFromCells({ name: 'a', datatype: 'int32' }, [1, 2, 3])]));
}

function lie(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(copy.length - 8, 0xfffffff0, true);
  return copy;
}

test.each([
  'http://127.0.0.1:PORT/secret',
  'http://localhost:PORT/secret',
  'http://[::1]:PORT/secret',
  'http://0x7f000001:PORT/secret',
  'http://trusted.example@127.0.0.1:PORT/secret',
  'file:///etc/passwd',
  'ftp://127.0.0.1/x',
  'param:../../etc/passwd',
  'param:constructor',
])('nothing is fetched from %s', async (uri) => {
  let asked = 0;
  const secret = createServer((_request, response) => {
    asked++;
    response.end('secret');
  });
  await new Promise<void>((done) => secret.listen(0, '127.0.0.1', done));
  const address = uri.replace('PORT', String((secret.address() as AddressInfo).port));
  for (const path of ['sync', 'async']) {
    const query = { LANG: 'ADQL', QUERY: 'SELECT * FROM TAP_UPLOAD.t', UPLOAD: `t,${address}` };
    const answer = await app.inject({ method: 'POST', url: `/tap/${path}`, query });
    expect(answer.statusCode).toBe(400);
    expect(answer.body).toContain('tap.upload');
  }
  expect(asked).toBe(0);
  await new Promise((done) => secret.close(done));
});

test('a trusted host that redirects elsewhere is not followed', async () => {
  let asked = 0;
  const secret = createServer((request, response) => {
    if (request.url === '/secret') asked++;
    response.writeHead(302, { location: '/secret' }).end();
  });
  await new Promise<void>((done) => secret.listen(0, '127.0.0.1', done));
  const host = `127.0.0.1:${(secret.address() as AddressInfo).port}`;
  const trusting = await createSampleService({ uploadHosts: [host] });
  const query = { LANG: 'ADQL', QUERY: 'SELECT * FROM TAP_UPLOAD.t', UPLOAD: `t,http://${host}/table` };
  expect((await trusting.inject({ url: '/tap/sync', query })).statusCode).toBe(400);
  expect(asked).toBe(0);
  await trusting.close();
  await new Promise((done) => secret.close(done));
});

const polygon = (count: number): string =>
  Array.from({ length: count }, (_, i) => `${(((i * 360) / count) % 360).toFixed(6)}, ${(50 + 20 * Math.sin(i)).toFixed(6)}`).join(', ');

test.each([
  ['a polygon of 20 000 vertices', `SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), POLYGON(${polygon(20_000)}))`],
  ['a circle of infinite radius', 'SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 1, 1e400))'],
  ['a circle of radius 1e300', 'SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 1, 1e300))'],
  ['a polygon of 500 vertices', `SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), POLYGON(${polygon(500)}))`],
  ['a position that is no number', 'SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(0/0, 1, 1))'],
  ['a declination of 1e300', 'SELECT id FROM stars WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(1, 1e300, 1))'],
  ['ten thousand parentheses', `SELECT ${'('.repeat(10_000)}1${')'.repeat(10_000)} FROM stars`],
  ['a statement behind the statement', 'SELECT id FROM stars; DROP TABLE sample_stars --'],
  ['a function of the engine', "SELECT * FROM read_csv('/etc/passwd')"],
  ['a file as a table', "SELECT * FROM '/etc/passwd'"],
])('%s is answered or refused, soon', async (_name, QUERY) => {
  const start = performance.now();
  const answer = await app.inject({
    method: 'POST',
    url: '/tap/sync',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ LANG: 'ADQL', QUERY }).toString(),
  });
  expect([200, 400]).toContain(answer.statusCode);
  expect(answer.body).not.toContain('root:');
  expect(performance.now() - start).toBeLessThan(10_000);
});

test('paths of jobs lead nowhere else', async () => {
  for (const id of ['..%2f..%2fetc%2fpasswd', '%00', '..', '__proto__'])
    for (const part of ['', '/results/result', '/phase'])
      expect([400, 404]).toContain((await app.inject(`/tap/async/${id}${part}`)).statusCode);
});

test('clients that send or read slowly do not hold others up', async () => {
  const big = encodeURIComponent('SELECT a.id, a.name, b.name FROM stars a, stars b');
  const request = `GET /tap/sync?LANG=ADQL&MAXREC=2000000&FORMAT=csv&QUERY=${big} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const slow = Array.from({ length: 8 }, () => connect(port, '127.0.0.1'));
  let ended = 0;
  for (const [i, socket] of slow.entries()) {
    socket.on('error', () => undefined);
    socket.on('close', () => ended++);
    socket.pause();
    // Half of them never end their request, half never read their answer.
    socket.write(i % 2 === 0 ? request : request.slice(0, 60));
  }
  await untilConnected(slow.length);
  // Others are served while these are still there.
  expect(await Promise.all(Array.from({ length: 6 }, statusOfQuery))).toEqual(Array.from({ length: 6 }, () => 200));
  expect(ended).toBe(0);
  for (const socket of slow) socket.destroy();
});

/** Waits until the server has taken so many connections. */
async function untilConnected(count: number): Promise<void> {
  const connected = (): Promise<number> => new Promise((done) => app.server.getConnections((_error, found) => done(found)));
  while ((await connected()) < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

test('the query of a client that vanishes is cancelled within a second', async () => {
  const engine = await createDuckdbEngine({ threads: 1 });
  const ended: number[] = [];
  const service = await createSampleService({
    engine: {
      ...engine,
      loadTable: () => Promise.resolve(),
      run: async (_sql, options) => {
        options?.signal?.addEventListener('abort', () => ended.push(performance.now()), { once: true });
        return engine.run('SELECT sum(a.range * b.range + c.range) AS id FROM range(1000000) a, range(1000000) b, range(1000) c', options);
      },
    },
  });
  const to = Number(new URL(await service.listen({ host: '127.0.0.1', port: 0 })).port);
  const socket = connect(to, '127.0.0.1');
  socket.write('GET /tap/sync?LANG=ADQL&QUERY=SELECT+id+FROM+stars HTTP/1.1\r\nHost: x\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const left = performance.now();
  socket.destroy();
  while (ended.length === 0 && performance.now() - left < 3000) await new Promise((resolve) => setTimeout(resolve, 10));
  expect((ended[0] ?? Infinity) - left).toBeLessThan(1000);
  // The engine itself is free again.
  const { batches } = await engine.run('SELECT 1 AS x');
  for await (const batch of batches) expect(batch.nrows).toBe(1);
  await service.close();
  await engine.close();
});

test('a query that takes too long is told so, whether it runs or waits, and frees its place', async () => {
  const service = await createSampleService({ syncSeconds: 1, limits: { lanes: { fast: 1, slow: 1 } } });
  const QUERY = 'SELECT SUM(a.visits * b.visits + c.visits + d.mag) AS s FROM stars a, stars b, stars c, stars d';
  const answers = await Promise.all([1, 2].map(() => service.inject({ url: '/tap/sync', query: { LANG: 'ADQL', QUERY } })));
  for (const { statusCode, body } of answers) {
    expect(statusCode).toBe(400);
    expect(body).toContain('<INFO name="QUERY_STATUS" value="ERROR">the query took longer than 1 s');
    expect(body).toContain('[tap.sync-time]');
  }
  expect((await service.inject({ url: '/tap/sync', query: { LANG: 'ADQL', QUERY: 'SELECT TOP 1 id FROM stars' } })).statusCode).toBe(200);
  await service.close();
});

test('one user cannot hold all the queries', async () => {
  const waiting: Socket[] = [];
  const heavy = encodeURIComponent('SELECT a.id, a.name, b.name FROM stars a, stars b');
  // One more each time, since those that are refused themselves do not come back.
  const askMore = (): void => {
    const socket = connect(port, '127.0.0.1');
    waiting.push(socket);
    socket.on('error', () => undefined);
    socket.pause();
    socket.write(`GET /tap/sync?LANG=ADQL&MAXREC=9000000&FORMAT=csv&QUERY=${heavy} HTTP/1.1\r\nHost: x\r\n\r\n`);
  };
  for (let i = 0; i < 12; i++) askMore();
  expect(await untilStatus(429, askMore)).toBe(429);
  for (const socket of waiting) socket.destroy();
  expect(await untilStatus(200)).toBe(200);
});

/** The status, once it is the one that is waited for; a busy machine takes its time to accept connections. */
async function untilStatus(wanted: number, before: () => void = () => undefined): Promise<number> {
  let status = 0;
  for (let i = 0; i < 100 && status !== wanted; i++) {
    before();
    status = await statusOfQuery();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return status;
}

async function statusOfQuery(): Promise<number> {
  const answer = await fetch(`http://127.0.0.1:${port}/tap/sync?LANG=ADQL&QUERY=SELECT+TOP+1+id+FROM+stars`);
  await answer.text();
  return answer.status;
}
