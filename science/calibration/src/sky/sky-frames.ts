import { createMaskedImage, imageOf, knownPlaneBits, type MaskedImage } from '@almagest/image';
import { growBitInPlace } from '@almagest/isr';
import { evaluateChebyshev2D } from '@almagest/numerics';
import { combineFrames, type CombineOptions, type RowFrame } from '../combine/combine-frames.ts';
import { type CombinableFrame, frameSourceOf, rowFrame } from '../combine/frame-source.ts';
import { UnscalableFrameError } from '../errors.ts';
import { type EvenBackground, fitEvenBackground } from './even-background.ts';

const LEFT_OUT = ['SAT', 'BAD', 'NO_DATA', 'CR', 'INTRP'];

export type SkyFrameOptions = Pick<CombineOptions, 'clipSigma' | 'minFrames' | 'memoryBytes'> & {
  /** Pixels this many sigma above the background belong to sources; default 3. */
  readonly sourceSigma?: number;
  /** Pixels by which sources are grown; default 4. */
  readonly sourceGrow?: number;
};

/**
 * Sky flat, mean 1, from twilight or night-sky exposures of one filter: each is scaled by its sky, sources are left out.
 *
 * @param frames - Bias and dark taken off [electron]; flat-fielded or not, the result is the response that is left.
 * @throws {UnscalableFrameError} if a frame has no sky. {@link TooFewFramesError} with fewer than `minFrames`.
 */
export async function combineSkyFlat(frames: readonly CombinableFrame[], options: SkyFrameOptions = {}): Promise<MaskedImage> {
  return combineTwice(frames, options, {
    scaled: (value, { level }) => value / level,
    expected: (pattern, { level }) => pattern * level,
  });
}

/**
 * Fringe frame from night-sky exposures of one filter: the small-scale part of the sky over its level, sources left out.
 *
 * @param frames - Flat-fielded [electron].
 * @returns Fringes relative to the sky: under a sky of level S the fringes are S times this.
 * @throws {UnscalableFrameError} if a frame has no sky. {@link TooFewFramesError} with fewer than `minFrames`.
 */
export async function combineFringeFrame(frames: readonly CombinableFrame[], options: SkyFrameOptions = {}): Promise<MaskedImage> {
  return combineTwice(frames, options, {
    scaled: (value, { surface, level }, x, y) => (value - evaluateChebyshev2D(surface, x, y)) / level,
    expected: (pattern, { surface, level }, x, y) => evaluateChebyshev2D(surface, x, y) + pattern * level,
  });
}

interface SkyPattern {
  /** From a pixel to the pattern. */
  readonly scaled: (value: number, sky: EvenBackground, x: number, y: number) => number;
  /** And back, without sources. */
  readonly expected: (pattern: number, sky: EvenBackground, x: number, y: number) => number;
}

/** Once with sources, which the clipping leaves out for the most part; then without what stands out from that. */
async function combineTwice(frames: readonly CombinableFrame[], options: SkyFrameOptions, pattern: SkyPattern): Promise<MaskedImage> {
  const { sourceSigma = 3, sourceGrow = 4, ...rest } = options;
  const inputs = frames.map((frame) => frameSourceOf(frame));
  // One frame at a time is in memory; of its sources one bit a pixel stays.
  const skies: EvenBackground[] = [];
  for (const [index, frame] of inputs.entries()) skies.push(skyOf(await frame.read(), index));
  const lowest = Math.min(...skies.map(({ level }) => level));
  const combineOptions = { minFrames: 3, readVariance: 1 / lowest, ...rest };
  const rowFrames = (sources: readonly (Uint8Array | undefined)[]): RowFrame[] =>
    inputs.map((frame, k) => {
      const [found, sky] = [sources[k], skies[k]];
      return rowFrame(frame, badBits, (value, x, y) =>
        found && hasBit(found, y * frame.width + x) ? Number.NaN : pattern.scaled(value, sky, x, y),
      );
    });
  const first = await combineFrames(rowFrames([]), combineOptions);
  const sources: Uint8Array[] = [];
  for (const [k, frame] of inputs.entries())
    sources.push(
      findSources(await frame.read(), (i, x, y) => pattern.expected(first.image.data[i], skies[k], x, y), {
        limit: (sourceSigma * skies[k].sigma) / 2,
        grow: sourceGrow,
      }),
    );
  return combineFrames(rowFrames(sources), combineOptions);
}

const badBits = ({ mask }: MaskedImage): number => knownPlaneBits(mask.planes, LEFT_OUT);

function hasBit(bits: Uint8Array, i: number): boolean {
  return (bits[i >> 3] & (1 << (i & 7))) !== 0;
}

function skyOf(frame: MaskedImage, index: number): EvenBackground {
  const sky = fitEvenBackground(frame, knownPlaneBits(frame.mask.planes, LEFT_OUT));
  if (sky.level > 0) return sky;
  throw new UnscalableFrameError(`a sky frame needs sky: the level of frame ${index} is ${sky.level}`, {
    details: { index, value: sky.level },
  });
}

/** Pixels of sources, one bit each: 2 x 2 means above what is expected, in groups, and their surroundings. */
function findSources(
  { image }: MaskedImage,
  expected: (i: number, x: number, y: number) => number,
  { limit, grow }: { readonly limit: number; readonly grow: number },
): Uint8Array {
  const { width, height, stride, data } = image;
  const excess = new Float32Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) excess[y * width + x] = data[y * stride + x] - expected(y * width + x, x, y);
  // The sky of each exposure has a gradient of its own.
  const left = { ...createMaskedImage(width, height), image: imageOf(excess, width, height) };
  const { surface } = fitEvenBackground(left, 0);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) excess[y * width + x] -= evaluateChebyshev2D(surface, x, y);
  const sources = createMaskedImage(width, height).mask.data;
  for (let y = 0; y + 1 < height; y++)
    for (let x = 0; x + 1 < width; x++) {
      const i = y * width + x;
      if ((excess[i] + excess[i + 1] + excess[i + width] + excess[i + width + 1]) / 4 > limit) sources[i] = 1;
    }
  pruneInPlace(sources, width);
  growBitInPlace(sources, { width, height }, 1, grow);
  const bits = new Uint8Array(Math.ceil(sources.length / 8));
  for (let i = 0; i < sources.length; i++) if (sources[i] !== 0) bits[i >> 3] |= 1 << (i & 7);
  return bits;
}

/** Takes single pixels back: of 3-sigma noise, not of sources. */
function pruneInPlace(sources: Int32Array, width: number): void {
  const before = sources.slice();
  for (let i = width + 1; i < before.length - width - 1; i++) {
    if (before[i] === 0) continue;
    let near = 0;
    for (const d of [-1, 1, -width, width, -width - 1, -width + 1, width - 1, width + 1]) near += before[i + d];
    if (near < 3) sources[i] = 0;
  }
}
