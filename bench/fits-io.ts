/**
 * FITS input and output against cfitsio (through its Python binding) and fpack/funpack: a 64 MB float image, Rice compression of a
 * 4096 x 4096 16-bit image, and one 512 x 512 section of it. Medians of interleaved rounds; prints one JSON line a task.
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
import { type FileSource, openFile } from '@almagest/resources';

const SIDE = 4096;
const ROUNDS = 7;
const PYTHON = '/usr/bin/python3';
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-fits-'));
const at = (name: string): string => join(folder, name);

/** Reads and writes by cfitsio's Python binding, timed inside. */
const FITSIO = `
import sys, time, fitsio
task, path, out = sys.argv[1:4]
if task == 'read':
    t = time.perf_counter(); fitsio.read(path); print(time.perf_counter() - t)
else:
    data = fitsio.read(path); t = time.perf_counter(); fitsio.write(out, data, clobber=True); print(time.perf_counter() - t)
`;

try {
  await main();
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
  const fitsio = (task: string) => (): number =>
    Number(execFileSync(PYTHON, ['-c', FITSIO, task, at('f32.fits'), at('peer.fits')], { encoding: 'utf8' }));
  await compare('fits-read-64MB-float', () => read(at('f32.fits'), 0), hasFitsio ? fitsio('read') : undefined, 'fitsio', 1);
  await compare(
    'fits-write-64MB-float',
    () => write(at('ours.fits'), imageHdu(float)),
    hasFitsio ? fitsio('write') : undefined,
    'fitsio',
    1,
  );
  const run = (program: string, args: readonly string[]) => (): number => {
    const start = performance.now();
    execFileSync(program, args, { stdio: 'ignore' });
    return (performance.now() - start) / 1000;
  };
  const fpack = hasFpack
    ? () => {
        rmSync(at('peer.fits.fz'), { force: true });
        return run('fpack', ['-Y', '-O', at('peer.fits.fz'), at('i16.fits')])();
      }
    : undefined;
  const funpack = hasFpack
    ? () => {
        rmSync(at('peer2.fits'), { force: true });
        return run('funpack', ['-O', at('peer2.fits'), at('i16.fits.fz')])();
      }
    : undefined;
  // File to file on both sides; the peer's time has its process start (about 3 ms), ours has not.
  await compare('fits-rice-compress-4k-int16', () => repack(at('i16.fits'), at('ours.fits.fz'), true), fpack, 'fpack', 1);
  await compare('fits-rice-decompress-4k-int16', () => repack(at('i16.fits.fz'), at('ours2.fits'), false), funpack, 'funpack', 1);
  await compare('fits-rice-section-512', section, undefined, undefined, 0.015);
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
    await readImage(await (await openFits(source)).hdu(hdu));
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
  ours: () => Promise<void>,
  peer: (() => number) | undefined,
  name: string | undefined,
  target: number,
): Promise<void> {
  const mine: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const start = performance.now();
    await ours();
    const seconds = (performance.now() - start) / 1000;
    const other = peer?.();
    if (round === 0) continue; // warms the code and the page cache of both
    mine.push(seconds);
    if (other !== undefined) theirs.push(other);
  }
  const ours_s = median(mine);
  const peer_s = theirs.length > 0 ? median(theirs) : null;
  const ratio = peer_s === null ? null : Number((ours_s / peer_s).toFixed(3));
  console.log(
    JSON.stringify({
      bench,
      ours_s,
      peer: name ?? null,
      peer_s,
      ratio,
      target: peer_s === null && name === undefined ? `${target} s` : target,
    }),
  );
  if (name !== undefined && peer === undefined) console.log(JSON.stringify({ bench, skipped: `${name} is not installed` }));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
