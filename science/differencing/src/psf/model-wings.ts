import type { StampPsf } from './shifted-stamp.ts';

/** Radii in units of the width of a star: wings are fitted from the first on, and replace the pixels from the second to the third. */
const FIT_FROM = 0.9;
const BLEND = { from: 1.7, to: 2.3 };
/** Exponents of the profile that are tried; large ones are Gaussians. */
const EXPONENTS: readonly number[] = [2, 2.5, 3, 3.5, 4, 4.7, 5.5, 7, 9, 12];
/** Factors of the width that are tried. */
const WIDTHS: readonly number[] = [0.8, 0.87, 0.93, 1, 1.07];

/**
 * Puts a Moffat profile in the place of a PSF's wings and takes off what is left of the sky, both fitted to its outer pixels.
 *
 * Far from the centre a PSF made from stars is mostly noise, whose sum over a thousand pixels would decide the scale of all
 * fluxes. The core stays as it was measured.
 *
 * @param fwhm - Width of a star [pixel].
 * @returns A PSF scaled to sum 1, its light beyond the square included.
 * @remarks Sums to 0.5 % with a hundred stars of S/N 20 to 100 (subtract-images.recovery.nightly.test.ts).
 */
export function withModelWings({ half, values }: StampPsf, fwhm: number): StampPsf {
  const side = 2 * half + 1;
  const radius = Float64Array.from(values, (_, k) => Math.hypot((k % side) - half, Math.floor(k / side) - half));
  const fit = fitWings(values, radius, { from: FIT_FROM * fwhm, to: half, fwhm });
  if (!fit) return { half, values: scaled(values, 0) };
  const wings = radius.map((r) => fit.amplitude * profile(r, fit.exponent, fit.width));
  const core = calmCore(
    values.map((value) => value - fit.sky),
    radius,
    { half, wings, noise: noiseBeyond(values, radius, fit, { from: BLEND.to * fwhm, to: half }) },
  );
  const out = core.map((value, k) => {
    const r = radius[k];
    if (r > half) return 0;
    const share = Math.max(0, Math.min(1, (r / fwhm - BLEND.from) / (BLEND.to - BLEND.from)));
    return (1 - share) * value + share * wings[k];
  });
  const a2 = coreSquared(fit.exponent, fit.width);
  // The integral of the profile from the square's inner circle outwards.
  const outside = (fit.amplitude * Math.PI * a2 * (1 + (half * half) / a2) ** (1 - fit.exponent)) / (fit.exponent - 1);
  return { half, values: scaled(out, outside) };
}

/** Mean square of what the fitted wings leave of the outer pixels. */
function noiseBeyond(
  values: Float64Array,
  radius: Float64Array,
  fit: Wings,
  { from, to }: { readonly from: number; readonly to: number },
): number {
  let [sum, count] = [0, 0];
  for (let k = 0; k < values.length; k++) {
    if (radius[k] < from || radius[k] > to) continue;
    sum += (values[k] - fit.sky - fit.amplitude * profile(radius[k], fit.exponent, fit.width)) ** 2;
    count++;
  }
  return count > 0 ? sum / count : 0;
}

/** Half side of the squares in which the deviation from a round profile is judged [pixel], and the noise that it must exceed. */
const JUDGED = 2;
const LEAST_EXCESS = 2;

/**
 * Draws pixels towards the mean of their ring where they deviate from it no more than the noise does.
 *
 * Fits divide by the sum of squares of the PSF, to which its noise adds: fluxes come out too small by that part.
 */
