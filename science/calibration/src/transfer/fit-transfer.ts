import type { RawAmplifierPixels, TransferModel } from '@almagest/isr';
import { NoBrightPixelsError } from '../errors.ts';

export interface TransferOptions {
  /** Columns behind the last imaging pixel in which charge trails; default 12. */
  readonly columns?: number;
}

export interface TransferFit extends TransferModel {
  /** Error of the inefficiency. */
  readonly inefficiencyErr: number;
  /** Trailed charge in each column behind the last imaging pixel over that pixel's signal. */
  readonly trail: readonly number[];
}

/**
 * Finds the serial charge-transfer inefficiency from what trails into the overscan of flats (extended pixel edge response).
 *
 * @param flats - One amplifier in several flats, all pixels as read.
 * @throws {NoBrightPixelsError} if the flats have no light or no serial overscan behind their pixels.
 * @remarks Inefficiency within 5 % and decay within 10 % of the planted ones (night.recovery.test.ts).
 */
export function fitTransfer(flats: readonly RawAmplifierPixels[], options: TransferOptions = {}): TransferFit {
  const { columns = 12 } = options;
  let light = 0;
  let count = 0;
  const sums = new Float64Array(columns);
  let square = 0;
  for (const { amplifier, data, width } of flats) {
    const { rawData, rawSerialOverscan: overscan } = amplifier;
    const last = rawData.x + rawData.width - 1;
    if (!overscan || overscan.x + overscan.width < last + 2 * columns) continue;
    for (let y = rawData.y; y < rawData.y + rawData.height; y++) {
      const base = y * width;
      let [level, n] = [0, 0];
      for (let x = last + 1 + columns; x < overscan.x + overscan.width; x++, n++) level += data[base + x];
      level /= n;
      light += data[base + last] - level;
      for (let c = 0; c < columns; c++) sums[c] += data[base + last + 1 + c] - level;
      square += (data[base + last + columns] - level) ** 2;
      count++;
    }
  }
  if (!(light / count > 100))
    throw new NoBrightPixelsError('serial transfer needs flats with light and an overscan behind their pixels', {
      details: { exposures: flats.length, threshold: 100 },
    });
  const trail = Array.from(sums, (sum) => sum / light);
  const noise = Math.sqrt(square / count / count) / (light / count);
  const behind = levelColumns(flats, columns);
  const decayPixels = decayOf(trail, noise, behind);
  const release = 1 - Math.exp(-1 / decayPixels);
  // Least-squares amplitude of a geometric trail; in a flat the pixel before the edge releases as much as it loses.
  let [top, bottom] = [0, 0];
  for (const [c, shape] of shapesOf(decayPixels, columns, behind).entries()) {
    top += shape * trail[c];
    bottom += shape * shape;
  }
  // What is trapped lags behind what is lost, which grows from pixel to pixel.
  const transfers = flats[0].amplifier.rawData.x + flats[0].amplifier.rawData.width - 1 - (1 - release) / release;
  return { inefficiency: top / bottom / transfers, inefficiencyErr: noise / Math.sqrt(bottom) / transfers, decayPixels, trail };
}

/** Columns of the overscan from which the level was taken. */
function levelColumns(flats: readonly RawAmplifierPixels[], columns: number): number {
  const lengths = flats.flatMap(({ amplifier: { rawData, rawSerialOverscan: overscan } }) =>
    overscan ? [overscan.x + overscan.width - (rawData.x + rawData.width) - columns] : [],
  );
  return Math.max(...lengths);
}

/** A trail of unit start, less the part of it that the level took. */
function shapesOf(decay: number, columns: number, behind: number): number[] {
  const ratio = Math.exp(-1 / decay);
  const taken = (ratio ** columns * (1 - ratio ** behind)) / ((1 - ratio) * behind);
  return Array.from({ length: columns }, (_, c) => ratio ** c - taken);
}

const DECAYS = [0.3, 10] as const;

/** Decay length of a trail by least squares; 1 where there is none. */
function decayOf(trail: readonly number[], noise: number, behind: number): number {
  if (!(trail[0] > 5 * noise)) return 1;
  let [low, high]: readonly [number, number] = DECAYS;
  let best = low;
  // Ever finer steps about the best one.
  while (high / low > 1 + 1e-6) {
    const step = (high / low) ** (1 / 100);
    best = bestDecay(trail, behind, { low, high, step });
    [low, high] = [Math.max(DECAYS[0], best / step), Math.min(DECAYS[1], best * step)];
  }
  return best;
}

function bestDecay(
  trail: readonly number[],
  behind: number,
  { low, high, step }: { readonly low: number; readonly high: number; readonly step: number },
): number {
  let best = { decay: low, chi2: Number.POSITIVE_INFINITY };
  for (let decay = low; decay <= high; decay *= step) {
    const shapes = shapesOf(decay, trail.length, behind);
    const amplitude = shapes.reduce((s, v, c) => s + v * trail[c], 0) / shapes.reduce((s, v) => s + v * v, 0);
    const chi2 = trail.reduce((s, t, c) => s + (t - amplitude * shapes[c]) ** 2, 0);
    if (chi2 < best.chi2) best = { decay, chi2 };
  }
  return best.decay;
}
