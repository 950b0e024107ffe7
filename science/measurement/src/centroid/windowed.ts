import type { Plane } from '@almagest/kernels';

export interface WindowedOptions {
  /** Standard deviation of the Gaussian window [pixel]. */
  readonly sigmaPixels: number;
  /** Noise variance of a pixel of sky, for the errors. */
  readonly skyVariance: number;
  /** Electrons per unit of the image; 0 leaves out the source's own noise. */
  readonly gain: number;
}

/** A centroid and its covariance [pixel, pixel^2]. */
export interface WindowedCentroid {
  readonly x: number;
  readonly y: number;
  readonly xxError: number;
  readonly yyError: number;
  readonly xyError: number;
  /** False where the window left the image or did not settle; x and y are then the start. */
  readonly converged: boolean;
}

const MAX_ROUNDS = 16;
/** The window ends where it has fallen to exp(-8): 4 sigma. */
const REACH = 4;

/**
 * Iterates the first moment inside a Gaussian window about the centre until it moves by less than 2e-4 pixel.
 *
 * For a Gaussian source and a window of its own width this is as exact as a fit of the profile.
 *
 * @param image - Background-subtracted, without NaN. @param start - In array indices.
 * @see SExtractor manual, windowed positions; errors by propagation of the noise through the last round
 */
export function measureWindowedCentroid(
  image: Plane,
  start: { readonly x: number; readonly y: number },
  options: WindowedOptions,
): WindowedCentroid {
  const { sigmaPixels, skyVariance, gain } = options;
  const { data, stride, width, height } = image;
  const radius = REACH * sigmaPixels;
  const scale = -0.5 / (sigmaPixels * sigmaPixels);
  const columns = new Float64Array(2 * Math.ceil(radius) + 3);
  let { x, y } = start;
  for (let round = 1; round <= MAX_ROUNDS; round++) {
    const x0 = Math.ceil(x - radius);
    const x1 = Math.floor(x + radius);
    const y0 = Math.ceil(y - radius);
    const y1 = Math.floor(y + radius);
    if (x0 < 0 || y0 < 0 || x1 >= width || y1 >= height) break;
    for (let i = x0; i <= x1; i++) columns[i - x0] = Math.exp((i - x) * (i - x) * scale);
    let [sum, sx, sy] = [0, 0, 0];
    for (let j = y0; j <= y1; j++) {
      const dy = j - y;
      let [rowSum, rowX] = [0, 0];
      for (let i = x0; i <= x1; i++) {
        const v = columns[i - x0] * data[j * stride + i];
        rowSum += v;
        rowX += v * i;
      }
      const w = Math.exp(dy * dy * scale);
      sum += w * rowSum;
      sx += w * (rowX - x * rowSum);
      sy += w * dy * rowSum;
    }
    if (!(sum > 0)) break;
    const [stepX, stepY] = [(2 * sx) / sum, (2 * sy) / sum];
    x += stepX;
    y += stepY;
    if (!(Math.hypot(x - start.x, y - start.y) < radius / 2)) break;
    if (Math.hypot(stepX, stepY) < 2e-4) return { x, y, ...errorsAt(image, x, y, { scale, radius, skyVariance, gain }), converged: true };
  }
  return { ...start, xxError: Number.NaN, yyError: Number.NaN, xyError: Number.NaN, converged: false };
}

interface Window {
  readonly scale: number;
  readonly radius: number;
  readonly skyVariance: number;
  readonly gain: number;
}

function errorsAt(
  { data, stride }: Plane,
  x: number,
  y: number,
  { scale, radius, skyVariance, gain }: Window,
): Pick<WindowedCentroid, 'xxError' | 'yyError' | 'xyError'> {
  let [sum, vxx, vyy, vxy] = [0, 0, 0, 0];
  const perCount = gain > 0 ? 1 / gain : 0;
  const x0 = Math.ceil(x - radius);
  const columns = new Float64Array(2 * Math.ceil(radius) + 3);
  for (let i = x0; i <= x + radius; i++) columns[i - x0] = Math.exp((i - x) * (i - x) * scale);
  for (let j = Math.ceil(y - radius); j <= y + radius; j++) {
    const dy = j - y;
    const row = Math.exp(dy * dy * scale);
    for (let i = x0; i <= x + radius; i++) {
      const dx = i - x;
      const w = row * columns[i - x0];
      const value = data[j * stride + i];
      sum += w * value;
      const variance = w * w * (skyVariance + Math.max(0, value) * perCount);
      vxx += variance * dx * dx;
      vyy += variance * dy * dy;
      vxy += variance * dx * dy;
    }
  }
  const norm = 4 / (sum * sum);
  return { xxError: vxx * norm, yyError: vyy * norm, xyError: vxy * norm };
}
