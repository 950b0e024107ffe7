import type { Detector, PixelsFor } from '@almagest/instrument';
import { measureOverscan, MEDIAN_PER_ROW, type OverscanOptions, type RawAmplifierPixels } from '@almagest/isr/reduce';
import { combineRows, findFlagged, flattenAmplifier, KernelArena, type Plane } from '@almagest/kernels';
import { computeClippedStatistics, median } from '@almagest/numerics';
import { FrameShapeError, TooFewFramesError, UnscalableFrameError } from '../errors.ts';

/** A raw frame whose amplifiers are read when they are needed. */
export interface MasterFrame {
  /** For messages. */
  readonly name: string;
  /** Time in which dark current gathered [s]; null where the header does not say. */
  readonly darkSec: number | null;
  /** @param into - May give an array to be overwritten with the pixels. */
  readonly readAmplifier: (index: number, into?: PixelsFor) => Promise<RawAmplifierPixels>;
}

export type MasterKind = 'bias' | 'dark' | 'flat';

export interface MasterOptions {
  /** [electron/ADU] and [electron]; default: the camera's. */
  readonly gains?: ArrayLike<number>;
  readonly readNoises?: ArrayLike<number>;
  /** Planes that darks and flats need taken off, on the assembled detector [electron], [electron/s]. */
  readonly bias?: Float32Array;
  readonly dark?: Float32Array;
  readonly overscan?: OverscanOptions | null;
  /** Values further than this from the median are left out [sigma]; default 3.5. */
  readonly clipSigma?: number;
  readonly minFrames?: number;
  /** Memory for the pixels of frames [byte]; default 256 MiB, whatever their number. */
  readonly memoryBytes?: number;
  /** Planes to fill, such as those of a `KernelArena`; fresh ones without it. */
  readonly target?: MasterPlanes;
  readonly signal?: AbortSignal;
}

/** Planes on the assembled detector. */
export interface MasterPlanes {
  readonly image: Float32Array;
  /** Of the mean; left out where it is not wanted. */
  readonly variance?: Float32Array;
}

export interface Master {
  /** bias [electron], dark [electron/s], flat of median 1; NaN where no frame has a value. */
  readonly image: Float32Array;
  readonly variance: Float32Array | null;
  readonly frames: number;
  /** What each frame was multiplied by. */
  readonly scales: readonly number[];
  /** Pixels without a value. */
  readonly missing: number;
}

/**
 * Builds a combined frame from raws: overscan, gain, bias and dark taken off, scaled, and the mean of the values near the
 * median, darks and flats weighted by their time or light.
 *
 * Works amplifier by amplifier, and in strips of rows where the frames are many, so that memory does not grow with their number.
 *
 * @throws {TooFewFramesError} | {@link FrameShapeError} if frames differ; {@link UnscalableFrameError} for a dark without time or a flat without light.
 */
export async function buildMaster(
  kind: MasterKind,
  frames: readonly MasterFrame[],
  detector: Detector,
  options: MasterOptions = {},
): Promise<Master> {
  const { minFrames = 1, signal } = options;
  if (frames.length < Math.max(1, minFrames))
    throw new TooFewFramesError(`expected at least ${Math.max(1, minFrames)} frames for a ${kind}; found ${frames.length}`, {
      details: { found: frames.length, needed: Math.max(1, minFrames) },
    });
  const scales = await scalesOf(kind, frames, detector, options);
  const size = detector.width * detector.height;
  const image = options.target ? options.target.image : new Float32Array(size);
  const variance = options.target ? (options.target.variance ?? null) : new Float32Array(size);
  using arena = new KernelArena();
  const memory = makeMemory(arena, { frames: frames.length, detector, options });
  for (const k of detector.amplifiers.keys()) {
    signal?.throwIfAborted();
    await combineAmplifier(k, { kind, frames, detector, options, scales }, memory, { image, variance });
  }
  if (kind === 'flat') normalizeInPlace(image, variance);
  let missing = 0;
  for (let i = 0; i < size; i++) if (Number.isNaN(image[i])) missing++;
  return { image, variance, frames: frames.length, scales, missing };
}

interface Work {
  readonly kind: MasterKind;
  readonly frames: readonly MasterFrame[];
  readonly detector: Detector;
  readonly options: MasterOptions;
  readonly scales: readonly number[];
}

/** Memory for one strip of an amplifier, used again for each. */
interface StripMemory {
  readonly pixels: number;
  readonly buffers: readonly Float32Array[];
  readonly mean: Float32Array;
  readonly variance: Float32Array;
  readonly used: Float32Array;
  readonly mask: Int32Array;
  /** Raw pixels of this and the next frame in turn. */
  readonly raw: readonly PixelsFor[];
}

