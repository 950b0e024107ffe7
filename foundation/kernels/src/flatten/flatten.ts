import { KernelArgumentError } from '../errors.ts';
import {
  float64At,
  int32At,
  isResident,
  type KernelArray,
  type KernelFrame,
  type Plane,
  type PlaneAddress,
  withFrame,
} from '../memory/frame.ts';
import { stripPlane } from '../memory/strips.ts';
import { kernelThreads, runKernel } from '../threads/threads.ts';

/** Raw pixels as read-outs come in. */
export type RawSamples = Uint16Array | Int16Array | Int32Array | Float32Array;

/** A calibration plane, perhaps as it stands in its file. */
export interface CalibrationPlane extends Plane {
  /** Whether the bytes of each number are in the order of FITS. */
  readonly bigEndian?: boolean;
  /** Whether columns and rows run against those of the result. */
  readonly flipX?: boolean;
  readonly flipY?: boolean;
}

/** One amplifier on its way from raw pixels to flat-fielded ones. All planes have the size of its imaging area. */
export interface FlattenRequest {
  /** Imaging pixels in the order of the read-out [ADU]. */
  readonly raw: Plane<RawSamples>;
  /** Whether columns and rows of the result run against those of the raw. */
  readonly flipX: boolean;
  readonly flipY: boolean;
  /** Level of every raw row [ADU]; null for none. */
  readonly levels: Float64Array | null;
  /** [electron/ADU] */
  readonly gain: number;
  /** Read noise squared [electron^2]. */
  readonly readVariance: number;
  /** [electron], [electron/s], relative response; null leaves the step out. */
  readonly bias: CalibrationPlane | null;
  readonly dark: CalibrationPlane | null;
  readonly flat: CalibrationPlane | null;
  /** Multiplies the bias, such as the gain for one in ADU; default 1. */
  readonly biasScale?: number;
  /** [s] */
  readonly darkSec: number;
  /** Pixels whose response does not exceed this are not divided and get `noData`. */
  readonly flatMinimum: number;
  /** Raw levels [ADU] from which a pixel gets `saturated` or `suspect`; infinity for never. */
  readonly saturationAdu: number;
  readonly suspectAdu: number;
  readonly bits: { readonly saturated: number; readonly suspect: number; readonly noData: number };
}

/** Planes that are filled; flags are added to those that the mask has. */
export interface FlattenedPlanes {
  readonly image: Plane;
  readonly variance: Plane;
  readonly mask: Plane<Int32Array>;
}

export interface FlattenCounts {
  readonly saturated: number;
  readonly unusable: number;
}

/** Rows that one call works on: its rows of all planes stay in cache. */
const BAND = 64;

/**
 * Level, gain, bias, dark, Poisson and read noise, flat and flags of one amplifier in one pass.
 *
 * Use it where no step between needs neighbours. Planes of a `KernelArena` are used in place; others are copied band by band.
 *
 * @throws {KernelArgumentError} if shapes differ.
 * @remarks Identical to the bit with {@link flattenReference} (flatten.diff.test.ts).
 */
