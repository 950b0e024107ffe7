import type { CosmicRayRequest } from './laplacian.ts';

export interface TrackGrowth {
  /** A neighbour of a found pixel belongs to the track where it exceeds its clean surroundings by this many sigma. */
  readonly sigma: number;
  readonly maxPasses: number;
}

export const DEFAULT_TRACK_GROWTH: TrackGrowth = { sigma: 2.6, maxPasses: 6 };

/** Noise alone spreads the middle 70 % of pixels over 2.07 sigma; more than this is structure. */
const EVEN = 3.2;

/**
 * Adds the rest of a track to the pixels that were found of it: neighbours that stand out from clean pixels around them.
 *
 * Only where those surroundings (7 x 7) are even: on the flank of a star a track is not told from the star.
 *
 * @param found - 1 where a cosmic ray was found; changed in place.
 */
export function growTracksInPlace(
  found: Uint8Array,
  { image, width, height, mask, badBits, readNoise }: CosmicRayRequest,
  { sigma, maxPasses }: TrackGrowth = DEFAULT_TRACK_GROWTH,
): void {
  let front: number[] = [];
  for (let i = 0; i < found.length; i++) if (found[i]) front.push(i);
  for (let pass = 0; pass < maxPasses && front.length > 0; pass++) {
    const fresh = new Set<number>();
    for (const i of front) {
      for (const near of neighbours(i, width, height)) {
        if (found[near] || fresh.has(near) || mask[near] & badBits) continue;
        const { level, spread } = surroundings(near);
        const noise = Math.sqrt(Math.max(0, level) + readNoise * readNoise);
        if (spread < EVEN * noise && image[near] - level > sigma * noise) fresh.add(near);
      }
    }
    for (const i of fresh) found[i] = 1;
    front = [...fresh];
  }

  function surroundings(i: number): { readonly level: number; readonly spread: number } {
    const x = i % width;
    const y = (i - x) / width;
    const clean: number[] = [];
    for (let j = Math.max(0, y - 3); j <= Math.min(height - 1, y + 3); j++) {
      for (let k = Math.max(0, x - 3); k <= Math.min(width - 1, x + 3); k++) {
        const at = j * width + k;
        if (at !== i && !found[at] && (mask[at] & badBits) === 0) clean.push(image[at]);
      }
    }
    if (clean.length < 8) return { level: 0, spread: Number.POSITIVE_INFINITY };
    clean.sort((a, b) => a - b);
    return { level: clean[clean.length >> 1], spread: clean[Math.floor(clean.length * 0.85)] - clean[Math.floor(clean.length * 0.15)] };
  }
}

function neighbours(i: number, width: number, height: number): number[] {
  const x = i % width;
  const y = (i - x) / width;
  const out: number[] = [];
  for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++)
    for (let k = Math.max(0, x - 1); k <= Math.min(width - 1, x + 1); k++) if (j !== y || k !== x) out.push(j * width + k);
  return out;
}