function makeMemory(
  arena: KernelArena,
  { frames, detector, options }: { readonly frames: number; readonly detector: Detector; readonly options: MasterOptions },
): StripMemory {
  const { memoryBytes = 256 * 1024 * 1024 } = options;
  const largest = Math.max(...detector.amplifiers.map(({ box }) => box.width * box.height));
  const widest = Math.max(...detector.amplifiers.map(({ box }) => box.width));
  const pixels = Math.max(widest, Math.min(largest, Math.floor(memoryBytes / (4 * (frames + 5)))));
  const floats = (): Float32Array => arena.float32(pixels, { cleared: false });
  return {
    pixels,
    buffers: Array.from({ length: frames }, floats),
    mean: floats(),
    variance: floats(),
    used: floats(),
    mask: arena.int32(pixels),
    raw: [slotIn(arena), slotIn(arena)],
  };
}

function slotIn(arena: KernelArena): PixelsFor {
  const known = new Map<string, ReturnType<PixelsFor>>();
  return (type, count) => {
    if (type !== 'uint16' && type !== 'int16' && type !== 'float32' && type !== 'int32') return undefined;
    const key = `${type} ${count}`;
    if (!known.has(key)) known.set(key, arena[type](count, { cleared: false }));
    return known.get(key);
  };
}

async function combineAmplifier(
  k: number,
  { kind, frames, detector, options, scales }: Work,
  { pixels, buffers, mean, variance, used, mask, raw: slots }: StripMemory,
  out: { readonly image: Float32Array; readonly variance: Float32Array | null },
): Promise<void> {
  const { box, flipX, flipY, rawData, gain: nominal, readNoise, saturation } = detector.amplifiers[k];
  const { width, height } = box;
  const gain = options.gains?.[k] ?? nominal;
  const noise = options.readNoises?.[k] ?? readNoise;
  const { overscan = MEDIAN_PER_ROW } = options;
  const rows = Math.min(height, Math.floor(pixels / width));
  const levels = new Map<number, Float64Array | null>();
  for (let y0 = 0; y0 < height; y0 += rows) {
    const count = Math.min(rows, height - y0);
    const first = flipY ? height - y0 - count : y0;
    const place = (data: Float32Array): Plane => ({
      data: data.subarray((box.y + first) * detector.width + box.x),
      width,
      height: count,
      stride: detector.width,
    });
    const whole = (data: Float32Array): Plane => ({ data, width, height: count, stride: width });
    let ahead = frames[0].readAmplifier(k, slots[0]);
    for (const [f, frame] of frames.entries()) {
      const raw = await ahead;
      if (f + 1 < frames.length) ahead = frames[f + 1].readAmplifier(k, slots[(f + 1) % 2]);
      ahead.catch(() => undefined); // awaited in the next turn
      checkShape(raw, frame, detector);
      if (!levels.has(f)) levels.set(f, rowLevels(raw, overscan));
      const { saturated } = flattenAmplifier(
        {
          raw: {
            data: raw.data.subarray((rawData.y + y0) * raw.width + rawData.x),
            width,
            height: count,
            stride: raw.width,
          },
          flipX,
          flipY,
          levels: levels.get(f)?.subarray(y0) ?? null,
          gain,
          readVariance: 0,
          bias: options.bias && kind !== 'bias' ? place(options.bias) : null,
          dark: options.dark && kind === 'flat' ? place(options.dark) : null,
          flat: null,
          darkSec: frame.darkSec ?? 0,
          flatMinimum: 0,
          saturationAdu: saturation,
          suspectAdu: saturation,
          bits: { saturated: 1, suspect: 0, noData: 0 },
        },
        { image: whole(buffers[f]), variance: whole(variance), mask: { data: mask, width, height: count, stride: width } },
      );
      if (saturated > 0) leaveOut(buffers[f], mask);
    }
    const n = count * width;
    const scale = Math.max(...scales);
    combineRows(
      {
        frames: buffers.map((buffer) => buffer.subarray(0, n)),
        scales,
        ...(kind === 'bias' ? {} : { weights: weightsOf(scales) }),
        clipSigma: options.clipSigma ?? 3.5,
        readVariance: (scale * noise) ** 2,
        variancePerUnit: kind === 'bias' ? 0 : scale,
      },
      { mean: mean.subarray(0, n), variance: variance.subarray(0, n), used: used.subarray(0, n) },
    );
    copyRows(mean, place(out.image));
    if (out.variance) copyRows(variance, place(out.variance));
  }
}

