import { mkdtempSync, readdirSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { build } from 'vite';
import { exercise, type ExerciseInput, type ExerciseResult } from './exercise.ts';
import { makeFits, makeVotable } from './sample-files.ts';

const CHROMIUM = '/usr/bin/chromium';
const haveChromium = existsSync(CHROMIUM);
if (!haveChromium) console.log('skipped: Chromium is absent (apt-get install chromium)');

/** Rooms that are built for browsers, each from its own entry point. */
const ROOMS = ['fits', 'wcs', 'sphere', 'table', 'image'] as const;
const FOUNDATION = join(import.meta.dirname, '../../..');
const TYPES: Readonly<Record<string, string>> = { '.js': 'text/javascript', '.html': 'text/html' };

/** The page: it loads a module of the build when asked to. */
const HTML = '<!doctype html><title>rooms</title><script>globalThis.load = (name) => import(`./${name}.js`);</script>';
interface Loader {
  readonly load: (name: string) => Promise<object>;
}

const folder = mkdtempSync(join(tmpdir(), 'almagest-browser-'));
/** Lengths that were asked for. */
const ranges: number[] = [];
let fits: Uint8Array;
let server: Server;
let address = '';
let context: BrowserContext | undefined;

beforeAll(async () => {
  if (!haveChromium) return;
  fits = await makeFits();
  await bundle();
  server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  context = await chromium.launchPersistentContext(join(folder, 'profile'), {
    executablePath: CHROMIUM,
    headless: true,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
    ],
  });
});
afterAll(async () => {
  await context?.close();
  server?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** One build of all rooms and of the exercise, with what they have in common in chunks. */
async function bundle(): Promise<void> {
  const entries = ROOMS.map((room) => [room, join(FOUNDATION, room, 'src/index.ts')]);
  await build({
    root: import.meta.dirname,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir: join(folder, 'site'),
      target: 'es2023',
      rolldownOptions: {
        input: { ...Object.fromEntries(entries), exercise: join(import.meta.dirname, 'exercise.ts') },
        preserveEntrySignatures: 'strict',
        output: { entryFileNames: '[name].js', chunkFileNames: 'chunk-[hash].js' },
      },
    },
  });
}

/** Files of the build, a page, and the FITS file by ranges; /isolated/ pages may share memory between threads. */
function serve(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname.startsWith('/isolated')) {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
  }
  if (url.pathname.endsWith('/sample.fits')) return sendRange(request, response);
  const name = url.pathname.split('/').at(-1) ?? '';
  const file = join(folder, 'site', name);
  if (name === '' || !existsSync(file)) return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(HTML);
  return void response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }).end(readFileSync(file));
}

function sendRange(request: IncomingMessage, response: ServerResponse): void {
  const [first = 0, last = 0] = (request.headers.range ?? '').replace('bytes=', '').split('-').map(Number);
  const part = fits.subarray(first, last + 1);
  ranges.push(last - first + 1);
  response.writeHead(206, { 'Content-Range': `bytes ${first}-${first + part.length - 1}/${fits.length}` }).end(part);
}

async function openPage(path: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await (context as BrowserContext).newPage();
  const complaints: string[] = [];
  page.on('console', (message) => void (message.type() === 'error' && complaints.push(message.text())));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(`${address}${path}`);
  return { page, complaints };
}

type Sent = Omit<ExerciseResult, 'picture' | 'png'> & {
  /** The PNG as the browser's own decoder shows it. */
  readonly shown: { readonly width: number; readonly height: number; readonly gray: readonly number[] };
  readonly isolated: boolean;
};

/** Runs the exercise in a page; bytes travel as arrays. */
async function exerciseIn(page: Page, threads: number): Promise<Sent> {
  const votable = makeVotable();
  return await page.evaluate(
    async (input): Promise<Sent> => {
      const module = (await (globalThis as unknown as Loader).load('exercise')) as { readonly exercise: typeof exercise };
      const bytes = new Uint8Array(
        await (await fetch(`${location.origin}/${input.place}/sample.fits`, { headers: { Range: 'bytes=0-99999999' } })).arrayBuffer(),
      );
      const result = await module.exercise({
        fits: bytes,
        url: `${location.origin}/${input.place}/sample.fits`,
        votable: Uint8Array.from(input.votable),
        threads: input.threads,
      });
      const bitmap = await createImageBitmap(new Blob([result.png as Uint8Array<ArrayBuffer>], { type: 'image/png' }));
      const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
      const painter = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
      painter.drawImage(bitmap, 0, 0);
      const rgba = painter.getImageData(0, 0, bitmap.width, bitmap.height).data;
      const gray = Array.from({ length: rgba.length / 4 }, (_unused, i) => rgba[4 * i] as number);
      const { exact, close } = result;
      return { exact, close, shown: { width: bitmap.width, height: bitmap.height, gray }, isolated: globalThis.crossOriginIsolated };
    },
    { votable: Array.from(votable), threads, place: threads > 1 ? 'isolated' : 'plain' },
  );
}

const input = (): ExerciseInput => ({ fits, url: `${address}/plain/sample.fits`, votable: makeVotable(), threads: 1 });

test.skipIf(!haveChromium).each([
  { place: '/plain/', threads: 1 },
  { place: '/isolated/', threads: 2 },
])('a page at $place with $threads threads computes what Node computes', async ({ place, threads }) => {
  const expected = await exercise(input());
  ranges.length = 0;
  const { page, complaints } = await openPage(place);
  const found = await exerciseIn(page, threads);
  expect(complaints).toEqual([]);
  expect(found.isolated).toBe(threads > 1);
  expect(found.exact).toEqual(expected.exact);
  for (const [name, numbers] of Object.entries(expected.close)) {
    if (name === 'pixels') continue; // differences from whole pixels, below
    const theirs = found.close[name] ?? [];
    expect(theirs).toHaveLength(numbers.length);
    // Two builds of one engine may differ in the last places of a sine.
    numbers.forEach((number, k) =>
      expect(Math.abs((theirs[k] ?? Number.NaN) - number), `${name} ${k}`).toBeLessThanOrEqual(1e-9 * Math.max(1e-3, Math.abs(number))),
    );
  }
  expect(Math.max(...(found.close['pixels'] ?? [Number.NaN]).map(Math.abs))).toBeLessThan(1e-7);
  const [whole, ...parts] = ranges.toSorted((a, b) => b - a);
  expect(whole, 'the blob').toBeGreaterThan(fits.length);
  expect(parts.length).toBeGreaterThan(2);
  expect(Math.max(...parts)).toBeLessThan(0.8 * fits.length);
  const { picture } = expected;
  expect([found.shown.width, found.shown.height]).toEqual([picture.width, picture.height]);
  expect(found.shown.gray).toEqual([...picture.data]);
  await page.close();
});

test.skipIf(!haveChromium)('each room is a module of its own without a trace of Node, and works alone', async () => {
  const site = join(folder, 'site');
  for (const name of readdirSync(site).filter((each) => each.endsWith('.js')))
    expect(readFileSync(join(site, name), 'utf8'), name).not.toMatch(/from\s*["']node:|require\(["']node:|import\(["']node:/);
  const { page, complaints } = await openPage('/plain/');
  const counts = await page.evaluate(async (rooms) => {
    const found: Record<string, number> = {};
    for (const room of rooms) found[room] = Object.keys(await (globalThis as unknown as Loader).load(room)).length;
    return found;
  }, ROOMS);
  for (const room of ROOMS)
    expect(counts[room], room).toBe(Object.keys((await import(join(FOUNDATION, room, 'src/index.ts'))) as object).length);
  expect(complaints).toEqual([]);
});
