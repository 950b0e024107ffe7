import type { PixelBasisModel } from '@almagest/image';

/** Half length of the filter [image pixel], and the shape of its Kaiser window: 60 dB. */
const HALF_LENGTH = 4;
const KAISER_BETA = 6;

/**
 * Removes what no star of this width holds: structure finer than half a cycle a pixel (more for undersampled stars).
 *
 * Without it the fit cannot tell a model that is warped with the period of the pixels from stars whose places are warped likewise,
 * because samples at whole and at half pixels are seen by different stars. It also averages noise.
 */
export function limitBandInPlace(model: PixelBasisModel): void {
  const cutoff = Math.max(0.55, 2.2 / model.fwhmPixels) * model.sampling;
  if (cutoff >= 0.48) return;
  const half = Math.round(HALF_LENGTH / model.sampling);
  const taps = Float64Array.from({ length: 2 * half + 1 }, (_, k) => {
    const d = k - half;
    const sinc = d === 0 ? 2 * cutoff : Math.sin(2 * Math.PI * cutoff * d) / (Math.PI * d);
    return sinc * bessel0(KAISER_BETA * Math.sqrt(1 - (d / (half + 1)) ** 2));
  });
  const sum = taps.reduce((s, w) => s + w, 0);
  for (let k = 0; k < taps.length; k++) taps[k] /= sum;
  const flat = twiced(taps);
  const side = 2 * model.halfWidth + 1;
  const count = side * side;
  const rows = new Float64Array(count);
  for (let at = 0; at < model.coefficients.length; at += count) {
    const plane = model.coefficients.subarray(at, at + count);
    filterLines(plane, rows, side, { along: 1, across: side, taps: flat });
    filterLines(rows, plane, side, { along: side, across: 1, taps: flat });
  }
}

/** 2 h - h * h: what the filter takes from its pass band is filtered and given back, which leaves the square of its ripple. */
function twiced(taps: Float64Array): Float64Array {
  const half = (taps.length - 1) / 2;
  const out = new Float64Array(4 * half + 1);
  for (let a = 0; a < taps.length; a++) {
    out[a + half] += 2 * taps[a];
    for (let b = 0; b < taps.length; b++) out[a + b] -= taps[a] * taps[b];
  }
  return out;
}

/** Filters along lines; beyond an end the last sample repeats. */
function filterLines(
  from: Float64Array,
  to: Float64Array,
  side: number,
  { along, across, taps }: { readonly along: number; readonly across: number; readonly taps: Float64Array },
): void {
  const half = (taps.length - 1) / 2;
  for (let line = 0; line < side; line++)
    for (let i = 0; i < side; i++) {
      let sum = 0;
      for (let k = -half; k <= half; k++) sum += taps[k + half] * from[line * across + Math.max(0, Math.min(side - 1, i + k)) * along];
      to[line * across + i * along] = sum;
    }
}

/** Modified Bessel function I0 by its series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > 1e-12 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