function checkShape({ data, width, height, amplifier }: RawAmplifierPixels, frame: MasterFrame, detector: Detector): void {
  const { rawData } = amplifier;
  if (data.length >= width * height && rawData.x + rawData.width <= width && rawData.y + rawData.height <= height) return;
  throw new FrameShapeError(
    `${frame.name}: amplifier ${detector.name}.${amplifier.name} must hold [${rawData.x}, ${rawData.y}, ${rawData.width}, ${rawData.height}]; found ${width} x ${height} pixels`,
    { details: { expected: [rawData.width, rawData.height], found: [width, height] } },
  );
}

/** Levels of the imaging rows in raw order; null without overscan. */
function rowLevels({ amplifier, data, width }: RawAmplifierPixels, overscan: OverscanOptions | null): Float64Array | null {
  const box = amplifier.rawSerialOverscan;
  const found = overscan && box && measureOverscan({ data, width, box, lines: 'rows' }, overscan);
  if (!found || !box) return null;
  const { levels } = found;
  const offset = amplifier.rawData.y - box.y;
  return Float64Array.from({ length: amplifier.rawData.height }, (_, y) => levels[Math.min(levels.length - 1, Math.max(0, y + offset))]);
}

/** Saturated pixels count as missing; their flags are taken back. */
function leaveOut(data: Float32Array, mask: Int32Array): void {
  for (const i of findFlagged(mask, 1)) {
    data[i] = Number.NaN;
    mask[i] = 0;
  }
}

function copyRows(from: Float32Array, { data, width, height, stride }: Plane): void {
  for (let y = 0; y < height; y++) data.set(from.subarray(y * width, (y + 1) * width), y * stride);
}

async function scalesOf(
  kind: MasterKind,
  frames: readonly MasterFrame[],
  detector: Detector,
  options: MasterOptions,
): Promise<readonly number[]> {
  if (kind === 'bias') return frames.map(() => 1);
  if (kind === 'dark')
    return frames.map(({ darkSec, name }, index) => {
      if (darkSec !== null && darkSec > 0) return 1 / darkSec;
      throw new UnscalableFrameError(`a dark needs a dark time above 0 s; ${name} has ${darkSec ?? 'none'}`, {
        details: { index, value: darkSec ?? Number.NaN },
      });
    });
  const scales: number[] = [];
  for (const [index, frame] of frames.entries()) {
    const level = await levelOf(frame, detector, options);
    if (!(level > 0))
      throw new UnscalableFrameError(`a flat needs light: the level of ${frame.name} is ${level} electrons`, {
        details: { index, value: level },
      });
    scales.push(1 / level);
  }
  return scales;
}

/** Exposures count by their light or time: what they were scaled by is the inverse of it. */
function weightsOf(scales: readonly number[]): number[] {
  const least = Math.min(...scales);
  return scales.map((scale) => least / scale);
}

/** Pixels of an amplifier that tell the level of a flat. */
const LEVEL_SAMPLE = 4000;

/** Median over the amplifiers of their light above the overscan [electron], from a part of the pixels. */
async function levelOf(frame: MasterFrame, { amplifiers }: Detector, options: MasterOptions): Promise<number> {
  const levels: number[] = [];
  for (const [k, { rawData, rawSerialOverscan, gain }] of amplifiers.entries()) {
    const raw = await frame.readAmplifier(k);
    const inside = ({ x, y, width, height }: typeof rawData): number => {
      const values: number[] = [];
      // A step without common factors with the rows, so that no column is preferred.
      const step = Math.max(1, Math.floor((width * height) / LEVEL_SAMPLE)) | 1;
      for (let i = 0; i < width * height; i += step) values.push(raw.data[(y + Math.floor(i / width)) * raw.width + x + (i % width)]);
      return median(values);
    };
    levels.push((inside(rawData) - (rawSerialOverscan ? inside(rawSerialOverscan) : 0)) * (options.gains?.[k] ?? gain));
  }
  return median(levels);
}

/** To median 1 over the detector. */
function normalizeInPlace(image: Float32Array, variance: Float32Array | null): void {
  const step = Math.max(1, Math.floor(image.length / 200_000)) | 1;
  const sample: number[] = [];
  for (let i = 0; i < image.length; i += step) if (Number.isFinite(image[i])) sample.push(image[i]);
  const { median: level } = computeClippedStatistics(sample);
  const factor = 1 / level;
  for (let i = 0; i < image.length; i++) image[i] *= factor;
  if (variance) for (let i = 0; i < variance.length; i++) variance[i] *= factor * factor;
}
