import { computeMedianAndSigma, type Image, imageOf, quantileInPlace } from '@almagest/image';
import { findTilePixels } from './tile-files.ts';
import type { Tile } from './tile-geometry.ts';

/** What the pixels of a HiPS are like. */
export interface PixelStatistics {
  readonly minimum: number;
  readonly maximum: number;
  /** Level and scatter of the sky: median and clipped deviation. */
  readonly median: number;
  readonly sigma: number;
  /** Values that a tenth and 995 in a thousand of the pixels stay below. */
  readonly low: number;
  readonly high: number;
}

/** Tiles looked at, and every so-many-th pixel of each. */
const TILES = 64;
const STEP = 7;

/** Statistics of a sample of tiles at even distances. */
export async function samplePixels(folder: string, tiles: readonly Tile[]): Promise<PixelStatistics> {
  const step = Math.max(1, Math.ceil(tiles.length / TILES));
  const values: number[] = [];
  for (let n = 0; n < tiles.length; n += step) {
    const pixels = await findTilePixels(folder, tiles[n]!);
    for (let k = n % STEP; pixels && k < pixels.length; k += STEP) if (Number.isFinite(pixels[k]!)) values.push(pixels[k]!);
  }
  const sample = Float32Array.from(values);
  if (sample.length === 0) return { minimum: 0, maximum: 0, median: 0, sigma: 1, low: 0, high: 1 };
  let [minimum, maximum] = [Infinity, -Infinity];
  for (const value of sample) [minimum, maximum] = [Math.min(minimum, value), Math.max(maximum, value)];
  const { median, sigma } = computeMedianAndSigma(asImage(sample));
  return { minimum, maximum, median, sigma, low: quantileInPlace(sample, 0.1), high: quantileInPlace(sample, 0.995) };
}

function asImage(values: Float32Array): Image {
  return imageOf(values, values.length, 1);
}
