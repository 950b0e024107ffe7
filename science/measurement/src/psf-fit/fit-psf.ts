import { type Image, type Psf } from '@almagest/image';
import type { Plane } from '@almagest/kernels';

/** Which pixels may be used and what their noise is. */
export interface PixelNoise {
  /** Variance of a pixel of sky here. */
  readonly skyVariance: number;
  /** Electrons per image unit; 0 leaves photon noise of the source out. */
  readonly gain: number;
}

export interface PsfFitRequest {
  /** Background-subtracted. */
  readonly image: Plane;
  /** Source number + 1; pixels of other sources than `own` are left out. */
  readonly labels?: Plane<Int32Array> | undefined;
  readonly own?: number;
  readonly mask?: Plane<Int32Array> | undefined;
  readonly badBits?: number;
  readonly noise: PixelNoise;
  readonly psf: Psf;
  /** Pixels within this distance of the start count [pixel]. */
  readonly radius: number;
}

/** A point source fitted to pixels. */
export interface PsfFit {
  readonly x: number;
  readonly y: number;
  readonly flux: number;
  /** Variances and covariances of flux, x, y: upper triangle by rows. */
  readonly covariance: readonly [number, number, number, number, number, number];
  /** Variance of the flux at this place: without what the place adds. */
  readonly fluxVariance: number;
  readonly chi2: number;
  /** Pixels used. */
  readonly pixels: number;
  /** Part of the PSF's squared weight that fell on pixels that could be used; 1 where all could. */
  readonly coverage: number;
  /** Effective area of the PSF [pixel]. */
  readonly area: number;
  readonly status: 'ok' | 'no-pixels' | 'not-converged';
}

const MAX_ROUNDS = 10;
/** A step of this part of the standard error ends the fit: the next one, of Newton's method, would be its square. */
const NEGLIGIBLE = 0.1;
/** Eighth-order central difference: exact to 1e-4 for profiles of 3 pixels full width and more. */
const SLOPE = [4 / 5, -1 / 5, 4 / 105, -1 / 280] as const;

const FAILED = { covariance: [Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN, Number.NaN] } as const;

/**
 * Fits flux and place of a point source by maximum likelihood; pixels count by their expected noise, that of the source included.
 *
 * Weights come from the model and not from the pixels, so that a pixel that is low by chance does not count for more.
 *
 * @param start - Array indices. @param options.fixed - The place is kept, only the flux is fitted; default false.
 * @remarks Scatter within 5 % of the Cramer-Rao bound, pulls of width 1: fit-psf.recovery.test.ts.
 */
export function fitPsf(
  request: PsfFitRequest,
  start: { readonly x: number; readonly y: number },
  options: { readonly fixed?: boolean } = {},
): PsfFit {
  const { fixed = false } = options;
  if (!Number.isFinite(start.x + start.y)) return failed(start, 0);
  let { x, y } = start;
  let image = request.psf.computeImage(x, y);
  let flux = Math.max(0, accumulate(request, image, start, 0).flux);
  let converged = fixed;
  // The flux sets the weights and the weights the flux: two rounds settle it.
  let sums = accumulate(request, image, start, flux);
  for (let round = 0; round < (fixed ? 2 : MAX_ROUNDS); round++) {
    if (!(sums.det > 0)) return failed(start, sums.pixels);
    if (!fixed) {
      if (!(flux > 0)) break;
      const [dx, dy] = [clampStep(sums.stepX), clampStep(sums.stepY)];
      x += dx;
      y += dy;
      if (!(Math.hypot(x - start.x, y - start.y) < request.radius / 2)) break;
      image = request.psf.computeImage(x, y);
      // A step far below the noise of the place is as good as none.
      converged = Math.hypot(dx, dy) < Math.max(1e-4, NEGLIGIBLE * Math.sqrt(sums.aff > 0 ? 1 / Math.max(sums.axx, sums.ayy) : 0));
    }
    flux = fixed ? sums.flux : Math.max(0, sums.flux);
    sums = accumulate(request, image, start, flux);
    if (converged && !fixed) break;
  }
  const best = sums.flux;
  const covariance = fixed ? ([1 / sums.aff, 0, 0, 0, 0, 0] as const) : invert(sums);
  const { pixels, coverage, area } = sums;
  const chi2 = sums.chi2 - (best - flux) ** 2 * sums.aff;
  return {
    x,
    y,
    flux: best,
    covariance,
    fluxVariance: 1 / sums.aff,
    chi2,
    pixels,
    coverage,
    area,
    status: converged ? 'ok' : 'not-converged',
  };
}

