import { choleskyInPlace, choleskySolveInPlace } from '@almagest/numerics';
import { coreHalf, type NoiseModel, refitStar, renderStarInto, type StarSpace } from './fit-star.ts';
import { computeModelTermsInto, modelTermCount, nativeHalfWidth, type PixelBasisModel } from '@almagest/image';
import type { PsfStar } from './star-stamps.ts';

/** Residuals beyond this many sigma lose weight, as the square of their excess. */
const ROBUST = 4;

/**
 * One round of the fit: residuals of all stars against the model are given to the samples about them and regressed on the
 * polynomial of the position, and the result is added to the model.
 *
 * Every star's pixels fall between the samples of the model at another phase; each counts for the four samples around it by its
 * nearness. That smooths the correction a little, which further rounds undo.
 *
 * @param options.first - The model is empty: no robust weights, no photon noise of the model.
 * @see Anderson and King 2000, PASP 112, 1360, for samples at scattered phases
 */
export function regressSamples(
  model: PixelBasisModel,
  stars: readonly PsfStar[],
  space: StarSpace,
  options: { readonly first: boolean; readonly noise: NoiseModel },
): PixelBasisModel {
  const terms = modelTermCount(model.order);
  const packed = (terms * (terms + 1)) / 2;
  const pitch = packed + terms;
  const side = 2 * model.halfWidth + 1;
  const sums = new Float64Array(side * side * pitch);
  const row = new Float64Array(pitch);
  const t = row.subarray(packed);
  for (const star of stars) {
    if (!star.used || star.reserved) continue;
    computeModelTermsInto(model, star.x, star.y, t);
    let n = 0;
    for (let a = 0; a < terms; a++) for (let b = 0; b <= a; b++) row[n++] = t[a] * t[b];
    if (!options.first) renderStarInto(model, star, nativeHalfWidth(model), space);
    spread(model, star, options.first ? undefined : space.image, { sums, row, packed, pitch, noise: options.noise });
  }
  return { ...model, coefficients: solveAll(model, sums, { terms, packed, pitch }) };
}

interface Spread {
  readonly sums: Float64Array;
  /** Products of terms, packed, then the terms. */
  readonly row: Float64Array;
  readonly packed: number;
  readonly pitch: number;
  readonly noise: NoiseModel;
}

function spread(model: PixelBasisModel, star: PsfStar, image: Float64Array | undefined, { sums, row, packed, pitch, noise }: Spread): void {
  const native = nativeHalfWidth(model);
  const nativeSide = 2 * native + 1;
  const side = 2 * model.halfWidth + 1;
  const step = Math.round(1 / model.sampling);
  const skyVariance = (star.sigma / star.flux) ** 2;
  const perFlux = noise.gain > 0 ? 1 / (noise.gain * star.flux) : 0;
  for (let j = 0; j < nativeSide; j++) {
    const v = (j - native - (star.y - star.j0)) * step + model.halfWidth;
    const jv = Math.floor(v);
    for (let i = 0; i < nativeSide; i++) {
      const at = j * nativeSide + i;
      if (star.valid[at] === 0) continue;
      const value = star.pixels[at] / star.flux;
      const p = image ? Math.max(0, image[at]) : Math.max(0, value);
      const r = image ? value - image[at] : value;
      const variance = skyVariance + perFlux * p + (noise.modelError * p) ** 2;
      let weight = 1 / variance;
      if (image) weight /= 1 + Math.max(0, (r * r) / variance / (ROBUST * ROBUST) - 1) ** 2;
      const u = (i - native - (star.x - star.i0)) * step + model.halfWidth;
      const iu = Math.floor(u);
      for (let b = 0; b < 2; b++) {
        const y = jv + b;
        if (y < 0 || y >= side) continue;
        const wy = weight * (b === 0 ? 1 - (v - jv) : v - jv);
        for (let a = 0; a < 2; a++) {
          const x = iu + a;
          if (x < 0 || x >= side) continue;
          const w = wy * (a === 0 ? 1 - (u - iu) : u - iu);
          const to = (y * side + x) * pitch;
          for (let k = 0; k < packed; k++) sums[to + k] += w * row[k];
          const wr = w * r;
          for (let k = packed; k < pitch; k++) sums[to + k] += wr * row[k];
        }
      }
    }
  }
}

function solveAll(
  model: PixelBasisModel,
  sums: Float64Array,
  { terms, packed, pitch }: { readonly terms: number; readonly packed: number; readonly pitch: number },
): Float64Array {
  const samples = (2 * model.halfWidth + 1) ** 2;
  const coefficients = model.coefficients.slice();
  const matrix = new Float64Array(terms * terms);
  const side = new Float64Array(terms);
  for (let s = 0; s < samples; s++) {
    const from = s * pitch;
    // A sample that no star reaches stays as it is; one that few reach varies no more than they can tell.
    const ridge = 1e-6 * sums[from];
    if (!(ridge > 0)) continue;
    let n = from;
    for (let a = 0; a < terms; a++)
      for (let b = 0; b <= a; b++) {
        matrix[a * terms + b] = sums[n++] + (a === b ? ridge : 0);
      }
    for (let a = 0; a < terms; a++) side[a] = sums[from + packed + a];
    choleskyInPlace(matrix, terms);
    choleskySolveInPlace(matrix, terms, side);
    for (let a = 0; a < terms; a++) coefficients[a * samples + s] += side[a];
  }
  return coefficients;
}

/** Fits flux and place of every star to the model. */
export function refitStars(
  model: PixelBasisModel,
  stars: readonly PsfStar[],
  space: StarSpace,
  options: { readonly radius: number; readonly noise: NoiseModel; readonly rounds: number },
): void {
  const half = nativeHalfWidth(model);
  for (const star of stars)
    for (let round = 0; round < options.rounds && star.used; round++) {
      renderStarInto(model, star, coreHalf(half, options.radius), space);
      refitStar(star, space, { half, ...options });
    }
}
