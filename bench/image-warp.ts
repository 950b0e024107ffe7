/**
 * Lanczos-3 resampling of a 4096 x 4096 frame, files in to files out, one thread, against SWarp on the same frame; and what
 * becomes of the fluxes and places of its bright stars in both.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesSource, fitsBytes, Header, imageHdu, openFits, readImage } from '@almagest/fits';
import { type Image, imageOf, moffatPsf, sumInCircle } from '@almagest/image';
import { readWcs } from '@almagest/wcs';

const N = 4096;
const RUNS = 3;
/** Of the frame and of the grid that it is put on: turn [rad], degrees a pixel (0.2 arcsec). */
const [ANGLE, SCALE, GRID_SCALE] = [0.01, 5.6e-5, 5.55e-5];
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-warp-'));
const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');

function wcsCards(angle: number, scale: number): Record<string, number | string> {
  const [c, s] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const place = { CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: 150.1, CRVAL2: 2.2, CRPIX1: 2048.5, CRPIX2: 2048.5 };
  return { ...place, CD1_1: -c, CD1_2: s, CD2_1: s, CD2_2: c };
}

interface Seconds {
  readonly wall: number;
  readonly cpu: number;
}

/** Medians over runs of a program, by the shell's account of it. */
function secondsOf(command: string, args: readonly string[]): Seconds | undefined {
  const times: Seconds[] = [];
  for (let run = 0; run < RUNS; run++) {
    const script = 'TIMEFORMAT="%R %U %S"; time "$@" > /dev/null';
    const done = spawnSync('bash', ['-c', script, 'bash', command, ...args], { cwd: folder, encoding: 'utf8' });
    if (done.status !== 0) return undefined;
    const [wall = 0, user = 0, system = 0] = (done.stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
    times.push({ wall, cpu: user + system });
  }
  const median = (key: keyof Seconds): number => times.map((each) => each[key]).toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
  return { wall: median('wall'), cpu: median('cpu') };
}

interface Star {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
}

/** Bright stars (magnitudes 17.9 to 19.5 for a zero point of 30) in seeing of 3.75 pixels, far from each other, on little noise. */
function makeFrame(): { data: Float32Array; stars: Star[] } {
  let state = 20_261_120;
  const uniform = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 4_294_967_296;
  const data = Float32Array.from({ length: N * N }, () => 0.6 * (uniform() + uniform() + uniform() - 1.5));
  const psf = moffatPsf(3.75);
  const stars: Star[] = [];
  for (let y = 150; y < N - 150; y += 90)
    for (let x = 150; x < N - 150; x += 90) {
      const star = { x: x + 20 * uniform(), y: y + 20 * uniform(), flux: 10 ** (0.4 * (30 - 17.9 - 1.6 * uniform())) };
      stars.push(star);
      const stamp = psf.computeImage(star.x, star.y);
      for (let k = 0; k < stamp.data.length; k++)
        data[(stamp.y0 + Math.floor(k / stamp.width)) * N + stamp.x0 + (k % stamp.width)] += star.flux * stamp.data[k];
    }
  return { data, stars };
}

/** Robust scatter of magnitudes [mmag] and places [mas] of the stars in a resampled frame about the truth. */
async function fidelityOf(name: string, truth: readonly Star[]): Promise<{ mmag: number; mas: number }> {
  const file = await openFits(bytesSource(readFileSync(join(folder, name))));
  const hdu = (await file.hdus()).find(({ header }) => header.has('CRVAL1') && header.getNumber('NAXIS') === 2);
  if (hdu === undefined) throw new Error(`${name} has no image`);
  const { data, shape } = await readImage(hdu, { as: 'float32' });
  const image = imageOf(data as Float32Array, shape[1] ?? 0, shape[0] ?? 0);
  const cards = wcsCards(ANGLE, SCALE);
  const [from, to] = [readWcs({ get: (keyword) => cards[keyword] }), readWcs(hdu.header)];
  const [magnitudes, eastward, northward]: number[][] = [[], [], []];
  for (const star of truth) {
    const { ra, dec } = from.pixelToSky(star.x, star.y);
    const at = to.skyToPixel(ra, dec);
    if (!(at.x > 60 && at.y > 60 && at.x < image.width - 61 && at.y < image.height - 61)) continue;
    const found = windowedPlace(image, at);
    magnitudes.push(-2.5 * Math.log10(sumInCircle(image, at, 12).sum / star.flux));
    eastward.push(found.x - at.x);
    northward.push(found.y - at.y);
  }
  const mas = GRID_SCALE * 3.6e6;
  return { mmag: 1000 * scatter(magnitudes), mas: (mas * (scatter(eastward) + scatter(northward))) / 2 };
}

/** Centroid under a Gaussian window of sigma 1.6 pixels. */
function windowedPlace(image: Image, start: { readonly x: number; readonly y: number }): { x: number; y: number } {
  let { x, y } = start;
  for (let round = 0; round < 12; round++) {
    let [sum, sx, sy] = [0, 0, 0];
    for (let j = Math.round(y) - 8; j <= Math.round(y) + 8; j++)
      for (let i = Math.round(x) - 8; i <= Math.round(x) + 8; i++) {
        const weight = Math.exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * 1.6 ** 2)) * (image.data[j * image.stride + i] ?? 0);
        sum += weight;
        sx += weight * (i - x);
        sy += weight * (j - y);
      }
    x += (2 * sx) / sum;
    y += (2 * sy) / sum;
  }
  return { x, y };
}

