/**
 * FITS input and output against cfitsio (through its Python binding) and fpack/funpack: a 64 MB float image, Rice compression of a
 * 4096 x 4096 16-bit image on one thread and two, and one 512 x 512 section of it. Medians of interleaved rounds; prints one JSON
 * line a task. `cpu_ratio` compares processor time, which a busy machine changes less.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  compressedImageHdu,
  type FitsImage,
  imageHdu,
  openFits,
  type OutputHdu,
  plainImageHdu,
  readImage,
  writeFits,
} from '@almagest/fits';
import { setKernelThreads } from '@almagest/kernels';
import { type FileSource, openFile } from '@almagest/resources';

const SIDE = 4096;
const ROUNDS = 7;
const PYTHON = '/usr/bin/python3';
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-fits-'));
const at = (name: string): string => join(folder, name);

/** Whether images are read into the pixels of the one before. */
let keepPixels = false;
let kept: FitsImage['data'] | undefined;

/** Reads and writes by cfitsio's Python binding, timed inside. */
const FITSIO = `
import sys, time, fitsio
now = lambda: (time.perf_counter(), time.process_time())
task, path, out = sys.argv[1:4]
if task == 'read':
    a = now(); fitsio.read(path); b = now()
else:
    data = fitsio.read(path); a = now(); fitsio.write(out, data, clobber=True); b = now()
print(b[0] - a[0], b[1] - a[1])
`;

try {
  // In a process of its own, whose memory comes in huge pages as numpy's does.
  if (process.argv[2] === 'read')
    console.log(JSON.stringify(await timingsOf(() => read(process.argv[3] ?? '', 0), process.argv[4] === 'reuse')));
  else await main();
} finally {
  rmSync(folder, { recursive: true });
}

async function main(): Promise<void> {
  const float = makeImage();
  const short: FitsImage = { shape: float.shape, data: Int16Array.from(float.data as Float32Array) };
  await write(at('f32.fits'), imageHdu(float));
  await write(at('i16.fits'), imageHdu(short));
  await write(at('i16.fits.fz'), await compressedImageHdu(short));
  const hasFitsio = spawnSync(PYTHON, ['-c', 'import fitsio']).status === 0;
  const hasFpack = spawnSync('fpack', ['-V']).error === undefined;
  const fitsio = (task: string) => (): Timing => {
    const text = execFileSync(PYTHON, ['-c', FITSIO, task, at('f32.fits'), at('peer.fits')], { encoding: 'utf8' });
    const [wall = Number.NaN, cpu = Number.NaN] = text.split(' ').map(Number);
    return { wall, cpu };
  };
  await compare('fits-read-64MB-float', () => read(at('f32.fits'), 0), hasFitsio ? fitsio('read') : undefined, 'fitsio', 1);
  const fresh = childTimings(at('f32.fits'), '');
  const again = childTimings(at('f32.fits'), 'reuse');
  await compare('fits-read-64MB-float, huge pages', fresh, hasFitsio ? fitsio('read') : undefined, 'fitsio', 1);
  await compare('fits-read-64MB-float, into the pixels of the last', again, hasFitsio ? fitsio('read') : undefined, 'fitsio', 1);
  await compare(
    'fits-write-64MB-float',
    () => write(at('ours.fits'), imageHdu(float)),
    hasFitsio ? fitsio('write') : undefined,
    'fitsio',
    1,
  );
  const fpack = hasFpack
    ? () => {
        rmSync(at('peer.fits.fz'), { force: true });
        return timeProcess('fpack', ['-Y', '-O', at('peer.fits.fz'), at('i16.fits')]);
      }
    : undefined;
  const funpack = hasFpack
    ? () => {
        rmSync(at('peer2.fits'), { force: true });
        return timeProcess('funpack', ['-O', at('peer2.fits'), at('i16.fits.fz')]);
      }
    : undefined;
  // File to file on both sides; the peer's time has its process start (about 3 ms), ours has not.
  for (const threads of [1, 2]) {
    setKernelThreads({ threads });
    const label = threads === 1 ? '' : '-2-threads';
    const target = threads === 1 ? 1 : 0.6;
    await compare(`fits-rice-compress-4k-int16${label}`, () => repack(at('i16.fits'), at('ours.fits.fz'), true), fpack, 'fpack', target);
    await compare(
      `fits-rice-decompress-4k-int16${label}`,
      () => repack(at('i16.fits.fz'), at('ours2.fits'), false),
      funpack,
      'funpack',
      target,
    );
  }
  setKernelThreads({ threads: 1 });
  const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');
  const command = (threads: number, ...args: readonly string[]) => {
    const words = [cli, 'fits', ...args, '--overwrite', '--threads', String(threads)];
    return (): Promise<Timing> => Promise.resolve(timeProcess(process.execPath, words));
  };
  // Whole process against whole process, start of the command included.
  for (const threads of [1, 2]) {
    const label = threads === 1 ? '' : ', 2 threads';
    const target = threads === 1 ? 1 : 0.6;
    const pack = command(threads, 'compress', at('i16.fits'), '-o', at('ours.fits.fz'));
    await compare(`almagest fits compress, whole process${label}`, pack, fpack, 'fpack', target);
    const unpack = command(threads, 'decompress', at('i16.fits.fz'), '-o', at('ours2.fits'));
    await compare(`almagest fits decompress, whole process${label}`, unpack, funpack, 'funpack', target);
  }
  await compare('fits-rice-section-512', section, undefined, undefined, 0.015);
}

