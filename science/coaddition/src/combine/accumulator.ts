import {
  createImage,
  createMask,
  DEFAULT_MASK_PLANES,
  type Image,
  knownPlaneBits,
  type MaskedImage,
  planeBits,
  type PixelBox,
  withPlanes,
} from '@almagest/image';
import { NoInputsError, WarpMismatchError } from '../errors.ts';
import { UNUSABLE_PLANES, type Warp } from '../warps/warp.ts';

/** A coadd with how many inputs each pixel has. */
export interface Coadd {
  readonly maskedImage: MaskedImage;
  readonly inputCount: Image;
  readonly inputs: readonly { readonly id: string; readonly weight: number }[];
}

export interface AccumulatorOptions {
  /** Pixels with these planes do not enter; default {@link UNUSABLE_PLANES}. */
  readonly unusablePlanes?: readonly string[];
  /** A plane of the inputs is set in the coadd where inputs with it carry more than this share of the weight; default 0.1. */
  readonly planeShare?: number;
}

/** Planes of inputs that a coadd inherits by weight. */
const INHERITED = ['SAT', 'INTRP', 'CROSSTALK', 'SUSPECT'];

/**
 * Adds warps one after the other to a weighted mean, so that no more than one is in memory.
 *
 * Sums are kept in float32: with N inputs they are good to N times 6e-8.
 *
 * @example
 * const coadd = new CoaddAccumulator(box);
 * for (const warp of warps) coadd.add(warp);
 * const { maskedImage } = coadd.finish();
 */
export class CoaddAccumulator {
  readonly #box: PixelBox;
  readonly #sum: Float32Array;
  readonly #variance: Float32Array;
  readonly #weight: Float32Array;
  readonly #count: Float32Array;
  /** Where an input was rejected; made when the first one is. */
  #rejected: Uint8Array | undefined;
  /** Weight under each inherited plane, made when the first pixel has it. */
  readonly #planes = new Map<string, Float32Array>();
  readonly #inputs: { id: string; weight: number }[] = [];
  readonly #unusable: readonly string[];
  readonly #planeShare: number;

  constructor(box: PixelBox, options: AccumulatorOptions = {}) {
    const size = box.width * box.height;
    this.#box = { x0: box.x0, y0: box.y0, width: box.width, height: box.height };
    this.#sum = new Float32Array(size);
    this.#variance = new Float32Array(size);
    this.#weight = new Float32Array(size);
    this.#count = new Float32Array(size);
    this.#unusable = options.unusablePlanes ?? UNUSABLE_PLANES;
    this.#planeShare = options.planeShare ?? 0.1;
  }

