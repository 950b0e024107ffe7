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
  const decayPixels = decayOf(trail, noise);
  const release = 1 - Math.exp(-1 / decayPixels);
  // Least-squares amplitude of a geometric trail; in a flat the pixel before the edge releases as much as it loses.
  let [top, bottom] = [0, 0];
  for (let c = 0; c < columns; c++) {
    const shape = (1 - release) ** c;
    top += shape * trail[c];
    bottom += shape * shape;
  }
  const transfers = flats[0].amplifier.rawData.x + flats[0].amplifier.rawData.width - 1;
  return { inefficiency: top / bottom / transfers, inefficiencyErr: noise / Math.sqrt(bottom) / transfers, decayPixels, trail };
}

/** Decay length of a trail, by moments of its significant start; 1 where there is none. */
function decayOf(trail: readonly number[], noise: number): number {
  let best = { decay: 1, chi2: Number.POSITIVE_INFINITY };
  if (!(trail[0] > 5 * noise)) return best.decay;
  for (let decay = 0.3; decay <= 10; decay *= 1.01) {
    const ratio = Math.exp(-1 / decay);
    const shapes = trail.map((_, c) => ratio ** c);
    const amplitude = shapes.reduce((s, v, c) => s + v * trail[c], 0) / shapes.reduce((s, v) => s + v * v, 0);
    const chi2 = trail.reduce((s, t, c) => s + (t - amplitude * shapes[c]) ** 2, 0);
    if (chi2 < best.chi2) best = { decay, chi2 };
  }
  return best.decay;
}
