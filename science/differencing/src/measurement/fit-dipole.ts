import { fitLevenbergMarquardt } from '@almagest/numerics';
import type { StampPsf } from '../psf/shifted-stamp.ts';
import { createSlopes, renderPoint, renderPointSlopes, scratchFor } from './fit-point.ts';
import type { FitWindow } from './window.ts';

/** A positive and a negative lobe: a source that moved, or images that are not aligned. */
export interface DipoleFit {
  readonly positive: { readonly x: number; readonly y: number; readonly flux: number; readonly fluxErr: number };
  /** Flux above 0: that of the source in the template. */
  readonly negative: { readonly x: number; readonly y: number; readonly flux: number; readonly fluxErr: number };
  /** From the negative lobe to the positive one [pixel]. */
  readonly separation: number;
  /** Direction of the same, from x towards y [rad]. */
  readonly angle: number;
  /** Of the difference alone. */
  readonly chi2: number;
  readonly degreesOfFreedom: number;
  readonly converged: boolean;
}

/** The same pixels of the difference and of both matched images; the PSF of the difference and of the others. */
export interface DipoleImages {
  readonly difference: FitWindow;
  readonly science: FitWindow;
  readonly template: FitWindow;
  readonly differencePsf: StampPsf;
  readonly matchedPsf: StampPsf;
}

/**
 * Weight of the pixels of science image and template beside the difference. The difference alone tells flux times separation
 * but hardly either when the lobes overlap.
 */
const IMAGE_WEIGHT = 0.5;

/** Fits both lobes to the three images together, with a constant under the source in science image and template. */
export function fitDipole(images: DipoleImages, start: DipoleStart): DipoleFit {
  const { difference, science, template, differencePsf, matchedPsf } = images;
  const size = difference.values.length;
  const scratch = scratchFor(difference, differencePsf, matchedPsf);
  const [first, second] = [createSlopes(size), createSlopes(size)];
  const roots = [difference, science, template].map(({ weights }, n) => weights.map((w) => (n === 0 ? 1 : IMAGE_WEIGHT) * Math.sqrt(w)));
  const residuals = ([fp, xp, yp, fn, xn, yn, cs, ct]: Float64Array, out: Float64Array): void => {
    const [p, n] = [
      { x: xp, y: yp },
      { x: xn, y: yn },
    ];
    renderPoint(difference, differencePsf, p, { image: first.value, scratch });
    renderPoint(difference, differencePsf, n, { image: second.value, scratch });
    for (let k = 0; k < size; k++) out[k] = roots[0][k] * (fp * first.value[k] - fn * second.value[k] - difference.values[k]);
    renderPoint(difference, matchedPsf, p, { image: first.value, scratch });
    renderPoint(difference, matchedPsf, n, { image: second.value, scratch });
    for (let k = 0; k < size; k++) {
      out[size + k] = roots[1][k] * (fp * first.value[k] + cs - science.values[k]);
      out[2 * size + k] = roots[2][k] * (fn * second.value[k] + ct - template.values[k]);
    }
  };
  const jacobian = ([fp, xp, yp, fn, xn, yn]: Float64Array, out: Float64Array): void => {
    const [p, n] = [
      { x: xp, y: yp },
      { x: xn, y: yn },
    ];
    out.fill(0);
    /** Derivatives by flux, x and y of the lobe whose parameters begin at `column`. */
    const lobeInto = (image: number, column: number, flux: number, { value, alongX, alongY }: typeof first): void => {
      const sign = image === 0 && column === 3 ? -1 : 1;
      for (let k = 0; k < size; k++) {
        const root = sign * roots[image][k];
        const at = (image * size + k) * 8;
        out[at + column] = root * value[k];
        out[at + column + 1] = root * flux * alongX[k];
        out[at + column + 2] = root * flux * alongY[k];
        if (image > 0) out[at + 5 + image] = root;
      }
    };
    renderPointSlopes(difference, differencePsf, p, { image: first, scratch });
    renderPointSlopes(difference, differencePsf, n, { image: second, scratch });
    lobeInto(0, 0, fp, first);
    lobeInto(0, 3, fn, second);
    renderPointSlopes(difference, matchedPsf, p, { image: first, scratch });
    renderPointSlopes(difference, matchedPsf, n, { image: second, scratch });
    lobeInto(1, 0, fp, first);
    lobeInto(2, 3, fn, second);
  };
  const { positive, negative } = start;
  const reach = difference.half;
  const [left, right, low, high] = [
    difference.centerX - reach,
    difference.centerX + reach,
    difference.centerY - reach,
    difference.centerY + reach,
  ];
  const fit = fitLevenbergMarquardt({
    start: [positive.flux, positive.x, positive.y, negative.flux, negative.x, negative.y, 0, 0],
    lower: [0, left, low, 0, left, low, -Infinity, -Infinity],
    upper: [Infinity, right, high, Infinity, right, high, Infinity, Infinity],
    residualCount: 3 * size,
    residuals,
    jacobian,
    maxIterations: 40,
    chiSquareTolerance: 1e-5,
    stepTolerance: 1e-6,
  });
  const [fp, xp, yp, fn, xn, yn] = fit.parameters;
  const out = new Float64Array(3 * size);
  residuals(fit.parameters, out);
  let chi2 = 0;
  for (let k = 0; k < size; k++) chi2 += out[k] * out[k];
  const error = (n: number): number => Math.sqrt(fit.covariance[n * 8 + n]);
  return {
    positive: { x: xp, y: yp, flux: fp, fluxErr: error(0) },
    negative: { x: xn, y: yn, flux: fn, fluxErr: error(3) },
    separation: Math.hypot(xp - xn, yp - yn),
    angle: Math.atan2(yp - yn, xp - xn),
    chi2,
    degreesOfFreedom: Math.max(1, difference.pixels - 6),
    converged: fit.status === 'converged' || fit.status === 'stalled',
  };
}

export interface DipoleStart {
  readonly positive: { readonly x: number; readonly y: number; readonly flux: number };
  readonly negative: { readonly x: number; readonly y: number; readonly flux: number };
}

const LEAST_SNR = 5 * Math.SQRT2;
const MOST_RATIO = 0.65;
const MOST_SEPARATION_SIGMA = 5;

/** Whether a fit is that of a dipole: two lobes with signal, nearly equal, close, and better than one source. */
export function isDipole(
  fit: DipoleFit,
  { sigmaPixels, pointChi2 }: { readonly sigmaPixels: number; readonly pointChi2: number },
): boolean {
  const { positive, negative } = fit;
  const signal = Math.hypot(positive.flux / positive.fluxErr, negative.flux / negative.fluxErr);
  const ratio = Math.max(positive.flux, negative.flux) / (positive.flux + negative.flux);
  return (
    fit.converged &&
    signal >= LEAST_SNR &&
    ratio <= MOST_RATIO &&
    fit.separation > 0 &&
    fit.separation <= MOST_SEPARATION_SIGMA * sigmaPixels &&
    fit.chi2 + 15 < pointChi2
  );
}