function scatter(values: readonly number[]): number {
  const middle = (list: readonly number[]): number => list.toSorted((a, b) => a - b)[list.length >> 1] ?? Number.NaN;
  const center = middle(values);
  return 1.4826 * middle(values.map((value) => Math.abs(value - center)));
}

function rounded(value: number): number {
  return Number(value.toPrecision(3));
}

try {
  const { data, stars } = makeFrame();
  const write = async (name: string, angle: number, scale: number): Promise<void> =>
    writeFileSync(join(folder, name), await fitsBytes([imageHdu({ data, shape: [N, N], header: Header.of(wcsCards(angle, scale)) })]));
  await write('frame.fits', ANGLE, SCALE);
  await write('grid.fits', 0, GRID_SCALE);
  const head = Header.of({ NAXIS: 2, NAXIS1: N, NAXIS2: N, EQUINOX: 2000, RADESYS: 'ICRS', ...wcsCards(0, GRID_SCALE) });
  const cards = new TextDecoder().decode(head.toBytes()).match(/.{80}/g) ?? [];
  writeFileSync(
    join(folder, 'swarp.head'),
    `${cards
      .map((card) => card.trimEnd())
      .filter((card) => card !== '')
      .join('\n')}\n`,
  );
  const ours = secondsOf(process.execPath, [cli, 'image', 'warp', 'frame.fits', 'ours.fits', '--like', 'grid.fits']);
  const rules =
    '-c /dev/null -IMAGEOUT_NAME swarp.fits -WEIGHTOUT_NAME swarp.weight.fits -SUBTRACT_BACK N -RESAMPLING_TYPE LANCZOS3 ' +
    '-COMBINE_TYPE AVERAGE -WRITE_XML N -NTHREADS 1 -VERBOSE_TYPE QUIET';
  const swarp = secondsOf('SWarp', ['frame.fits', ...rules.split(' ')]);
  if (ours === undefined) throw new Error('almagest image warp failed');
  const line = { bench: 'Lanczos-3, files in to files out', ours_s: ours.wall, ours_cpu_s: rounded(ours.cpu), peer: 'SWarp', target: 0.35 };
  const fidelity = {
    bench: 'Lanczos-3, bright stars',
    ...(await fidelityOf('ours.fits', stars)),
    target: '1.3 mmag and 0.9 mas, or the peer',
  };
  const mine = { ...fidelity, mmag: rounded(fidelity.mmag), mas: rounded(fidelity.mas) };
  if (swarp === undefined) {
    console.log(JSON.stringify({ ...line, skipped: 'SWarp is not installed' }));
    console.log(JSON.stringify({ ...mine, pass: mine.mmag <= 1.3 && mine.mas <= 0.9 }));
  } else {
    const ratios = { ratio: rounded(ours.wall / swarp.wall), cpu_ratio: rounded(ours.cpu / swarp.cpu) };
    console.log(JSON.stringify({ ...line, peer_s: swarp.wall, peer_cpu_s: rounded(swarp.cpu), ...ratios }));
    const theirs = await fidelityOf('swarp.fits', stars);
    const pass = mine.mmag <= Math.max(1.3, rounded(theirs.mmag)) && mine.mas <= Math.max(0.9, rounded(theirs.mas));
    console.log(JSON.stringify({ ...mine, peer: 'SWarp', peer_mmag: rounded(theirs.mmag), peer_mas: rounded(theirs.mas), pass }));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
