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
 * @example
 * const coadd = new CoaddAccumulator(box);
 * for (const warp of warps) coadd.add(warp);
 * const { maskedImage } = coadd.finish();
 */
export class CoaddAccumulator {
  readonly #box: PixelBox;
  readonly #sum: Float64Array;
  readonly #variance: Float64Array;
  readonly #weight: Float32Array;
  readonly #count: Float32Array;
  readonly #rejected: Float32Array;
  /** Weight under each inherited plane, made when the first pixel has it. */
  readonly #planes = new Map<string, Float32Array>();
  readonly #inputs: { id: string; weight: number }[] = [];
  readonly #unusable: readonly string[];
  readonly #planeShare: number;

  constructor(box: PixelBox, options: AccumulatorOptions = {}) {
    const size = box.width * box.height;
    this.#box = { x0: box.x0, y0: box.y0, width: box.width, height: box.height };
    this.#sum = new Float64Array(size);
    this.#variance = new Float64Array(size);
    this.#weight = new Float32Array(size);
    this.#count = new Float32Array(size);
    this.#rejected = new Float32Array(size);
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
    for (let j = 0; j < height; j++)
      for (let i = 0; i < width; i++) {
        const at = j * width + i;
        const bits = mask.data[j * mask.stride + i];
        if ((bits & any) !== 0) for (const { name, bit } of watched) if ((bits & bit) !== 0) this.#planeWeights(name)[at] += w;
        const value = image.data[j * image.stride + i];
        if ((bits & unusable) !== 0 || !(value - value === 0)) continue;
        if (rejected !== undefined && rejected[at] !== 0) {
          this.#rejected[at] += w;
          continue;
        }
        this.#sum[at] += w * value;
        this.#variance[at] += w * w * variance.data[j * variance.stride + i];
        this.#weight[at] += w;
        this.#count[at]++;
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
    for (let k = 0; k < image.data.length; k++) {
      const weight = this.#weight[k];
      image.data[k] = this.#sum[k] / weight;
      variance.data[k] = this.#variance[k] / (weight * weight);
      inputCount.data[k] = this.#count[k];
      let bits = weight > 0 ? 0 : noData;
      if (this.#rejected[k] > 0) bits |= clipped;
      if (weight > 0 && weight < total * (1 - 1e-5)) bits |= inexact;
      for (const { bit, weights } of inherited) if (weights[k] > this.#planeShare * total) bits |= bit;
      mask.data[k] = bits;
    }
    return { maskedImage: { image, mask, variance }, inputCount, inputs: [...this.#inputs] };
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
