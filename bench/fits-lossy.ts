/**
 * What quantization with dither costs on real frames: bits a pixel against the change of noise, sky, star fluxes and positions.
 * Prints one JSON line a frame and level, and the table of the README of foundation/fits.
 */
import { existsSync } from 'node:fs';
import { dataPath, haveData } from '@almagest/test-data';
import { bytesSource, compressedImageHdu, fitsBytes, openFits, readImage } from '@almagest/fits';
import { openFile } from '@almagest/resources';

const LEVELS = [16, 8, 4, 2, 1];
const RADIUS = 4;

interface Star {
  readonly x: number;
  readonly y: number;
}

interface Measured {
  readonly flux: number;
  readonly x: number;
  readonly y: number;
}

if (!haveData) console.log(JSON.stringify({ bench: 'fits-lossy', skipped: 'the folder of real observations is absent' }));
else {
  console.log(
    '| frame | q | bits a pixel | ratio | noise | sky bias [sigma] | flux, median [mmag] | flux / its noise | position, median [mpx] | stars |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const [name, path, index] of frames()) await study(name, path, index);
}

/** Calibrated exposures in single precision, as pipelines compress them. */
function frames(): (readonly [string, string, number])[] {
  const legacy = (...parts: readonly string[]): string => dataPath('legacy-survey-cutouts', 'mzlsbass2', 'images', ...parts);
  const found: (readonly [string, string, number])[] = [
    ['DECam i, 330 s', dataPath('decam-diff-2018', 'input_data', 'DEC-OBS04a.mini.fits'), 0],
    ['90Prime r', legacy('90prime', 'CP', 'V2.3', 'CP20170429', 'ksb_170430_055945_ooi_r_ls9.CCD4.fits'), 1],
    ['M92 V, 60 s', dataPath('m92-kpno-1987', 'iraf-ccdproc', 'm92010_M92_V.fits'), 0],
  ];
  return found.filter(([, path]) => existsSync(path));
}

async function study(name: string, path: string, index: number): Promise<void> {
  const source = await openFile(path);
  const { data, shape } = await readImage(await (await openFits(source)).hdu(index), { as: 'float32' });
  await source.close();
  const original = data as Float32Array;
  const [height = 0, width = 0] = shape;
  const sigma = noiseOf(original);
  const stars = findStars(original, width, height, sigma);
  const before = stars.map((star) => measure(original, width, star));
  for (const level of LEVELS) {
    const hdu = await compressedImageHdu({ data: original, shape, quantize: { method: 'SUBTRACTIVE_DITHER_1', level, ditherSeed: 1 } });
    const back = (await readImage(await (await openFits(bytesSource(await fitsBytes([hdu])))).hdu(1))).data as Float32Array;
    let bias = 0;
    for (let i = 0; i < back.length; i++) bias += ((back[i] ?? 0) - (original[i] ?? 0)) / back.length;
    const after = stars.map((star) => measure(back, width, star));
    const mmag = median(after.map((each, i) => Math.abs(2500 * Math.log10(each.flux / (before[i]?.flux ?? 1)))));
    const share = median(after.map((each, i) => Math.abs(each.flux - (before[i]?.flux ?? 0)) / (sigma * Math.sqrt(49))));
    const mpx = median(after.map((each, i) => 1000 * Math.hypot(each.x - (before[i]?.x ?? 0), each.y - (before[i]?.y ?? 0))));
    const bits = (8 * hdu.dataSize) / original.length;
    const row = {
      frame: name,
      q: level,
      bits,
      ratio: 32 / bits,
      noise: noiseOf(back) / sigma,
      bias: bias / sigma,
      mmag,
      mpx,
      stars: stars.length,
    };
    console.log(
      `| ${name} | ${level} | ${bits.toFixed(2)} | ${row.ratio.toFixed(1)} | ${row.noise.toFixed(4)} | ${row.bias.toFixed(5)} | ${mmag.toFixed(2)} | ${share.toFixed(3)} | ${mpx.toFixed(2)} | ${stars.length} |`,
    );
    console.log(JSON.stringify({ bench: 'fits-lossy', ...row }));
  }
}

/** Noise from second differences of pixels two apart along rows. */
function noiseOf(data: Float32Array): number {
  const differences: number[] = [];
  for (let i = 2; i < data.length - 2; i++) differences.push(Math.abs(2 * (data[i] ?? 0) - (data[i - 2] ?? 0) - (data[i + 2] ?? 0)));
  return 0.6052697 * median(differences);
}

/** Local maxima 10 sigma and more above their surroundings, away from the edge and from each other. */
function findStars(data: Float32Array, width: number, height: number, sigma: number): Star[] {
  const stars: Star[] = [];
  for (let y = 12; y < height - 12; y++)
    for (let x = 12; x < width - 12; x++) {
      const peak = data[y * width + x] ?? 0;
      if (!(peak > skyAt(data, width, x, y) + 10 * sigma)) continue;
      let highest = true;
      for (let dy = -4; dy <= 4 && highest; dy++)
        for (let dx = -4; dx <= 4 && highest; dx++)
          if ((dx !== 0 || dy !== 0) && (data[(y + dy) * width + x + dx] ?? 0) >= peak) highest = false;
      if (highest) stars.push({ x, y });
    }
  return stars;
}

function skyAt(data: Float32Array, width: number, x: number, y: number): number {
  const ring: number[] = [];
  for (let d = -10; d <= 10; d += 2)
    ring.push(...[-10, 10].flatMap((e) => [data[(y + e) * width + x + d] ?? 0, data[(y + d) * width + x + e] ?? 0]));
  return median(ring);
}

/** Mean of the pixels 8 to 11 from a place; neighbours in it cancel in differences of two measurements. */
function annulusMean(data: Float32Array, width: number, x: number, y: number): number {
  let [sum, count] = [0, 0];
  for (let dy = -11; dy <= 11; dy++)
    for (let dx = -11; dx <= 11; dx++) {
      const distance = Math.hypot(dx, dy);
      if (distance < 8 || distance > 11) continue;
      sum += data[(y + dy) * width + x + dx] ?? 0;
      count++;
    }
  return sum / count;
}

/** Aperture flux and first moments above the sky around. */
function measure(data: Float32Array, width: number, { x, y }: Star): Measured {
  const sky = annulusMean(data, width, x, y);
  let [flux, sumX, sumY] = [0, 0, 0];
  for (let dy = -RADIUS; dy <= RADIUS; dy++)
    for (let dx = -RADIUS; dx <= RADIUS; dx++) {
      if (dx * dx + dy * dy > RADIUS * RADIUS) continue;
      const value = (data[(y + dy) * width + x + dx] ?? 0) - sky;
      flux += value;
      sumX += value * dx;
      sumY += value * dy;
    }
  return { flux, x: x + sumX / flux, y: y + sumY / flux };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