export function flattenAmplifier(request: FlattenRequest, planes: FlattenedPlanes): FlattenCounts {
  const { raw, bias, dark, flat, levels } = request;
  const { width, height } = raw;
  for (const plane of [bias, dark, flat, planes.image, planes.variance, planes.mask])
    if (plane && (plane.width !== width || plane.height !== height))
      throw new KernelArgumentError(`planes must be ${width} x ${height} pixels like the raw; found ${plane.width} x ${plane.height}`);
  if (levels && levels.length < height)
    throw new KernelArgumentError(`expected a level for each of ${height} rows; found ${levels.length}`);
  if (width === 0 || height === 0) return { saturated: 0, unusable: 0 };
  const resident = [raw, bias, dark, flat, ...Object.values(planes)].every((plane) => plane === null || isResident(plane.data));
  // Threads work in bands of one group; without copies there is one group.
  const group = resident ? height : BAND * kernelThreads();
  let [saturated, unusable] = [0, 0];
  withFrame((frame) => {
    const strips = makeStrips(frame, request, planes, group);
    const bands = Math.ceil(Math.min(group, height) / BAND);
    const counts = frame.scratch(8 * bands);
    const table = levels ? frame.scratch(8 * height) : 0;
    if (levels) float64At(table, height).set(levels.subarray(0, height));
    for (let start = 0; start < height; start += group) {
      const end = Math.min(height, start + group);
      const places = strips.load(start, end);
      const calls: number[][] = [];
      for (let y = start; y < end; y += BAND)
        calls.push([
          ...places.raw,
          kindOf(raw.data),
          table,
          width,
          y,
          Math.min(end, y + BAND),
          request.flipX ? 1 : 0,
          ...places.targets,
          request.gain,
          request.biasScale ?? 1,
          request.darkSec,
          request.readVariance,
          request.flatMinimum,
          request.saturationAdu,
          request.suspectAdu,
          request.bits.saturated,
          request.bits.suspect,
          request.bits.noData,
          counts + 8 * calls.length,
        ]);
      runKernel('flattenRows', calls);
      const found = int32At(counts, 2 * calls.length);
      for (let k = 0; k < calls.length; k++) {
        saturated += found[2 * k];
        unusable += found[2 * k + 1];
      }
      strips.store(start, end);
    }
  });
  return { saturated, unusable };
}

function kindOf(data: RawSamples): number {
  return data instanceof Uint16Array ? 0 : data instanceof Int16Array ? 1 : data instanceof Int32Array ? 2 : 3;
}

function layoutOf(plane: CalibrationPlane | null): number {
  return (plane?.bigEndian ? 1 : 0) | (plane?.flipX ? 2 : 0);
}

interface Strips {
  load(start: number, end: number): { readonly raw: readonly number[]; readonly targets: readonly number[] };
  store(start: number, end: number): void;
}

/** The planes as bands of raw rows: address of row 0 and pixels from raw row to raw row of each. */
function makeStrips(frame: KernelFrame, { raw, flipY, bias, dark, flat }: FlattenRequest, planes: FlattenedPlanes, rows: number): Strips {
  const { height } = raw;
  const target = (start: number, end: number): [number, number] => (flipY ? [height - end, height - start] : [start, end]);
  const along = ({ address, stride }: PlaneAddress, against = flipY): readonly number[] =>
    against ? [address + 4 * (height - 1) * stride, -stride] : [address, stride];
  const strip = (plane: Plane<KernelArray>): ReturnType<typeof stripPlane> => stripPlane(frame, plane, rows);
  const source = strip(raw);
  const [image, variance, mask] = [strip(planes.image), strip(planes.variance), strip(planes.mask)];
  const calibrations = [bias, dark, flat].map((plane) => plane && { strip: strip(plane), against: flipY !== (plane.flipY ?? false) });
  const layouts = [bias, dark, flat].reduce((bits, plane, k) => bits | (layoutOf(plane) << (3 + 2 * k)), 0);
  return {
    load(start, end) {
      const at = source.load(start, end);
      const [first, last] = target(start, end);
      const targets = [
        ...along(image.prepare(first, last)),
        ...along(variance.prepare(first, last)),
        ...along(mask.load(first, last)),
        (bias ? 1 : 0) | (dark ? 2 : 0) | (flat ? 4 : 0) | layouts,
        ...calibrations.flatMap((each) => {
          if (!each) return [0, 0];
          const rows = each.against ? [height - end, height - start] : [start, end];
          return along(each.strip.load(rows[0], rows[1]), each.against);
        }),
      ];
      return { raw: [at.address, at.stride], targets };
    },
    store(start, end) {
      const [first, last] = target(start, end);
      for (const each of [image, variance, mask]) each.store(first, last);
    },
  };
}
