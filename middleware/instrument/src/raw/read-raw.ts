import { BugError } from '@almagest/errors';
import { type FitsFile, type Hdu, openFits, type PixelArray, type PixelType, readImage, shapeOf } from '@almagest/fits';
import { openFile } from '@almagest/resources';
import type { Amplifier, Camera, Detector } from '../camera/camera.ts';
import { RawGeometryError } from '../errors.ts';
import { getDetector } from '../geometry/focal-plane.ts';
import { makeBox, parseFitsSection } from '../geometry/box.ts';
import type { HeaderRecord } from '../header/header-record.ts';
import type { ObservationInfo } from '../properties/observation-info.ts';
import { translateFile, type TranslateFileOptions } from '../translation/translate-file.ts';

/** Pixels that raws come in; other types are converted to single precision. */
export type RawPixelArray = Uint16Array | Int16Array | Int32Array | Float32Array;

/** Raw pixels of one amplifier with its overscans: the whole extension that holds it. */
export interface RawAmplifier {
  readonly amplifier: Amplifier;
  readonly data: RawPixelArray;
  readonly width: number;
  readonly height: number;
}

/** One detector of one exposure as it was read. */
export interface RawExposure {
  readonly camera: Camera;
  readonly detector: Detector;
  readonly info: ObservationInfo;
  /** Corrected header of the detector, primary header merged in. */
  readonly header: HeaderRecord;
  readonly amplifiers: readonly RawAmplifier[];
}

/** One detector of a raw file whose pixels are read amplifier by amplifier. Close it, or let `await using` do so. */
export interface OpenRaw extends Omit<RawExposure, 'amplifiers'>, AsyncDisposable {
  /**
   * Pixels of the extension that holds an amplifier, by its place in the detector's list.
   *
   * Fresh, unless amplifiers share the extension or `into` gives an array for their type and number.
   */
  readonly readAmplifier: (index: number, into?: PixelsFor) => Promise<RawAmplifier>;
  readonly close: () => Promise<void>;
}

/** Gives an array for pixels of a type, to be overwritten; undefined for a fresh one. */
export type PixelsFor = (type: PixelType, count: number) => PixelArray | undefined;

export type RawOptions = TranslateFileOptions & {
  /** Number or name, where a file holds several; default: the first. */
  readonly detector?: number | string;
};

/**
 * Reads one detector of a raw: header in standard form, pixels by amplifier.
 *
 * @throws {RawGeometryError} if the extensions do not fit the camera file.
 * @throws {UnknownInstrumentError | PropertyMissingError} as `translateFile`.
 */
export async function readRaw(path: string, options: RawOptions = {}): Promise<RawExposure> {
  await using raw = await openRaw(path, options);
  const { camera, detector, info, header } = raw;
  const amplifiers: RawAmplifier[] = [];
  for (const index of detector.amplifiers.keys()) amplifiers.push(await raw.readAmplifier(index));
  return { camera, detector, info, header, amplifiers };
}

