import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type ByteSource,
  bytesSource,
  compressedImageHdu,
  fitsBytes,
  httpSource,
  type HttpSourceOptions,
  imageHdu,
  openFits,
  readImage,
  readTable,
  tableHdu,
} from '../index.ts';

const SIDE = 1024;
const pixels = Float32Array.from({ length: SIDE * SIDE }, (_unused, i) => 100 + ((i * 7919) % 61));
const section = [
  [400, 464],
  [300, 380],
] as const;

let file: Uint8Array;
let server: Server;
let address = '';
/** What the server was asked for since the last look. */
let log: { readonly range: string | undefined; readonly sent: number }[] = [];
/** How the server behaves, by path. */
const behaviours: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
  '/file.fits': (request, response) => sendRange(request, response),
  '/hidden.fits': (request, response) => sendRange(request, response, { hideTotal: true }),
  '/whole.fits': (_request, response) => {
    log.push({ range: undefined, sent: file.length });
    response.writeHead(200).end(file);
  },
  '/short.fits': (request, response) => sendRange(request, response, { shorten: 1 }),
  '/long.fits': (request, response) => sendRange(request, response, { shorten: -1000 }),
  '/changing.fits': (request, response) => sendRange(request, response, { etag: `"${log.length}"` }),
  '/empty.fits': (_request, response) => response.writeHead(416, { 'Content-Range': 'bytes */0' }).end(),
  '/gone.fits': (_request, response) => response.writeHead(404).end('not here'),
  '/broken.fits': (_request, response) => response.writeHead(503).end(),
  '/cut.fits': (_request, response) => {
    response.writeHead(206, { 'Content-Length': 30_000, 'Content-Range': 'bytes 0-29999/99999' });
    response.write('SIMPLE', () => response.destroy());
  },
};

function sendRange(
  request: IncomingMessage,
  response: ServerResponse,
  how: { readonly hideTotal?: boolean; readonly shorten?: number; readonly etag?: string } = {},
): void {
  if (request.method === 'HEAD') return void response.writeHead(200, { 'Content-Length': file.length }).end();
  const { range } = request.headers;
  const [first = 0, last = 0] = (range ?? '').replace('bytes=', '').split('-').map(Number);
  const part = file.subarray(first, Math.min(last + 1, file.length));
  const sent = log.length === 0 ? part : part.subarray(0, part.length - Math.max(0, how.shorten ?? 0));
  const extra = log.length > 0 && (how.shorten ?? 0) < 0 ? Buffer.alloc(1000) : Buffer.alloc(0);
  log.push({ range, sent: sent.length });
  const total = how.hideTotal ? {} : { 'Content-Range': `bytes ${first}-${first + part.length - 1}/${file.length}` };
  response.writeHead(206, { ...total, ETag: how.etag ?? '"1"' }).end(Buffer.concat([sent, extra]));
}

