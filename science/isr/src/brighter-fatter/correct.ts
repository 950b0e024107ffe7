import { convolveDense, type DenseKernel } from '@almagest/kernels';

export interface BrighterFatterOptions {
  /** At most this many passes; each starts from the charge that the last one found. */
  readonly maxPasses: number;
  /** Stop when the summed absolute change from pass to pass is below this [electron]. */
  readonly threshold: number;
}

export const DEFAULT_BRIGHTER_FATTER: BrighterFatterOptions = { maxPasses: 10, threshold: 1000 };

export interface BrighterFatterStatistics {
  readonly passes: number;
  /** Summed absolute change of the last pass [electron]. */
  readonly change: number;
}

/**
 * Undoes the brighter-fatter effect: I + 1/2 div(I grad(K * I)), flux-conserving, repeated until it settles.
 *
 * Give a copy whose masked pixels are interpolated, and add the difference to the image, so that masked charge neither
 * poisons its neighbours nor is overwritten.
 *
 * @param clean - Image without masked pixels [electron], [height, width]. Not modified.
 * @param kernel - K [1/electron].
 * @returns The correction to add to the image; zero sum but for the borders.
 * @see Coulton et al. (2018), AJ 155, 258, eq. 20; the divergence is taken of fluxes through pixel boundaries, which conserves charge.
 */
export function computeBrighterFatterCorrection(
  clean: Float32Array,
  shape: { readonly width: number; readonly height: number },
  kernel: DenseKernel,
  options: BrighterFatterOptions = DEFAULT_BRIGHTER_FATTER,
): { readonly correction: Float32Array; readonly statistics: BrighterFatterStatistics } {
  const { width, height } = shape;
  const truth = Float32Array.from(clean);
  const phi = new Float32Array(clean.length);
  let passes = 0;
  let change = Number.POSITIVE_INFINITY;
  while (passes < options.maxPasses && change >= options.threshold) {
    convolveDense({ data: truth, width, height, stride: width }, kernel, { data: phi, width, height, stride: width });
    change = stepInPlace(truth, clean, phi, shape);
    passes++;
  }
  for (let i = 0; i < truth.length; i++) truth[i] -= clean[i];
  return { correction: truth, statistics: { passes, change } };
}

/** truth = clean + 1/2 div(truth grad phi). @returns Summed absolute change of truth. */
function stepInPlace(
  truth: Float32Array,
  clean: Float32Array,
  phi: Float32Array,
  { width, height }: { width: number; height: number },
): number {
  let below = new Float64Array(width);
  let above = new Float64Array(width);
  let change = 0;
  for (let y = 0; y < height; y++) {
    const base = y * width;
    if (y < height - 1)
      for (let x = 0, i = base; x < width; x++, i++) above[x] = 0.25 * (truth[i] + truth[i + width]) * (phi[i + width] - phi[i]);
    else above.fill(0);
    let left = 0;
    for (let x = 0, i = base; x < width; x++, i++) {
      const right = x < width - 1 ? 0.25 * (truth[i] + truth[i + 1]) * (phi[i + 1] - phi[i]) : 0;
      const next = clean[i] + (right - left) + (above[x] - below[x]);
      left = right;
      change += Math.abs(next - truth[i]);
      truth[i] = next;
    }
    [below, above] = [above, below];
  }
  return change;
}
