import { KernelArgumentError } from '../errors.ts';
import { bytesAt, type KernelFrame, type Plane, withFrame } from '../memory/frame.ts';
import { callScratch, runKernel, splitRows } from '../threads/threads.ts';
import { fftPlan } from './plan.ts';

/** Numbers in the half spectrum of a real image: 2 * (floor(width / 2) + 1) * height. */
export function halfSpectrumLength(width: number, height: number): number {
  return 2 * ((width >> 1) + 1) * height;
}

/**
 * Fourier transform of a real image, F(u, v) = sum f(x, y) exp(-2 pi i (ux / width + vy / height)).
 *
 * @param input - Sides with no prime factor but 2, 3 and 5 ({@link nextFftSize}). Not modified.
 * @param spectrum - Filled with rows v = 0 to height - 1 of the columns u = 0 to floor(width / 2), real and imaginary parts
 * interleaved; the other half is its mirror image.
 * @throws {KernelArgumentError} if a side has another prime factor or the spectrum's length differs from halfSpectrumLength.
 * @remarks Float32; the error is below 2e-7 log2(width * height) of the spectrum's rms (fft.diff.test.ts).
 */
export function fftReal2d(input: Plane, spectrum: Float32Array): void {
  const { width, height } = input;
  checkLength(spectrum, halfSpectrumLength(width, height));
  const rowPlan = fftPlan(width);
  const columnPlan = fftPlan(height);
  withFrame((frame) => {
    const source = frame.inputPlane(input);
    const target = frame.output(spectrum);
    const pitch = (width >> 1) + 1;
    const plan = frame.input(rowPlan);
    const scratch = callScratch(frame, 64 * width);
    const calls = splitRows(height, { unit: 8 }).map(([y0, y1]) => {
      return [source.address, source.stride, width, target, pitch, y0, y1, scratch(), plan];
    });
    runKernel('fftRowsForward', calls);
    transformColumns(frame, { data: target, pitch, height, plan: frame.input(columnPlan), inverse: false });
  });
}

/**
 * Real image of a half spectrum: the inverse of {@link fftReal2d}, scaled by 1 / (width * height).
 *
 * @param spectrum - Not modified. Imaginary parts that a real image cannot have (of u = 0 and u = width / 2) are ignored.
 * @param output - Filled.
 */
export function inverseFftReal2d(spectrum: Float32Array, output: Plane): void {
  const { width, height } = output;
  checkLength(spectrum, halfSpectrumLength(width, height));
  const rowPlan = fftPlan(width);
  const columnPlan = fftPlan(height);
  withFrame((frame) => {
    const pitch = (width >> 1) + 1;
    const work = frame.scratch(spectrum.byteLength);
    bytesAt(work, spectrum.byteLength).set(new Uint8Array(spectrum.buffer, spectrum.byteOffset, spectrum.byteLength));
    transformColumns(frame, { data: work, pitch, height, plan: frame.input(columnPlan), inverse: true });
    const target = frame.outputPlane(output);
    const plan = frame.input(rowPlan);
    const scale = 1 / (width * height);
    const scratch = callScratch(frame, 64 * width);
    const calls = splitRows(height, { unit: 8 }).map(([y0, y1]) => {
      return [work, pitch, width, target.address, target.stride, y0, y1, scratch(), plan, scale];
    });
    runKernel('fftRowsInverse', calls);
  });
}

/**
 * Fourier transform of width x height complex numbers, interleaved and row-major, in place.
 *
 * @param options.inverse - The inverse transform, scaled by 1 / (width * height).
 */
export function fftComplex2dInPlace(
  data: Float32Array,
  size: { readonly width: number; readonly height: number },
  options: { readonly inverse?: boolean } = {},
): void {
  const { width, height } = size;
  checkLength(data, 2 * width * height);
  const rowPlan = fftPlan(width);
  const columnPlan = fftPlan(height);
  const inverse = options.inverse ?? false;
  withFrame((frame) => {
    const address = frame.inOut(data);
    const plan = frame.input(rowPlan);
    const scratch = callScratch(frame, 64 * width);
    const calls = splitRows(height, { unit: 4 }).map(([y0, y1]) => {
      return [address, width, width, y0, y1, scratch(), plan, inverse ? 1 : 0];
    });
    runKernel('fftRowsComplex', calls);
    transformColumns(frame, { data: address, pitch: width, height, plan: frame.input(columnPlan), inverse });
  });
  if (inverse) {
    const scale = 1 / (width * height);
    for (let k = 0; k < data.length; k++) data[k] *= scale;
  }
}

interface Columns {
  readonly data: number;
  readonly pitch: number;
  readonly height: number;
  readonly plan: number;
  readonly inverse: boolean;
}

function transformColumns(frame: KernelFrame, { data, pitch, height, plan, inverse }: Columns): void {
  const scratch = callScratch(frame, 64 * height);
  const calls = splitRows(pitch, { unit: 4 }).map(([c0, c1]) => {
    return [data, pitch, height, c0, c1, scratch(), plan, inverse ? 1 : 0];
  });
  runKernel('fftColumns', calls);
}

function checkLength(array: Float32Array, length: number): void {
  if (array.length !== length) throw new KernelArgumentError(`spectrum must hold ${length} numbers; found ${array.length}`);
}