/** Reads in another process, with the memory allocator of glibc told to ask for huge pages; one timing a call. */
function childTimings(path: string, how: string): () => Promise<Timing> {
  let timings: Timing[] = [];
  return () => {
    if (timings.length === 0) {
      const env = { ...process.env, GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' };
      const text = execFileSync(process.execPath, [import.meta.filename, 'read', path, how], { encoding: 'utf8', env });
      timings = JSON.parse(text) as Timing[];
    }
    return Promise.resolve(timings.pop() as Timing);
  };
}

/** As many timings as rounds, after one that warms up. */
async function timingsOf(work: () => Promise<void>, reuse: boolean): Promise<Timing[]> {
  keepPixels = reuse;
  const timings: Timing[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await work();
    const { user, system } = process.cpuUsage(before);
    timings.unshift({ wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 });
  }
  return timings;
}

interface Timing {
  readonly wall: number;
  /** User and system. */
  readonly cpu: number;
}

/** Runs a program and reads the shell's account of it. */
function timeProcess(program: string, args: readonly string[]): Timing {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
  const done = spawnSync('bash', ['-c', script, 'bash', program, ...args], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${program} failed: ${done.stderr}`);
  const [wall = Number.NaN, user = Number.NaN, system = Number.NaN] = (done.stderr.trimEnd().split('\n').at(-1) ?? '')
    .split(' ')
    .map(Number);
  return { wall, cpu: user + system };
}

/** Sky with a gradient, noise, and stars. */
function makeImage(): FitsImage {
  const data = new Float32Array(SIDE * SIDE);
  let state = 12345;
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4_294_967_296;
  };
  for (let i = 0; i < data.length; i++) data[i] = 1000 + (i % SIDE) * 0.01 + 52 * (uniform() + uniform() + uniform() + uniform() - 2);
  for (let star = 0; star < 3000; star++) {
    const [x0, y0] = [10 + Math.floor(uniform() * (SIDE - 20)), 10 + Math.floor(uniform() * (SIDE - 20))];
    const peak = 10 ** (1 + 3 * uniform());
    for (let y = y0 - 8; y <= y0 + 8; y++)
      for (let x = x0 - 8; x <= x0 + 8; x++) data[y * SIDE + x] += peak * Math.exp(-((x - x0) ** 2 + (y - y0) ** 2) / 8);
  }
  return { shape: [SIDE, SIDE], data };
}

async function write(path: string, hdu: OutputHdu): Promise<void> {
  const file = await open(path, 'w');
  // As writeFileAtomic does, but without waiting for the disk, as the peer does not either.
  let pending: Promise<unknown> = Promise.resolve();
  for await (const piece of writeFits([hdu], { reuse: true })) {
    await pending;
    pending = file.write(piece);
  }
  await pending;
  await file.close();
}

async function read(path: string, hdu: number): Promise<void> {
  await withFile(path, async (source) => {
    const { data } = await readImage(await (await openFits(source)).hdu(hdu), keepPixels ? { into: () => kept } : {});
    kept = keepPixels ? data : undefined;
  });
}

async function repack(from: string, to: string, compress: boolean): Promise<void> {
  await withFile(from, async (source) => {
    const hdu = await (await openFits(source)).hdu(compress ? 0 : 1);
    await write(to, compress ? await compressedImageHdu(await readImage(hdu)) : await plainImageHdu(hdu));
  });
}

async function section(): Promise<void> {
  await withFile(at('i16.fits.fz'), async (source) => {
    const part = [
      [1800, 2312],
      [1700, 2212],
    ] as const;
    await readImage(await (await openFits(source)).hdu(1), { section: part });
  });
}

async function withFile(path: string, body: (source: FileSource) => Promise<void>): Promise<void> {
  const source = await openFile(path);
  try {
    await body(source);
  } finally {
    await source.close();
  }
}

async function compare(
  bench: string,
  ours: () => Promise<Timing | void>,
  peer: (() => Timing) | undefined,
  name: string | undefined,
  target?: number,
): Promise<void> {
  const mine: Timing[] = [];
  const theirs: Timing[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const [start, before] = [performance.now(), process.cpuUsage()];
    const own = await ours();
    const { user, system } = process.cpuUsage(before);
    const timing = own ?? { wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
    const other = peer?.();
    if (round === 0) continue; // warms the code and the page cache of both
    mine.push(timing);
    if (other !== undefined) theirs.push(other);
  }
  const of = (timings: readonly Timing[], key: keyof Timing): number => median(timings.map((timing) => timing[key]));
  const seconds = { bench, ours_s: round4(of(mine, 'wall')), ours_cpu_s: round4(of(mine, 'cpu')), peer: name ?? null };
  if (name === undefined) console.log(JSON.stringify({ ...seconds, target: `${target} s` }));
  else if (theirs.length === 0) console.log(JSON.stringify({ ...seconds, skipped: `${name} is not installed` }));
  else {
    const peers = { peer_s: round4(of(theirs, 'wall')), peer_cpu_s: round4(of(theirs, 'cpu')) };
    const ratio = round4(of(mine, 'wall') / of(theirs, 'wall'));
    console.log(JSON.stringify({ ...seconds, ...peers, ratio, cpu_ratio: round4(of(mine, 'cpu') / of(theirs, 'cpu')), target }));
  }
}

function round4(value: number): number {
  return Number(value.toFixed(4));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
