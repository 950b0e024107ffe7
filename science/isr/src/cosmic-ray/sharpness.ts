import { DEFAULT_TRACK_GROWTH, growTracksInPlace, type TrackGrowth } from './grow-tracks.ts';
import type { CosmicRayRequest, CosmicRayResult } from './laplacian.ts';

/** Settings of the sharpness test. */
export interface SharpnessOptions {
  /** A pixel must stand out from the mean of two opposite neighbours by this many sigma, and this many electrons. */
  readonly minSigma: number;
  readonly minElectrons: number;
  /** Sigma by which the pixel is lowered, and factor by which the PSF is allowed to be sharper, before it is called too sharp. */
  readonly peakSigma: number;
  readonly psfFactor: number;
  readonly maxPasses: number;
  readonly growth: TrackGrowth | null;
}

export const DEFAULT_SHARPNESS: SharpnessOptions = {
  minSigma: 6,
  minElectrons: 150,
  peakSigma: 2,
  psfFactor: 0.6,
  maxPasses: 6,
  growth: DEFAULT_TRACK_GROWTH,
};

/** The PSF's value one pixel from its centre, relative to the centre, along x, y and the two diagonals. */
export interface PsfRatios {
  readonly x: number;
  readonly y: number;
  readonly diagonalUp: number;
  readonly diagonalDown: number;
}

/** Ratios of a Gaussian PSF. */
export function gaussianRatios(fwhmPixels: number): PsfRatios {
  const sigma2 = (fwhmPixels / 2.3548) ** 2;
  const straight = Math.exp(-0.5 / sigma2);
  const diagonal = Math.exp(-1 / sigma2);
  return { x: straight, y: straight, diagonalUp: diagonal, diagonalDown: diagonal };
}

/**
 * Finds cosmic rays as pixels that are sharper than the PSF in some direction.
 *
 * Found pixels are replaced by their neighbours and the surroundings are tested again, so that tracks are followed.
 *
 * @param sky - Background [electron], which the sharpness is measured above.
 * @see The conditions are those of the SDSS photometric pipeline (Lupton et al. 2001), as used for LSST.
 */
export function findCosmicRaysBySharpness(
  request: CosmicRayRequest & { readonly sky: number; readonly psf: PsfRatios },
  options: SharpnessOptions = DEFAULT_SHARPNESS,
): CosmicRayResult {
  const { width, height, mask, badBits } = request;
  const work = Float32Array.from(request.image);
  const found = new Uint8Array(work.length);
  const usable = (i: number): boolean => (mask[i] & badBits) === 0 && found[i] === 0;
  const pairs = [
    { step: 1, ratio: request.psf.x },
    { step: width, ratio: request.psf.y },
    { step: width + 1, ratio: request.psf.diagonalUp },
    { step: width - 1, ratio: request.psf.diagonalDown },
  ] as const;
  const isHit = (i: number): boolean => {
    const value = work[i];
    const noise = Math.sqrt(Math.max(0, value) + request.readNoise ** 2);
    const peak = value - request.sky;
    if (peak < options.minElectrons || peak < options.minSigma * noise) return false;
    for (const { step, ratio } of pairs) {
      if (!usable(i - step) || !usable(i + step)) continue;
      const mean = (work[i - step] + work[i + step]) / 2;
      if (value - mean < options.minElectrons) continue;
      const meanNoise = Math.sqrt((Math.max(0, mean) + request.readNoise ** 2) / 2);
      // A star's opposite neighbours have at least the ratio of the PSF, wherever its centre lies in the pixel.
      if (mean - request.sky + meanNoise < options.psfFactor * ratio * (peak - options.peakSigma * noise)) return true;
    }
    return false;
  };
  let active: number[] | null = null;
  let passes = 0;
  while (passes < options.maxPasses) {
    const fresh: number[] = [];
    const look = (i: number): void => {
      const x = i % width;
      if (x === 0 || x === width - 1 || i < width || i >= width * (height - 1) || !usable(i)) return;
      if (isHit(i)) fresh.push(i);
    };
    if (active) for (const i of active) look(i);
    else for (let i = width; i < width * (height - 1); i++) if (work[i] - request.sky > options.minElectrons) look(i);
    passes++;
    if (fresh.length === 0) break;
    for (const i of fresh) found[i] = 1;
    const next = new Set<number>();
    for (const i of fresh) {
      for (const { step } of pairs) {
        next.add(i - step);
        next.add(i + step);
      }
      // Twice the distance: a hit pixel hid behind its found neighbour.
      for (const step of [2, 2 * width]) {
        next.add(i - step);
        next.add(i + step);
      }
    }
    active = [...next].filter((i) => i >= 0 && i < work.length && found[i] === 0);
  }
  if (options.growth) growTracksInPlace(found, request, options.growth);
  const pixels: number[] = [];
  for (let i = 0; i < found.length; i++) if (found[i]) pixels.push(i);
  return { pixels: Int32Array.from(pixels), passes };
}
