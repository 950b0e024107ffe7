import type { Plane } from '@almagest/kernels';
import { medianInPlace } from '@almagest/numerics';

/** The level in a ring about a source. */
export interface LocalBackground {
  /** Mean of the pixels after clipping at 3 sigma about the median. */
  readonly level: number;
  /** Standard deviation of a pixel. */
  readonly sigma: number;
  /** Error of the level. */
  readonly error: number;
  readonly pixels: number;
}

export interface AnnulusRequest {
  readonly image: Plane;
  /** Pixels of any source are left out. */
  readonly labels?: Plane<Int32Array> | undefined;
  readonly mask?: Plane<Int32Array> | undefined;
  readonly badBits?: number;
  readonly x: number;
  readonly y: number;
  readonly inner: number;
  readonly outer: number;
  /** Working space for (2 outer + 1)^2 values, kept from call to call. */
  readonly space?: Float64Array;
}

/** Clipped mean of the sky in a ring; NaN where fewer than 16 pixels can be used. */
export function measureLocalBackground(request: AnnulusRequest): LocalBackground {
  const { image, labels, mask, badBits = -1, x, y, inner, outer } = request;
  const room = Math.ceil((2 * outer + 1) ** 2);
  let values = request.space && request.space.length >= room ? request.space : new Float64Array(room);
  let count = 0;
  for (let j = Math.max(0, Math.ceil(y - outer)); j <= Math.min(image.height - 1, Math.floor(y + outer)); j++)
    for (let i = Math.max(0, Math.ceil(x - outer)); i <= Math.min(image.width - 1, Math.floor(x + outer)); i++) {
      const r2 = (i - x) ** 2 + (j - y) ** 2;
      if (r2 < inner * inner || r2 > outer * outer) continue;
      if (labels && labels.data[j * labels.stride + i] !== 0) continue;
      if (mask && (mask.data[j * mask.stride + i] & badBits) !== 0) continue;
      const value = image.data[j * image.stride + i];
      if (Number.isFinite(value)) values[count++] = value;
    }
  if (count < 16) return { level: Number.NaN, sigma: Number.NaN, error: Number.NaN, pixels: count };
  values = values.subarray(0, count);
  const median = medianInPlace(values);
  const mad = 1.4826 * medianInPlace(values.map((v) => Math.abs(v - median)));
  const kept = values.filter((v) => Math.abs(v - median) <= 3 * mad);
  const level = kept.reduce((s, v) => s + v, 0) / kept.length;
  const sigma = Math.sqrt(kept.reduce((s, v) => s + (v - level) ** 2, 0) / Math.max(1, kept.length - 1));
  return { level, sigma, error: sigma / Math.sqrt(kept.length), pixels: kept.length };
}