function calmCore(
  values: Float64Array,
  radius: Float64Array,
  { half, wings, noise }: { readonly half: number; readonly wings: Float64Array; readonly noise: number },
): Float64Array {
  const side = 2 * half + 1;
  // Ratios to the fitted profile change slowly with the radius, so that rings a pixel wide do not blur the core.
  const sums = { value: ringsOf(values, radius, { from: 0, to: half }), wings: ringsOf(wings, radius, { from: 0, to: half }) };
  const ratios = sums.value.map((ring, n) => ({ ...ring, value: ring.value / sums.wings[n].value }));
  const round = radius.map((r, k) => wings[k] * ringValue(ratios, r));
  const squares = values.map((value, k) => (value - round[k]) ** 2);
  return values.map((value, k) => {
    const [x, y] = [k % side, Math.floor(k / side)];
    let [sum, count] = [0, 0];
    for (let j = Math.max(0, y - JUDGED); j <= Math.min(side - 1, y + JUDGED); j++)
      for (let i = Math.max(0, x - JUDGED); i <= Math.min(side - 1, x + JUDGED); i++) {
        sum += squares[j * side + i];
        count++;
      }
    const gain = Math.max(0, 1 - (LEAST_EXCESS * noise * count) / sum);
    return round[k] + gain * (value - round[k]);
  });
}

/** The rings' values between their mean radii; the outermost beyond. */
function ringValue(rings: readonly Ring[], r: number): number {
  let n = Math.min(rings.length - 1, Math.floor(r));
  while (n > 0 && rings[n].radius > r) n--;
  while (n < rings.length - 2 && rings[n + 1].radius < r) n++;
  const [a, b] = [rings[n], rings[Math.min(rings.length - 1, n + 1)]];
  if (a.radius === b.radius || r >= b.radius) return b.value;
  return a.value + ((b.value - a.value) * (r - a.radius)) / (b.radius - a.radius);
}

interface Wings {
  readonly exponent: number;
  readonly width: number;
  readonly amplitude: number;
  readonly sky: number;
}

/** Rings of one pixel: their mean radius and value, and number of pixels. */
interface Ring {
  radius: number;
  value: number;
  count: number;
}

/** The exponent and width that leave least, with amplitude and sky by least squares for each. */
function fitWings(
  values: Float64Array,
  radius: Float64Array,
  { from, to, fwhm }: { readonly from: number; readonly to: number; readonly fwhm: number },
): Wings | undefined {
  const rings = ringsOf(values, radius, { from, to });
  if (rings.length < 6) return undefined;
  const at = (exponent: number, width: number): Wings & { readonly left: number } => {
    let [n, f, ff, v, fv, vv] = [0, 0, 0, 0, 0, 0];
    for (const ring of rings) {
      const p = profile(ring.radius, exponent, width);
      n += ring.count;
      f += ring.count * p;
      ff += ring.count * p * p;
      v += ring.count * ring.value;
      fv += ring.count * p * ring.value;
      vv += ring.count * ring.value * ring.value;
    }
    const determinant = n * ff - f * f;
    const amplitude = (n * fv - f * v) / determinant;
    const sky = (ff * v - f * fv) / determinant;
    return { exponent, width, amplitude, sky, left: vv - amplitude * fv - sky * v };
  };
  const tries = EXPONENTS.flatMap((exponent) => WIDTHS.map((factor) => at(exponent, factor * fwhm)));
  const best = tries.reduce((a, b) => (b.left < a.left ? b : a));
  return best.amplitude > 0 ? best : undefined;
}

function ringsOf(values: Float64Array, radius: Float64Array, { from, to }: { readonly from: number; readonly to: number }): Ring[] {
  const rings: Ring[] = Array.from({ length: Math.floor(to - from) }, () => ({ radius: 0, value: 0, count: 0 }));
  for (let k = 0; k < values.length; k++) {
    const ring = rings[Math.floor(radius[k] - from)];
    if (!ring || radius[k] < from) continue;
    ring.radius += radius[k];
    ring.value += values[k];
    ring.count++;
  }
  return rings.filter(({ count }) => count > 0).map(({ radius: r, value, count }) => ({ radius: r / count, value: value / count, count }));
}

function coreSquared(exponent: number, fwhm: number): number {
  return (fwhm / 2) ** 2 / (2 ** (1 / exponent) - 1);
}

function profile(r: number, exponent: number, fwhm: number): number {
  return (1 + (r * r) / coreSquared(exponent, fwhm)) ** -exponent;
}

function scaled(values: Float64Array, outside: number): Float64Array {
  const sum = values.reduce((s, v) => s + v, 0) + outside;
  return values.map((v) => v / sum);
}