function failed(start: { readonly x: number; readonly y: number }, pixels: number): PsfFit {
  const nan = Number.NaN;
  return {
    x: start.x,
    y: start.y,
    flux: nan,
    ...FAILED,
    fluxVariance: nan,
    chi2: nan,
    pixels,
    coverage: 0,
    area: nan,
    status: 'no-pixels',
  };
}

interface Sums {
  readonly flux: number;
  readonly aff: number;
  readonly afx: number;
  readonly afy: number;
  readonly axx: number;
  readonly axy: number;
  readonly ayy: number;
  readonly det: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly chi2: number;
  readonly pixels: number;
  readonly coverage: number;
  readonly area: number;
}

/** Normal equations of flux, x, y at a flux; the flux of the sums is the best one at this place. */
function accumulate(request: PsfFitRequest, psf: Image, start: { readonly x: number; readonly y: number }, flux: number): Sums {
  const { image, labels, own = 0, mask, badBits = -1, noise, radius } = request;
  const { skyVariance, gain } = noise;
  const perCount = gain > 0 ? 1 / gain : 0;
  const { data, stride, width, height } = image;
  const phi = psf.data;
  const ps = psf.stride;
  let [aff, afx, afy, axx, axy, ayy, bf, bx, by] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  let [chi2, pixels, all, sound] = [0, 0, 0, 0];
  const slope = Math.max(flux, 1e-30);
  const j0 = Math.max(psf.y0 + 4, Math.ceil(start.y - radius));
  const j1 = Math.min(psf.y0 + psf.height - 5, Math.floor(start.y + radius));
  for (let j = j0; j <= j1; j++) {
    const reach = Math.sqrt(Math.max(0, radius * radius - (j - start.y) ** 2));
    const i0 = Math.max(psf.x0 + 4, Math.ceil(start.x - reach));
    const i1 = Math.min(psf.x0 + psf.width - 5, Math.floor(start.x + reach));
    for (let i = i0; i <= i1; i++) {
      const q = (j - psf.y0) * ps + i - psf.x0;
      const p = phi[q];
      all += p * p;
      if (j < 0 || j >= height || i < 0 || i >= width) continue;
      const value = data[j * stride + i];
      if (!Number.isFinite(value)) continue;
      if (mask && (mask.data[j * mask.stride + i] & badBits) !== 0) continue;
      if (labels) {
        const label = labels.data[j * labels.stride + i];
        if (label !== 0 && label !== own) continue;
      }
      sound += p * p;
      pixels++;
      const expected = flux * p;
      const weight = 1 / (skyVariance + (expected > 0 ? perCount * expected : 0));
      let [dx, dy] = [0, 0];
      for (let k = 0; k < 4; k++) {
        dx += SLOPE[k] * (phi[q - k - 1] - phi[q + k + 1]);
        dy += SLOPE[k] * (phi[q - (k + 1) * ps] - phi[q + (k + 1) * ps]);
      }
      dx *= slope;
      dy *= slope;
      const r = value - expected;
      const wp = weight * p;
      aff += wp * p;
      afx += wp * dx;
      afy += wp * dy;
      axx += weight * dx * dx;
      axy += weight * dx * dy;
      ayy += weight * dy * dy;
      bf += wp * r;
      bx += weight * dx * r;
      by += weight * dy * r;
      chi2 += weight * r * r;
    }
  }
  const cxx = axx - (afx * afx) / aff;
  const cxy = axy - (afx * afy) / aff;
  const cyy = ayy - (afy * afy) / aff;
  const det = cxx * cyy - cxy * cxy;
  const rx = bx - (afx * bf) / aff;
  const ry = by - (afy * bf) / aff;
  return {
    flux: flux + bf / aff,
    aff,
    afx,
    afy,
    axx,
    axy,
    ayy,
    det,
    chi2,
    pixels,
    stepX: (cyy * rx - cxy * ry) / det,
    stepY: (cxx * ry - cxy * rx) / det,
    coverage: all > 0 ? sound / all : 0,
    area: 1 / all,
  };
}

function clampStep(step: number): number {
  return Math.max(-1, Math.min(1, step));
}

/** Inverse of the 3 x 3 normal matrix, by cofactors. */
function invert({ aff, afx, afy, axx, axy, ayy }: Sums): PsfFit['covariance'] {
  const c00 = axx * ayy - axy * axy;
  const c01 = afy * axy - afx * ayy;
  const c02 = afx * axy - afy * axx;
  const det = aff * c00 + afx * c01 + afy * c02;
  return [c00 / det, c01 / det, c02 / det, (aff * ayy - afy * afy) / det, (afx * afy - aff * axy) / det, (aff * axx - afx * afx) / det];
}