  /**
   * Adds an input.
   *
   * @param rejected - Nonzero where this input is not to be used, as found by comparing epochs; row-major, of the box.
   * @throws {WarpMismatchError} if the warp has another box.
   */
  add(warp: Warp, rejected?: Uint8Array): void {
    const { image, mask, variance } = warp.maskedImage;
    const { width, height, x0, y0 } = this.#box;
    if (image.width !== width || image.height !== height || image.x0 !== x0 || image.y0 !== y0)
      throw new WarpMismatchError(`warp ${warp.id} must cover ${width} x ${height} at (${x0}, ${y0})`, { details: { id: warp.id } });
    const unusable = knownPlaneBits(mask.planes, this.#unusable);
    const watched = INHERITED.filter((name) => Object.hasOwn(mask.planes, name)).map((name) => ({ name, bit: 1 << mask.planes[name] }));
    const any = watched.reduce((bits, { bit }) => bits | bit, 0);
    const w = warp.weight;
    // Private fields are looked up at every use; the loop has them as locals.
    const [sum, variances, weights, count] = [this.#sum, this.#variance, this.#weight, this.#count];
    const dropped = rejected && (this.#rejected ??= new Uint8Array(width * height));
    for (let j = 0; j < height; j++) {
      const row = j * width;
      const imageRow = j * image.stride;
      const maskRow = j * mask.stride;
      const varianceRow = j * variance.stride;
      for (let i = 0; i < width; i++) {
        const at = row + i;
        const bits = mask.data[maskRow + i];
        if ((bits & any) !== 0) this.#addPlanes(watched, bits, at, w);
        const value = image.data[imageRow + i];
        if ((bits & unusable) !== 0 || !(value - value === 0)) continue;
        if (rejected !== undefined && rejected[at] !== 0) {
          if (dropped) dropped[at] = 1;
          continue;
        }
        sum[at] += w * value;
        variances[at] += w * w * variance.data[varianceRow + i];
        weights[at] += w;
        count[at]++;
      }
    }
    this.#inputs.push({ id: warp.id, weight: w });
  }

  /**
   * The weighted mean. NO_DATA where no input counts; CLIPPED where artefacts were rejected; INEXACT_PSF where part of the
   * inputs is missing, so that the PSF differs from the coadd's.
   *
   * @throws {NoInputsError} if nothing was added.
   */
  finish(): Coadd {
    if (this.#inputs.length === 0) throw new NoInputsError('a coadd needs at least one input; found none');
    const { width, height } = this.#box;
    const planes = withPlanes(DEFAULT_MASK_PLANES, ['CLIPPED', 'INEXACT_PSF', ...this.#planes.keys()]);
    const image = createImage(width, height, this.#box);
    const variance = createImage(width, height, this.#box);
    const inputCount = createImage(width, height, this.#box);
    const mask = createMask(width, height, { ...this.#box, planes });
    const [noData, clipped, inexact] = ['NO_DATA', 'CLIPPED', 'INEXACT_PSF'].map((name) => planeBits(planes, [name]));
    const total = this.#inputs.reduce((sum, { weight }) => sum + weight, 0);
    const inherited = [...this.#planes].map(([name, weights]) => ({ bit: planeBits(planes, [name]), weights }));
    const [sum, variances, weights, rejected] = [this.#sum, this.#variance, this.#weight, this.#rejected];
    const complete = total * (1 - 1e-5);
    for (let k = 0; k < sum.length; k++) {
      const weight = weights[k];
      image.data[k] = sum[k] / weight;
      variance.data[k] = variances[k] / (weight * weight);
      mask.data[k] = weight >= complete ? 0 : weight > 0 ? inexact : noData;
    }
    inputCount.data.set(this.#count);
    if (rejected) for (let k = 0; k < rejected.length; k++) if (rejected[k] !== 0) mask.data[k] |= clipped;
    for (const { bit, weights: under } of inherited)
      for (let k = 0; k < under.length; k++) if (under[k] > this.#planeShare * total) mask.data[k] |= bit;
    return { maskedImage: { image, mask, variance }, inputCount, inputs: [...this.#inputs] };
  }

  #addPlanes(watched: readonly { readonly name: string; readonly bit: number }[], bits: number, at: number, weight: number): void {
    for (const { name, bit } of watched) if ((bits & bit) !== 0) this.#planeWeights(name)[at] += weight;
  }

  #planeWeights(name: string): Float32Array {
    let weights = this.#planes.get(name);
    if (weights === undefined) this.#planes.set(name, (weights = new Float32Array(this.#box.width * this.#box.height)));
    return weights;
  }
}

/** Weighted mean of warps that are in memory; see {@link CoaddAccumulator}. */
export function combineWarps(
  warps: readonly Warp[],
  rejected: readonly (Uint8Array | undefined)[] = [],
  options: AccumulatorOptions = {},
): Coadd {
  if (warps.length === 0) throw new NoInputsError('a coadd needs at least one input; found none');
  const coadd = new CoaddAccumulator(warps[0].maskedImage.image, options);
  warps.forEach((warp, k) => coadd.add(warp, rejected[k]));
  return coadd.finish();
}
