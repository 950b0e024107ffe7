import type { Plane } from '@almagest/kernels';

/** The elliptical Gaussian that suits a source best. */
export interface AdaptiveMoments {
  /** Centre [pixel], in array indices. */
  readonly x: number;
  readonly y: number;
  /** Second moments [pixel^2]; for a Gaussian source its covariance. */
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
  /** Flux of a Gaussian source [image units]. */
  readonly flux: number;
  /** Weighted radial fourth moment; 2 for a Gaussian. */
  readonly rho4: number;
  readonly status: 'ok' | 'edge' | 'faint' | 'moved' | 'not-converged';
}

export interface AdaptiveMomentsOptions {
  /** First guess of the width [pixel]. */
  readonly sigmaPixels: number;
  /** Moments are about the given centre, which does not move; default false. */
  readonly fixedCenter?: boolean;
  /** Farthest that the centre may move [pixel]; default twice the first width. */
  readonly maxShift?: number;
  /** Largest change of a round, relative to the size, that counts as settled; default 1e-5. */
  readonly tolerance?: number;
}

const MAX_ROUNDS = 60;
/** The weight is cut where it has fallen to exp(-10). */
const REACH = 4.5;

/**
 * Adaptive moments: weights of an elliptical Gaussian that is moved and reshaped until it has the moments of what it weighs.
 *
 * @param image - Background-subtracted; NaN pixels count as sky. @param start - In array indices.
 * @returns Moments as far as they went, with a status other than `ok` where they are not to be trusted.
 * @remarks The last digit that holds is set by `tolerance`; a noise-free Gaussian is recovered to 1e-4 (adaptive-moments.test.ts).
 * @see Bernstein and Jarvis 2002, AJ 123, 583, section 3.1; Hirata and Seljak 2003, MNRAS 343, 459, appendix C
 */
export function measureAdaptiveMoments(
  image: Plane,
  start: { readonly x: number; readonly y: number },
  options: AdaptiveMomentsOptions,
): AdaptiveMoments {
  const { sigmaPixels, fixedCenter = false, maxShift = 2 * sigmaPixels, tolerance = 1e-5 } = options;
  const first = sigmaPixels * sigmaPixels;
  const state = { x: start.x, y: start.y, xx: first, yy: first, xy: 0 };
  const sums = new Float64Array(7);
  const limit = (Math.min(image.width, image.height) / 2) ** 2;
  let status: AdaptiveMoments['status'] = 'not-converged';
  for (let round = 0; round < MAX_ROUNDS; round++) {
    if (!sumWeightedInto(image, state, sums)) {
      status = 'edge';
      break;
    }
    const a = sums[0];
    if (!(a > 0)) {
      status = 'faint';
      break;
    }
    const [cx, cy] = fixedCenter ? [0, 0] : [sums[1] / a, sums[2] / a];
    const [mx, my, mxy] = [sums[3] / a - cx * cx, sums[4] / a - cy * cy, sums[5] / a - cx * cy];
    const next = narrowed({ xx: mx, yy: my, xy: mxy }, state, limit);
    if (next === undefined) {
      status = 'faint';
      break;
    }
    const change = Math.abs(next.xx - state.xx) + Math.abs(next.yy - state.yy) + Math.abs(next.xy - state.xy);
    const size = state.xx + state.yy;
    state.x += 2 * cx;
    state.y += 2 * cy;
    if (!(Math.hypot(state.x - start.x, state.y - start.y) <= maxShift)) {
      status = 'moved';
      break;
    }
    state.xx = next.xx;
    state.yy = next.yy;
    state.xy = next.xy;
    if (change < tolerance * size && Math.hypot(cx, cy) < tolerance * Math.sqrt(size)) {
      status = 'ok';
      break;
    }
  }
  return { ...state, flux: 2 * sums[0], rho4: sums[6] / sums[0], status };
}

interface Moments {
  readonly xx: number;
  readonly yy: number;
  readonly xy: number;
}

/** The profile whose product with the weight has the moments measured: (C^-1 - W^-1)^-1, or 2 C where noise makes that no ellipse. */
function narrowed(measured: Moments, weight: Moments, limit: number): Moments | undefined {
  const dm = measured.xx * measured.yy - measured.xy * measured.xy;
  const dw = weight.xx * weight.yy - weight.xy * weight.xy;
  if (!(dm > 0) || !(dw > 0) || !(measured.xx > 0)) return undefined;
  const ixx = measured.yy / dm - weight.yy / dw;
  const iyy = measured.xx / dm - weight.xx / dw;
  const ixy = -measured.xy / dm + weight.xy / dw;
  const di = ixx * iyy - ixy * ixy;
  const sound = ixx > 0 && iyy > 0 && di > 0 && (ixx + iyy) / di < limit;
  const next = sound ? { xx: iyy / di, yy: ixx / di, xy: -ixy / di } : { xx: 2 * measured.xx, yy: 2 * measured.yy, xy: 2 * measured.xy };
  return next.xx + next.yy < limit ? next : undefined;
}

/** Sums of w I, w I x, w I y, w I xx, w I yy, w I xy, w I r^4 about the centre; false where the weight leaves the image. */
// prettier-ignore
function sumWeightedInto({ data, width, height, stride }: Plane, m: { readonly x: number; readonly y: number } & Moments, sums: Float64Array): boolean {
  const det = m.xx * m.yy - m.xy * m.xy;
  const a = m.yy / det;
  const b = -m.xy / det;
  const c = m.xx / det;
  const halfX = REACH * Math.sqrt(m.xx);
  const halfY = REACH * Math.sqrt(m.yy);
  const x0 = Math.ceil(m.x - halfX);
  const x1 = Math.floor(m.x + halfX);
  const y0 = Math.ceil(m.y - halfY);
  const y1 = Math.floor(m.y + halfY);
  sums.fill(0);
  // A weight that hangs over by more than half of its reach says little about the source.
  if (!(m.x >= 0 && m.y >= 0 && m.x <= width - 1 && m.y <= height - 1)) return false;
  if (x0 < -halfX / 2 || y0 < -halfY / 2 || x1 > width - 1 + halfX / 2 || y1 > height - 1 + halfY / 2) return false;
  const from = Math.max(0, x0);
  const to = Math.min(width - 1, x1);
  const fall = Math.exp(-a);
  let [s0, sx, sy, sxx, syy, sxy, s4] = [0, 0, 0, 0, 0, 0, 0];
  for (let j = Math.max(0, y0); j <= Math.min(height - 1, y1); j++) {
    const dy = j - m.y;
    const start = from - m.x;
    // Along a row the weight is a Gaussian in x: its ratio from pixel to pixel falls by a constant factor.
    let weight = Math.exp(-0.5 * (a * start * start + 2 * b * start * dy + c * dy * dy));
    let ratio = Math.exp(-0.5 * (a * (2 * start + 1) + 2 * b * dy));
    const row = j * stride;
    for (let i = from; i <= to; i++) {
      const value = data[row + i];
      if (value === value) {
        const dx = i - m.x;
        const v = weight * value;
        const rho2 = a * dx * dx + 2 * b * dx * dy + c * dy * dy;
        s0 += v;
        sx += v * dx;
        sy += v * dy;
        sxx += v * dx * dx;
        syy += v * dy * dy;
        sxy += v * dx * dy;
        s4 += v * rho2 * rho2;
      }
      weight *= ratio;
      ratio *= fall;
    }
  }
  sums[0] = s0; sums[1] = sx; sums[2] = sy; sums[3] = sxx; sums[4] = syy; sums[5] = sxy; sums[6] = s4;
  return true;
}
