import { cutStamps, type DetectionImages, STAMP_LENGTH, STAMP_SIDE } from './cut-stamps.ts';
import { decodeNetwork, runNetwork } from './network.ts';
import { WEIGHTS } from './weights.generated.ts';

/** Tells detections of what changed from artefacts. */
export interface ReliabilityModel {
  /** Seven hexadecimal digits of the weights' hash: another network, another version. */
  readonly version: string;
  /**
   * Reliability from 0 (artefact) to 1 (real) of what stamps show.
   *
   * @param stamps - As {@link cutStamps} makes them: science, template and difference in units of the noise, and flags; [4, 21, 21].
   */
  score(stamps: Float32Array): number;
}

const SIZE = STAMP_SIDE * STAMP_SIDE;
const MIDDLE = (SIZE - 1) / 2;

/**
 * Makes the model that ships: a small convolutional network trained on simulated surveys.
 *
 * What it was trained on, and its curve on a survey that it never saw: training/README.md.
 * The score orders detections; it is no probability, as that depends on how many artefacts a survey has.
 * NaN pixels count as without signal, so the score is always a number. A detection that fades is judged as one that brightens, with
 * the science image and the template exchanged.
 */
export function createReliabilityModel(): ReliabilityModel {
  const network = decodeNetwork(WEIGHTS);
  const planes = new Float64Array(STAMP_LENGTH);
  return {
    version: fingerprint(WEIGHTS),
    score(stamps) {
      if (stamps.length !== STAMP_LENGTH) throw new RangeError(`expected a stamp of ${STAMP_LENGTH} numbers; found ${stamps.length}`);
      prepare(stamps, planes);
      return 1 / (1 + Math.exp(-runNetwork(network, planes)));
    },
  };
}

/**
 * Scores detections of a difference image.
 *
 * @param positions - Places in the coordinates of the parent [pixel].
 * @returns One score a place, from 0 (artefact) to 1 (real); NaN where the place is not finite.
 */
export function scoreDetections(
  images: DetectionImages,
  positions: readonly { readonly x: number; readonly y: number }[],
  model: ReliabilityModel = createReliabilityModel(),
): Float32Array {
  const stamps = new Float32Array(STAMP_LENGTH);
  return Float32Array.from(positions, ({ x, y }) =>
    Number.isFinite(x) && Number.isFinite(y) ? model.score(cutStamps(images, x, y, stamps)) : Number.NaN,
  );
}

/** What the network sees: inverse hyperbolic sines of significances, the sign turned so that the middle of the difference is bright. */
function prepare(stamps: Float32Array, planes: Float64Array): void {
  let centre = 0;
  for (let dy = -1; dy <= 1; dy++) for (let dx = -1; dx <= 1; dx++) centre += finite(stamps[2 * SIZE + MIDDLE + dy * STAMP_SIDE + dx]);
  const fades = centre < 0;
  for (let k = 0; k < SIZE; k++) {
    const science = Math.asinh(finite(stamps[k])) / 3;
    const template = Math.asinh(finite(stamps[SIZE + k])) / 3;
    const difference = Math.asinh(finite(stamps[2 * SIZE + k])) / 3;
    planes[k] = fades ? template : science;
    planes[SIZE + k] = fades ? science : template;
    planes[2 * SIZE + k] = fades ? -difference : difference;
    planes[3 * SIZE + k] = finite(stamps[3 * SIZE + k]);
  }
}

/** The first seven digits of FNV-1a of 32 bits. @see Fowler, Noll, Vo, Eastlake, draft-eastlake-fnv */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0').slice(0, 7);
}

function finite(value: number): number {
  return Number.isFinite(value) ? value : 0;
}
