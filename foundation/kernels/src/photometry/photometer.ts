import { KernelArgumentError } from '../errors.ts';
import { float64At, type Plane, withFrame } from '../memory/frame.ts';
import { callScratch, runKernel } from '../threads/threads.ts';

/** What is known of one source before it is measured; lengths in pixels, places as array indices. */
export interface PhotometerPlaces {
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Ellipse of one standard deviation: cxx dx^2 + cyy dy^2 + cxy dx dy = 1. */
  readonly cxx: Float64Array;
  readonly cyy: Float64Array;
  readonly cxy: Float64Array;
  /** Half side of the stamp for the ellipse; 0 where the common one will do. */
  readonly wideHalf: Int32Array;
}

export interface PhotometerRequest {
  /** Background-subtracted; NaN pixels take the value opposite about the source. */
  readonly image: Plane;
  /** Source number + 1 on the pixels of each source, else 0. */
  readonly labels: Plane<Int32Array>;
  readonly places: PhotometerPlaces;
  /** Half side of a stamp [pixel]. */
  readonly half: number;
  /** Standard deviation of the window of the centroid [pixel]. */
  readonly sigmaPixels: number;
  /** Noise variance of a pixel of sky. */
  readonly skyVariance: number;
  /** Electrons per unit; 0 leaves out the sources' own noise. */
  readonly gain: number;
  /** Radii of the circles [pixel]. */
  readonly radii: readonly number[];
  readonly kron: { readonly factor: number; readonly minimum: number };
}

/** Numbers of a source in {@link Photometry}.values, in this order; after them the sums of the circles, then their areas. */
export const PHOTOMETRY_VALUES = [
  'x',
  'y',
  'xxError',
  'yyError',
  'xyError',
  'settled',
  'replaced',
  'truncated',
  'kronFlux',
  'kronArea',
  'kronRadius',
] as const;

export interface Photometry {
  readonly values: Float64Array;
  /** Numbers from one source to the next. */
  readonly pitch: number;
}

/** Sources a call: few enough that the engine changes to optimized code early, and that threads share the work. */
const SOURCES_PER_CALL = 64;

/**
 * Measures windowed centroid, circular apertures and Kron flux of every source, each from a stamp in which the pixels of
 * neighbours are replaced by those opposite.
 *
 * @returns Fresh numbers. Where the window does not settle, the place given stands and the errors are NaN.
 * @throws {KernelArgumentError} if the planes differ in shape or the places in number.
 * @remarks Each step is that of the functions of the measurement room, within 1e-9 of the values (photometer.diff.test.ts there).
 */
export function photometerSources(request: PhotometerRequest): Photometry {
  const { image, labels, places, half, sigmaPixels, skyVariance, gain, radii, kron } = request;
  const { width, height } = image;
  const count = places.x.length;
  if (labels.width !== width || labels.height !== height)
    throw new KernelArgumentError(`labels must be ${width} x ${height} pixels; found ${labels.width} x ${labels.height}`);
  for (const column of Object.values(places) as ArrayLike<number>[])
    if (column.length !== count) throw new KernelArgumentError(`every column of places needs ${count} values; found ${column.length}`);
  const pitch = PHOTOMETRY_VALUES.length + 2 * radii.length;
  if (count === 0) return { values: new Float64Array(0), pitch };
  const inputs = new Float64Array(6 * count);
  let widest = half;
  for (let i = 0; i < count; i++) {
    inputs.set([places.x[i], places.y[i], places.cxx[i], places.cyy[i], places.cxy[i], places.wideHalf[i]], 6 * i);
    widest = Math.max(widest, places.wideHalf[i]);
  }
  return withFrame((frame) => {
    const pixels = frame.inputPlane(image);
    const marks = frame.inputPlane(labels);
    const input = frame.input(inputs);
    const circles = frame.input(Float64Array.from(radii));
    const output = frame.scratch(8 * pitch * count);
    const stamps = callScratch(frame, 4 * ((2 * widest + 1) ** 2 + 8));
    const weights = callScratch(frame, 8 * 5 * (Math.ceil(8 * sigmaPixels) + 8));
    const calls: number[][] = [];
    for (let n = 0; n < count; n += SOURCES_PER_CALL)
      // prettier-ignore
      calls.push([pixels.address, pixels.stride, marks.address, marks.stride, width, height, input, output,
        n, Math.min(count, n + SOURCES_PER_CALL), half, sigmaPixels, skyVariance, gain > 0 ? 1 / gain : 0,
        circles, radii.length, kron.factor, kron.minimum, stamps(), weights()]);
    runKernel('photometerSources', calls);
    return { values: float64At(output, pitch * count).slice(), pitch };
  });
}

/** Numbers of a group in the result of {@link isophotalMoments}, in this order. */
export const ISOPHOTAL_VALUES = ['flux', 'x', 'y', 'xx', 'yy', 'xy', 'peak'] as const;

/**
 * First and second moments of groups of pixels, weighted by their light [pixel, pixel^2].
 *
 * @param pixels - Indices y * stride + x, those of group n from offsets[n] on; pixels that are not positive have no weight.
 * @returns Seven numbers a group, see {@link ISOPHOTAL_VALUES}; NaN for a group without light.
 */
export function isophotalMoments(image: Plane, pixels: Int32Array, offsets: Int32Array): Float64Array {
  const groups = offsets.length - 1;
  if (groups <= 0) return new Float64Array(0);
  return withFrame((frame) => {
    const data = frame.input(image.data);
    const members = frame.input(pixels.length > 0 ? pixels : new Int32Array(1));
    const starts = frame.input(offsets);
    const output = frame.scratch(8 * ISOPHOTAL_VALUES.length * groups);
    const calls: number[][] = [];
    for (let n = 0; n < groups; n += SOURCES_PER_CALL)
      calls.push([data, image.stride, members, starts, n, Math.min(groups, n + SOURCES_PER_CALL), output]);
    runKernel('isophotalMoments', calls);
    return float64At(output, ISOPHOTAL_VALUES.length * groups).slice();
  });
}
