import { type Image, type Shape } from '@almagest/image';
import { fitLevenbergMarquardt } from '@almagest/numerics';
import { measureAdaptiveMoments } from '../shape/adaptive-moments.ts';

/** An elliptical Moffat profile flux (1 + r^2)^-beta, r in units of its ellipse. */
export interface MoffatFit {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** Round-equivalent full width at half maximum [pixel]. */
  readonly fwhmPixels: number;
  readonly beta: number;
  /** (a^2 - b^2) / (a^2 + b^2) in components along x and along the diagonal. */
  readonly e1: number;
  readonly e2: number;
  readonly chiSquare: number;
  readonly converged: boolean;
}

export interface GaussianMixtureFit {
  readonly x: number;
  readonly y: number;
  /** Concentric Gaussians with their flux, narrow ones first. */
  readonly components: readonly (Shape & { readonly flux: number })[];
  readonly chiSquare: number;
  readonly converged: boolean;
}

/**
 * Fits a Moffat profile, sampled at pixel centres as PSF images are, by least squares.
 *
 * @param image - A star without sky, or a PSF's kernel image; NaN pixels are left out. @param sigma - Noise of a pixel.
 * @returns With `converged` false where there is nothing to fit.
 */
export function fitMoffat(image: Image, sigma = 1): MoffatFit {
  const start = startOf(image);
  const beta0 = 3.5;
  // Logarithms keep widths and exponents positive.
  const width0 = Math.log(1.1 * Math.sqrt(start.xx + start.yy));
  const fit = fitLevenbergMarquardt({
    start: [start.x, start.y, start.flux, width0, Math.log(beta0 - 1), 0, 0],
    residualCount: image.width * image.height,
    lower: [-Infinity, -Infinity, -Infinity, -3, -2, -0.9, -0.9],
    upper: [Infinity, Infinity, Infinity, 6, 4, 0.9, 0.9],
    residuals: ([x, y, flux, logAlpha, logBeta, e1, e2], out) => {
      const beta = 1 + Math.exp(logBeta);
      const alpha2 = Math.exp(2 * logAlpha);
      const n = alpha2 * Math.sqrt(Math.max(1e-6, 1 - e1 * e1 - e2 * e2));
      const peak = (flux * (beta - 1)) / (Math.PI * alpha2);
      eachPixel(image, (dx, dy, value, k) => {
        const [u, v] = [dx - x, dy - y];
        const r2 = ((1 - e1) * u * u - 2 * e2 * u * v + (1 + e1) * v * v) / n;
        out[k] = (peak * (1 + r2) ** -beta - value) / sigma;
      });
    },
  });
  const [x, y, flux, logAlpha, logBeta, e1, e2] = fit.parameters;
  const beta = 1 + Math.exp(logBeta);
  const fwhmPixels = 2 * Math.exp(logAlpha) * Math.sqrt(2 ** (1 / beta) - 1);
  return {
    x,
    y,
    flux,
    fwhmPixels,
    beta,
    e1,
    e2,
    chiSquare: fit.chiSquare,
    converged: start.sound && fit.status === 'converged' && flux > 0,
  };
}

/**
 * Fits concentric elliptical Gaussians by least squares.
 *
 * @param options.components - 1 to 4, default 2. @param options.sigma - Noise of a pixel.
 */
export function fitGaussianMixture(
  image: Image,
  options: { readonly components?: number; readonly sigma?: number } = {},
): GaussianMixtureFit {
  const { components = 2, sigma = 1 } = options;
  const start = startOf(image);
  const parameters = [start.x, start.y];
  // Widths in a ratio of two around that of the whole, with falling fluxes; the covariance as a Cholesky factor stays one.
  for (let c = 0; c < components; c++) {
    const scale = 2 ** (c - (components - 1) / 2);
    const [s, t] = [Math.sqrt(start.xx) * scale, Math.sqrt(start.yy) * scale];
    parameters.push(start.flux / components, Math.log(s), Math.log(t), 0);
  }
  const fit = fitLevenbergMarquardt({
    start: parameters,
    residualCount: image.width * image.height,
    residuals: (p, out) => {
      eachPixel(image, (dx, dy, value, k) => {
        const [u, v] = [dx - p[0], dy - p[1]];
        let model = 0;
        for (let c = 0; c < components; c++) {
          const at = 2 + 4 * c;
          const [s, t] = [Math.exp(p[at + 1]), Math.exp(p[at + 2])];
          const zu = u / s;
          const zv = (v - p[at + 3] * zu) / t;
          model += (p[at] / (2 * Math.PI * s * t)) * Math.exp(-0.5 * (zu * zu + zv * zv));
        }
        out[k] = (model - value) / sigma;
      });
    },
  });
  const p = fit.parameters;
  const list = Array.from({ length: components }, (_, c) => {
    const [flux, logS, logT, l] = p.subarray(2 + 4 * c, 6 + 4 * c);
    const [s, t] = [Math.exp(logS), Math.exp(logT)];
    return { flux, xx: s * s, xy: s * l, yy: l * l + t * t };
  }).toSorted((a, b) => a.xx + a.yy - b.xx - b.yy);
  return { x: p[0], y: p[1], components: list, chiSquare: fit.chiSquare, converged: start.sound && fit.status === 'converged' };
}

function startOf(image: Image): { x: number; y: number; xx: number; yy: number; flux: number; sound: boolean } {
  const middle = { x: (image.width - 1) / 2, y: (image.height - 1) / 2 };
  const found = measureAdaptiveMoments(image, middle, { sigmaPixels: Math.max(1, image.width / 12) });
  const sound = found.status === 'ok';
  const place = { x: (sound ? found.x : middle.x) + image.x0, y: (sound ? found.y : middle.y) + image.y0 };
  return { ...place, xx: sound ? found.xx : 4, yy: sound ? found.yy : 4, flux: sound ? found.flux : 1, sound };
}

function eachPixel(image: Image, use: (x: number, y: number, value: number, k: number) => void): void {
  for (let j = 0, k = 0; j < image.height; j++)
    for (let i = 0; i < image.width; i++, k++) {
      const value = image.data[j * image.stride + i];
      if (Number.isFinite(value)) use(image.x0 + i, image.y0 + j, value, k);
    }
}