/** As {@link readRaw}, leaving the pixels in the file until they are asked for. */
export async function openRaw(path: string, options: RawOptions = {}): Promise<OpenRaw> {
  const translations = await translateFile(path, options);
  const wanted = options.detector;
  const found =
    wanted === undefined
      ? translations[0]
      : translations.find(({ info }) => info.detector_num === wanted || info.detector_unique_name === wanted);
  if (!found || typeof found.info.detector_num !== 'number') {
    throw new RawGeometryError(`${path} holds no detector ${wanted ?? 'with a number'}`, {
      details: { camera: translations[0]?.camera.name ?? '', detector: String(wanted), amplifier: null },
    });
  }
  const { camera, info, header } = found;
  const file = await openFile(path);
  try {
    const fits = await openFits(file);
    const nominal = getDetector(camera, found.info.detector_num);
    const fromHeader = nominal.width === 1 && nominal.height === 1;
    const detector = fromHeader
      ? (detectorFromExtensions(nominal, await fits.hdus()) ??
        detectorFromHeader(nominal, header, await shapeIn(await fits.hdu(found.hdu))))
      : nominal;
    const readAmplifier = amplifierReader(fits, {
      camera,
      detector,
      hdu: found.hdu,
      shares: !(fromHeader && detector.amplifiers.length > 1),
    });
    return { camera, detector, info, header, readAmplifier, close: () => file.close(), [Symbol.asyncDispose]: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface ReaderContext {
  readonly camera: Camera;
  readonly detector: Detector;
  readonly hdu: number;
  /** Whether amplifiers of one extension name lie in the extension of the detector. */
  readonly shares: boolean;
}

function amplifierReader(fits: FitsFile, { camera, detector, hdu, shares }: ReaderContext): OpenRaw['readAmplifier'] {
  const shared = shares && detector.amplifiers.every((a) => a.hdu === detector.amplifiers[0]?.hdu);
  let plane: Promise<Plane> | undefined;
  return async (index, into) => {
    const amplifier = detector.amplifiers[index];
    if (!amplifier) throw new BugError(`detector ${detector.name} has no amplifier ${index}`);
    const read = async (): Promise<Plane> => {
      const at = shared ? hdu : typeof amplifier.hdu === 'number' ? amplifier.hdu : (await fits.hdu(amplifier.hdu)).index;
      return readPlane(await fits.hdu(at), shared ? undefined : into);
    };
    const found = shared ? await (plane ??= read()) : await read();
    checkPlane(found, amplifier, { camera: camera.name, detector: detector.name });
    return { amplifier, ...found };
  };
}

async function shapeIn(hdu: Hdu): Promise<{ readonly width: number; readonly height: number }> {
  const [height = 0, width = 0] = shapeOf(hdu.header, hdu.kind === 'compressed-image' ? 'ZNAXIS' : 'NAXIS');
  return { width, height };
}

interface Plane {
  readonly data: RawPixelArray;
  readonly width: number;
  readonly height: number;
}

async function readPlane(hdu: Hdu, into?: PixelsFor): Promise<Plane> {
  const { data, shape } = await readImage(hdu, { into });
  const [height = 0, width = 0] = shape;
  const kept = data instanceof Uint16Array || data instanceof Int16Array || data instanceof Int32Array || data instanceof Float32Array;
  return { data: kept ? data : Float32Array.from(data as ArrayLike<number>, Number), width, height };
}

function checkPlane(plane: Plane, amplifier: Amplifier, names: { readonly camera: string; readonly detector: string }): void {
  const { rawData } = amplifier;
  if (rawData.x + rawData.width <= plane.width && rawData.y + rawData.height <= plane.height) return;
  throw new RawGeometryError(
    `amplifier ${names.detector}.${amplifier.name} of ${names.camera}: imaging pixels [${rawData.x}, ${rawData.y}, ${rawData.width}, ${rawData.height}] leave the raw of ${plane.width} x ${plane.height} pixels`,
    { details: { ...names, amplifier: amplifier.name } },
  );
}

/**
 * Geometry of a detector with one amplifier from the header: TRIMSEC or DATASEC, BIASSEC, GAIN, RDNOISE, SATURATE.
 *
 * @param nominal - Detector of the camera file, which gives what the header does not.
 */
export function detectorFromHeader(
  nominal: Detector,
  header: HeaderRecord,
  shape: { readonly width: number; readonly height: number },
): Detector {
  const section = (...keys: string[]): ReturnType<typeof parseFitsSection> => {
    for (const key of keys) {
      const value = header.get(key);
      const parsed = typeof value === 'string' ? parseFitsSection(value) : undefined;
      if (parsed) return parsed;
    }
    return undefined;
  };
  const number = (fallback: number, ...keys: string[]): number => {
    for (const key of keys) {
      const value = Number(header.get(key) ?? Number.NaN);
      if (value > 0) return value;
    }
    return fallback;
  };
  const data = section('TRIMSEC', 'DATASEC')?.box ?? makeBox(0, 0, shape.width, shape.height);
  const [first] = nominal.amplifiers;
  if (!first) return nominal;
  const saturation = number(65_535, 'SATURATE', 'SATLEVEL');
  return {
    ...nominal,
    width: data.width,
    height: data.height,
    amplifiers: [
      {
        ...first,
        box: makeBox(0, 0, data.width, data.height),
        rawData: data,
        rawSerialOverscan: section('BIASSEC')?.box ?? null,
        gain: number(first.gain, 'GAIN', 'EGAIN'),
        readNoise: number(first.readNoise, 'RDNOISE', 'READNOIS'),
        saturation,
        suspect: saturation,
      },
    ],
  };
}

/**
 * Geometry of a detector whose amplifiers each have an extension with DATASEC, DETSEC and BIASSEC, as NOAO's mosaics and LSST's raws have.
 *
 * @returns undefined where no extension says so.
 * @throws {RawGeometryError} if the sections of an extension do not fit together.
 */
export function detectorFromExtensions(nominal: Detector, hdus: readonly Pick<Hdu, 'index' | 'header'>[]): Detector | undefined {
  const [first] = nominal.amplifiers;
  const described = hdus.filter(({ header }) => header.getString('DETSEC') !== undefined && header.getString('DATASEC') !== undefined);
  if (!first || described.length === 0) return undefined;
  const amplifiers = described.map(({ index, header }): Amplifier => {
    const section = (key: string): ReturnType<typeof parseFitsSection> => parseFitsSection(header.getString(key) ?? '');
    const [data, place] = [section('DATASEC'), section('DETSEC')];
    const name = header.getString('EXTNAME')?.trim() ?? `A${index}`;
    if (!data || !place || data.box.width !== place.box.width || data.box.height !== place.box.height) {
      throw new RawGeometryError(`DATASEC and DETSEC of extension ${index} (${name}) do not agree`, {
        details: { camera: nominal.name, detector: nominal.name, amplifier: name },
      });
    }
    const saturation = header.getNumber('SATURATE') ?? 65_535;
    return {
      ...first,
      name,
      hdu: index,
      box: place.box,
      rawData: data.box,
      rawSerialOverscan: section('BIASSEC')?.box ?? null,
      flipX: data.flipX !== place.flipX,
      flipY: data.flipY !== place.flipY,
      readCorner: `${data.flipY !== place.flipY ? 'U' : 'L'}${data.flipX !== place.flipX ? 'R' : 'L'}`,
      gain: header.getNumber('GAIN') ?? first.gain,
      readNoise: header.getNumber('RDNOISE') ?? first.readNoise,
      saturation,
      suspect: saturation,
    };
  });
  const right = Math.max(...amplifiers.map(({ box }) => box.x + box.width));
  const top = Math.max(...amplifiers.map(({ box }) => box.y + box.height));
  return { ...nominal, width: right, height: top, amplifiers };
}
