import { type Hdu, openFits, readImage, shapeOf, TruncatedError } from '@almagest/fits';
import type { Detector } from '@almagest/instrument';
import { type AmplifierPlanes, BAND_ROWS, CalibrationMismatchError } from '@almagest/isr/reduce';
import { KernelArena } from '@almagest/kernels';
import { type FileSource, openFile } from '@almagest/resources';

/** A calibration plane in a file, open; its pixels are read amplifier by amplifier where the file has them so. */
export interface CalibrationFile extends AmplifierPlanes, AsyncDisposable {}

/**
 * Opens a calibration plane: one image of the whole detector, or one trimmed image for each amplifier in order.
 *
 * @param gains - Multiply the images of the amplifiers: from ADU to electrons.
 * @throws {CalibrationMismatchError} if the file holds neither.
 */
export async function openCalibration(path: string, detector: Detector, gains?: readonly number[]): Promise<CalibrationFile> {
  const file = await openFile(path);
  try {
    const hdus = (await (await openFits(file)).hdus()).filter((hdu) => planeShape(hdu).length === 2);
    const of = hdus[0]?.header.get('DETECTOR');
    if (typeof of === 'string' && hdus[0]?.header.has('NFRAMES') && of.trim() !== detector.name)
      throw new CalibrationMismatchError(`${path} is of detector ${of.trim()}; the raw is of detector ${detector.name}`, {
        details: { step: path, expected: detector.name, found: of.trim() },
      });
    const whole = hdus.find((hdu) => isOf(hdu, detector));
    if (whole) return await wholePlane(whole, detector, file);
    const fits = hdus.length === detector.amplifiers.length && detector.amplifiers.every(({ box }, k) => isOf(hdus[k], box));
    if (fits) return byAmplifier(hdus, detector, { file, ...(gains ? { gains } : {}) });
    throw new CalibrationMismatchError(
      `${path} must hold one image of ${detector.width} x ${detector.height} pixels, or one for each of its ${detector.amplifiers.length} amplifiers; found ${hdus.map((hdu) => planeShape(hdu).toReversed().join(' x ')).join(', ') || 'none'}`,
      { details: { step: path, expected: String(detector.amplifiers.length), found: String(hdus.length) } },
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}

function planeShape(hdu: Hdu): readonly number[] {
  if (hdu.kind === 'image') return shapeOf(hdu.header);
  return hdu.kind === 'compressed-image' ? shapeOf(hdu.header, 'ZNAXIS') : [];
}

function isOf(hdu: Hdu | undefined, { width, height }: { readonly width: number; readonly height: number }): boolean {
  const [h, w] = hdu ? planeShape(hdu) : [];
  return h === height && w === width;
}

async function wholePlane(hdu: Hdu, detector: Detector, file: FileSource): Promise<CalibrationFile> {
  const { width, height, amplifiers } = detector;
  const arena = new KernelArena();
  let whole: Promise<Float32Array> | undefined;
  const readWhole = async (): Promise<Float32Array> => {
    const data = arena.float32(width * height, { cleared: false });
    await readImage(hdu, { as: 'float32', into: data });
    return data;
  };
  return {
    read: async (k) => {
      const { box } = amplifierAt(amplifiers, k);
      const data = await (whole ??= readWhole());
      return { data: data.subarray(box.y * width + box.x), width: box.width, height: box.height, stride: width };
    },
    ...(isPlain(hdu) ? { readRows: rowReader(hdu, width, { file, arena }) } : {}),
    [Symbol.asyncDispose]: async () => {
      arena[Symbol.dispose]();
      await file.close();
    },
  };
}

/** Whether the pixels are single precision without scaling, so that their bytes can be used as they are. */
function isPlain({ kind, header }: Hdu): boolean {
  return kind === 'image' && header.get('BITPIX') === -32 && !header.has('BSCALE') && !header.has('BZERO');
}

/** Bytes of pixels as they are in the file. */
async function readStored(hdu: Hdu, file: FileSource, { first, data }: { first: number; data: Float32Array }): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const got = await file.readInto(hdu.dataOffset + 4 * first, bytes);
  if (got < bytes.length) throw new TruncatedError('the file ended while its pixels were read', { hdu: hdu.index });
}

/** Rows of a single-precision image, straight into memory that two bands take in turn. */
function rowReader(
  hdu: Hdu,
  width: number,
  { file, arena }: { readonly file: FileSource; readonly arena: KernelArena },
): NonNullable<AmplifierPlanes['readRows']> {
  const memory = [0, 1].map(() => arena.float32(BAND_ROWS * width, { cleared: false }));
  let turn = 0;
  return async (y0, y1) => {
    const data = (memory[turn++ % 2] as Float32Array).subarray(0, (y1 - y0) * width);
    await readStored(hdu, file, { first: y0 * width, data });
    return { data, bigEndian: true };
  };
}

function byAmplifier(
  hdus: readonly Hdu[],
  { amplifiers }: Detector,
  { file, gains }: { readonly file: FileSource; readonly gains?: readonly number[] },
): CalibrationFile {
  const arena = new KernelArena();
  const largest = Math.max(...amplifiers.map(({ box }) => box.width * box.height));
  // Two in turn: one is used while the next is read.
  const memory = [0, 1].map(() => arena.float32(largest, { cleared: false }));
  return {
    read: async (k) => {
      const { box, flipX, flipY } = amplifierAt(amplifiers, k);
      const data = (memory[k % 2] as Float32Array).subarray(0, box.width * box.height);
      const hdu = hdus[k] as Hdu;
      const bigEndian = isPlain(hdu);
      if (bigEndian) await readStored(hdu, file, { first: 0, data });
      else await readImage(hdu, { as: 'float32', into: data });
      return { data, width: box.width, height: box.height, stride: box.width, flipX, flipY, bigEndian };
    },
    ...(gains ? { scale: (k: number) => gains[k] ?? 1 } : {}),
    [Symbol.asyncDispose]: async () => {
      arena[Symbol.dispose]();
      await file.close();
    },
  };
}

function amplifierAt(amplifiers: Detector['amplifiers'], k: number): Detector['amplifiers'][number] {
  return amplifiers[k] as Detector['amplifiers'][number];
}
