import { createModelSpace, type ModelSpace, nativeHalfWidth, type PixelBasisModel, renderModelInto } from '@almagest/image';
import type { PsfStar } from './star-stamps.ts';

/** What is known about noise, beside each star's sky. */
export interface NoiseModel {
  /** Electrons per image unit; 0 leaves photon noise out. */
  readonly gain: number;
  /** Error of the model itself, as a part of it; keeps the brightest stars from ruling. */
  readonly modelError: number;
}

/** Space for fitting stars with one model. */
export interface StarSpace {
  readonly model: ModelSpace;
  /** The star at flux 1, native pixels. */
  readonly image: Float64Array;
}

export function createStarSpace(model: PixelBasisModel): StarSpace {
  return { model: createModelSpace(model), image: new Float64Array((2 * nativeHalfWidth(model) + 1) ** 2) };
}

/** Renders the inner 2 half + 1 pixels of a star at flux 1 into `space.image`. */
export function renderStarInto(model: PixelBasisModel, star: PsfStar, half: number, space: StarSpace): void {
  renderModelInto(model, { x: star.x, y: star.y, dx: star.x - star.i0, dy: star.y - star.j0, half }, space.image, space.model);
}

export interface RefitOptions {
  /** Half width of the stamps [pixel]. */
  readonly half: number;
  /** Pixels within this of the middle count. */
  readonly radius: number;
  readonly noise: NoiseModel;
}

/** Half width that must be rendered so that pixels within the radius have their slopes. */
export function coreHalf(half: number, radius: number): number {
  return Math.min(half, Math.ceil(radius) + 1);
}

/**
 * One step of least squares for a star's flux and place on the rendered image in `space.image`, and the chi-square there.
 *
 * The slopes are central differences of the pixels, which is exact enough for a step that is repeated.
 */
export function refitStar(star: PsfStar, space: StarSpace, { half, radius, noise }: RefitOptions): void {
  const inner = coreHalf(half, radius);
  const innerSide = 2 * inner + 1;
  const side = 2 * half + 1;
  const { image } = space;
  const skyVariance = star.sigma * star.sigma;
  const perCount = noise.gain > 0 ? 1 / noise.gain : 0;
  let [aff, afx, afy, axx, axy, ayy, bf, bx, by] = [0, 0, 0, 0, 0, 0, 0, 0, 0];
  let [chi2, count] = [0, 0];
  const reach = inner - 1;
  for (let j = -reach; j <= reach; j++)
    for (let i = -reach; i <= reach; i++) {
      const at = (j + half) * side + i + half;
      if (i * i + j * j > radius * radius || star.valid[at] === 0) continue;
      const q = (j + inner) * innerSide + i + inner;
      const p = image[q];
      const expected = Math.max(0, p * star.flux);
      const weight = 1 / (skyVariance + perCount * expected + (noise.modelError * expected) ** 2);
      const dx = (star.flux * (image[q - 1] - image[q + 1])) / 2;
      const dy = (star.flux * (image[q - innerSide] - image[q + innerSide])) / 2;
      const r = star.pixels[at] - star.flux * p;
      chi2 += r * r * weight;
      count++;
      aff += weight * p * p;
      afx += weight * p * dx;
      afy += weight * p * dy;
      axx += weight * dx * dx;
      axy += weight * dx * dy;
      ayy += weight * dy * dy;
      bf += weight * p * r;
      bx += weight * dx * r;
      by += weight * dy * r;
    }
  star.chi2 = count > 0 ? chi2 / count : Number.NaN;
  // Eliminate the flux, then solve 2 x 2 for the place.
  const cxx = axx - (afx * afx) / aff;
  const cxy = axy - (afx * afy) / aff;
  const cyy = ayy - (afy * afy) / aff;
  const rx = bx - (afx * bf) / aff;
  const ry = by - (afy * bf) / aff;
  const det = cxx * cyy - cxy * cxy;
  if (!(det > 0) || !(aff > 0)) {
    star.used = false;
    return;
  }
  const stepX = (cyy * rx - cxy * ry) / det;
  const stepY = (cxx * ry - cxy * rx) / det;
  star.x += Math.max(-0.5, Math.min(0.5, stepX));
  star.y += Math.max(-0.5, Math.min(0.5, stepY));
  star.flux += (bf - afx * stepX - afy * stepY) / aff;
  if (!(star.flux > 0) || Math.hypot(star.x - star.i0, star.y - star.j0) > 1.5) star.used = false;
}