beforeAll(async () => {
  const data = Int16Array.from(pixels);
  file = await fitsBytes([
    imageHdu({ data: pixels, shape: [SIDE, SIDE] }),
    await compressedImageHdu({ data, shape: [SIDE, SIDE], name: 'PACKED' }),
    tableHdu({ name: 'CAT', columns: [{ name: 'id', values: Int32Array.from({ length: 1000 }, (_unused, i) => i) }] }),
  ]);
  server = createServer((request, response) => behaviours[request.url?.replace(/\?.*/, '') ?? '']?.(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

function open(path: string, options?: HttpSourceOptions): Promise<ByteSource> {
  log = [];
  return httpSource(`${address}${path}`, options);
}

const bytesAsked = (): number => log.reduce((sum, { sent }) => sum + sent, 0);

test('sections and tables of a file behind HTTP equal those of its bytes, and little else is fetched', async () => {
  const near = await openFits(bytesSource(file));
  const far = await openFits(await open('/file.fits'));
  for (const index of [0, 1]) {
    const expected = await readImage(await near.hdu(index), { section });
    expect(await readImage(await far.hdu(index), { section })).toEqual(expected);
  }
  expect(await readTable(await far.hdu('CAT'))).toEqual(await readTable(await near.hdu('CAT')));
  // The 64 lines of 4 kB that the section touches, its packed tiles, three headers, the table, and the slack of small reads.
  expect(file.length).toBeGreaterThan(5e6);
  expect(bytesAsked()).toBeLessThan(64 * 4096 + 64 * 1024 + 5 * 32_768);
  expect(log.length).toBeLessThan(10);
});

test('a read is served by the piece at hand where it lies inside, and larger ones ask for exactly their bytes', async () => {
  const source = await open('/file.fits', { blockBytes: 4096 });
  expect(source.size).toBe(file.length);
  expect(await source.read(10, 100)).toEqual(file.subarray(10, 110));
  expect(log.map(({ range }) => range)).toEqual(['bytes=0-4095']);
  const [a, b] = await Promise.all([source.read(100_000, 50), source.read(101_000, 50)]);
  expect([a, b]).toEqual([file.subarray(100_000, 100_050), file.subarray(101_000, 101_050)]);
  expect(await source.read(200_001, 70_000)).toEqual(file.subarray(200_001, 270_001));
  expect(log.slice(1).map(({ range }) => range)).toEqual(['bytes=100000-104095', 'bytes=200001-270000']);
  expect(await source.read(file.length - 5, 100)).toEqual(file.subarray(file.length - 5));
  expect(await source.read(file.length + 5, 100)).toHaveLength(0);
});

test('a server that hides the length is asked for it, and one that ignores ranges is read once', async () => {
  expect((await open('/hidden.fits')).size).toBe(file.length);
  const whole = await openFits(await open('/whole.fits'));
  await readImage(await whole.hdu(1), { section });
  expect(log).toHaveLength(1);
  await expect(open('/whole.fits', { maxBytes: 1000 })).rejects.toMatchObject({ code: 'fits.too-large' });
  expect((await open('/empty.fits')).size).toBe(0);
});

test('answers that are not the file are told apart, without what is secret in the address', async () => {
  await expect(open('/gone.fits?token=secret')).rejects.toMatchObject({ code: 'fits.request-refused', fault: 'caller' });
  await expect(open('/gone.fits?token=secret')).rejects.not.toThrow('secret');
  await expect(open('/broken.fits')).rejects.toMatchObject({ code: 'fits.request-failed', retryable: true });
  await expect(open('/cut.fits')).rejects.toMatchObject({ code: 'fits.request-failed' });
  await expect(httpSource('http://127.0.0.1:1/x.fits')).rejects.toMatchObject({ code: 'fits.request-failed' });
  await expect((await open('/short.fits')).read(50_000, 100_000)).rejects.toMatchObject({ code: 'fits.truncated' });
  await expect((await open('/long.fits')).read(50_000, 100_000)).rejects.toMatchObject({ code: 'fits.too-large' });
  await expect((await open('/changing.fits')).read(50_000, 100_000)).rejects.toMatchObject({ code: 'fits.bad-data' });
});

test('an aborted source asks no more, with the reason of the signal', async () => {
  const abort = new AbortController();
  const source = await open('/file.fits', { signal: abort.signal });
  abort.abort(new Error('enough'));
  await expect(source.read(500_000, 10)).rejects.toThrow('enough');
});

test('a piece that failed is asked for again', async () => {
  let failures = 1;
  const flaky: NonNullable<HttpSourceOptions['fetch']> = (url, init) =>
    (init.headers as Record<string, string>)['Range'] !== 'bytes=0-32767' && failures-- > 0
      ? Promise.reject(new TypeError('down'))
      : fetch(url, init);
  const source = await open('/file.fits', { fetch: flaky });
  await expect(source.read(500_000, 10)).rejects.toMatchObject({ code: 'fits.request-failed' });
  expect(await source.read(500_000, 10)).toEqual(file.subarray(500_000, 500_010));
});
