import { growCandidates } from './candidates.ts';
import { DEFAULT_TRACK_GROWTH, growTracksInPlace, type TrackGrowth } from './grow-tracks.ts';
import { LocalMedians } from './local-medians.ts';

/** Settings of L.A.Cosmic, under its author's names. */
export interface LaplacianOptions {
  /** Significance of the Laplacian of a cosmic ray [sigma]. */
  readonly sigClip: number;
  /** Fraction of sigClip that suffices beside a found pixel. */
  readonly sigFrac: number;
  /** Least ratio of the reduced significance to the fine structure, both in sigma. */
  readonly objLim: number;
  readonly maxPasses: number;
  /** Significance of a hit of a single pixel without a neighbour [sigma]: among millions of pixels noise alone reaches sigClip. */
  readonly loneSigma: number;
  /** How tracks are followed beyond the sharp pixels; null leaves that off, which is the published method. */
  readonly growth: TrackGrowth | null;
}

/**
 * The author's values but for sigFrac (0.3 there): faint parts of tracks are followed by their excess over clean surroundings, which takes
 * fewer pixels beside a track for hit ones.
 */
export const DEFAULT_LAPLACIAN: LaplacianOptions = {
  sigClip: 4.5,
  sigFrac: 0.6,
  objLim: 4,
  maxPasses: 4,
  loneSigma: 5.5,
  growth: DEFAULT_TRACK_GROWTH,
};

export interface CosmicRayRequest {
  /** Sky included [electron], row-major [height, width]. Not modified. */
  readonly image: Float32Array;
  readonly width: number;
  readonly height: number;
  /** Pixels with these bits are neither found nor used. */
  readonly mask: Int32Array;
  readonly badBits: number;
  /** [electron] */
  readonly readNoise: number;
}

export interface CosmicRayResult {
  /** Indices of pixels hit, rising. */
  readonly pixels: Int32Array;
  readonly passes: number;
}

/**
 * Finds cosmic rays by the sharpness of their edges (L.A.Cosmic).
 *
 * The Laplacian of the twice finer image is found in closed form, and medians only where the Laplacian is significant, so that
 * the result is that of the full computation at a small part of its cost.
 *
 * @see van Dokkum (2001), PASP 113, 1420.
 */
export function findCosmicRaysByLaplacian(request: CosmicRayRequest, options: LaplacianOptions = DEFAULT_LAPLACIAN): CosmicRayResult {
  const { width, height, mask, badBits } = request;
  const work = Float32Array.from(request.image);
  const medians = new LocalMedians({ image: work, width, height, mask, badBits });
  medians.replaceMasked();
  const found = new Uint8Array(width * height);
  const strengths = new Map<number, number>();
  let passes = 0;
  let active: Int32Array | null = null;
  while (passes < options.maxPasses) {
    const pass = findOnce({ ...request, image: work }, { options, medians, active, strengths });
    passes++;
    const fresh: number[] = [];
    for (const i of pass) {
      if (found[i]) continue;
      found[i] = 1;
      fresh.push(i);
    }
    if (fresh.length === 0) break;
    medians.replace(found, fresh);
    // Only the surroundings of what was cleaned can change in the next pass.
    active = growCandidates(fresh, { width, height, radius: 4 });
  }
  if (options.growth) growTracksInPlace(found, request, options.growth);
  dropLoneInPlace(found, strengths, { width, height, least: options.loneSigma });
  const pixels: number[] = [];
  for (let i = 0; i < found.length; i++) if (found[i]) pixels.push(i);
  return { pixels: Int32Array.from(pixels), passes };
}

interface PassContext {
  readonly options: LaplacianOptions;
  readonly medians: LocalMedians;
  /** Pixels to look at; null for all. */
  readonly active: Int32Array | null;
  /** Filled: significance of the sharp pixels. */
  readonly strengths: Map<number, number>;
}

function findOnce(request: CosmicRayRequest, { options, medians, active, strengths }: PassContext): number[] {
  const { width, height, mask, badBits } = request;
  const s = new SignificanceMap(request, medians);
  const hit: number[] = [];
  const test = (i: number, threshold: number): boolean => {
    if (mask[i] & badBits) return false;
    return s.at(i) > threshold && s.reduced(i) > threshold;
  };
  const strong = active ?? s.candidates(options.sigClip);
  for (const i of strong) {
    if (!test(i, options.sigClip) || s.reduced(i) * s.noise(i) <= options.objLim * medians.fineStructure(i, s.noise(i))) continue;
    hit.push(i);
    strengths.set(i, Math.min(s.at(i), s.reduced(i)));
  }
  // Neighbours: first at full significance without the contrast, then at the lower one.
  const all = new Set(hit);
  for (const threshold of [options.sigClip, options.sigClip * options.sigFrac]) {
    for (const i of growCandidates([...all], { width, height, radius: 1 })) if (!all.has(i) && test(i, threshold)) all.add(i);
  }
  return [...all];
}

/** Takes back sharp pixels that nothing was found beside, unless they are clearly no noise. */
function dropLoneInPlace(
  found: Uint8Array,
  strengths: ReadonlyMap<number, number>,
  { width, height, least }: { readonly width: number; readonly height: number; readonly least: number },
): void {
  for (const [i, strength] of strengths) {
    if (strength >= least) continue;
    const near = growCandidates([i], { width, height, radius: 1 });
    if (near.every((k) => k === i || found[k] === 0)) found[i] = 0;
  }
}

/** Laplacian significance, on demand. */
class SignificanceMap {
  readonly #request: CosmicRayRequest;
  readonly #medians: LocalMedians;

  constructor(request: CosmicRayRequest, medians: LocalMedians) {
    this.#request = request;
    this.#medians = medians;
  }

  /** Positive Laplacian of the image sampled twice finer and averaged back: the mean over the four quarters of a pixel. */
  laplacian(i: number): number {
    const { image, width, height } = this.#request;
    const x = i % width;
    const v2 = 2 * image[i];
    const left = image[x > 0 ? i - 1 : i];
    const right = image[x < width - 1 ? i + 1 : i];
    const down = image[i >= width ? i - width : i];
    const up = image[i < width * (height - 1) ? i + width : i];
    return (
      (Math.max(0, v2 - left - down) + Math.max(0, v2 - right - down) + Math.max(0, v2 - left - up) + Math.max(0, v2 - right - up)) / 4
    );
  }

  noise(i: number): number {
    const { readNoise } = this.#request;
    return Math.sqrt(Math.max(this.#medians.median5(i), 1e-5) + readNoise * readNoise);
  }

  /** Laplacian over twice the noise: the finer sampling doubles the noise of the Laplacian. */
  at(i: number): number {
    return this.laplacian(i) / (2 * this.noise(i));
  }

  /** Significance less its median over 5 x 5 pixels, which takes smooth structure out. */
  reduced(i: number): number {
    const { width, height } = this.#request;
    const x = i % width;
    const y = (i - x) / width;
    const values: number[] = [];
    for (let j = Math.max(0, y - 2); j <= Math.min(height - 1, y + 2); j++)
      for (let k = Math.max(0, x - 2); k <= Math.min(width - 1, x + 2); k++) values.push(this.at(j * width + k));
    values.sort((a, b) => a - b);
    return this.at(i) - values[values.length >> 1];
  }

  /** Pixels whose significance can exceed the threshold, with noise no larger than it can be. */
  candidates(threshold: number): Int32Array {
    const { image, width, height, readNoise } = this.#request;
    const floors = this.#medians.tileFloors();
    const out: number[] = [];
    for (let y = 0; y < height; y++) {
      const down = y > 0 ? -width : 0;
      const up = y < height - 1 ? width : 0;
      for (let x = 0; x < width; x++) {
        const i = y * width + x;
        const v2 = 2 * image[i];
        const l = image[x > 0 ? i - 1 : i];
        const r = image[x < width - 1 ? i + 1 : i];
        const d = image[i + down];
        const u = image[i + up];
        // The sum of four positive parts is at least this, and at most twice as much where some are negative.
        const bound = 2 * v2 - l - r - d - u;
        if (bound <= 0 && v2 - Math.min(l, r) - Math.min(d, u) <= 0) continue;
        const limit = 2 * threshold * Math.sqrt(Math.max(0, floors.at(x, y)) + readNoise * readNoise);
        if (v2 - Math.min(l, r) - Math.min(d, u) < limit) continue;
        if (this.laplacian(i) > limit) out.push(i);
      }
    }
    return Int32Array.from(out);
  }
}
