import { type Hdu, openFits, readImage } from '@almagest/fits';
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

/**
 * Reads one detector of a raw: header in standard form, pixels by amplifier.
 *
 * @param options.detector - Number or name, where a file holds several; default: the first.
 * @throws {RawGeometryError} if the extensions do not fit the camera file.
 * @throws {UnknownInstrumentError | PropertyMissingError} as `translateFile`.
 */
export async function readRaw(
  path: string,
  options: TranslateFileOptions & { readonly detector?: number | string } = {},
): Promise<RawExposure> {
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
  const { camera, info, header, hdu } = found;
  await using file = await openFile(path);
  const fits = await openFits(file);
  const nominal = getDetector(camera, found.info.detector_num);
  const planes = new Map<number, Plane>();
  const read = async (index: number): Promise<Plane> => {
    const known = planes.get(index) ?? (await readPlane(await fits.hdu(index)));
    planes.set(index, known);
    return known;
  };
  const fromHeader = nominal.width === 1 && nominal.height === 1;
  const detector = fromHeader
    ? (detectorFromExtensions(nominal, await fits.hdus()) ?? detectorFromHeader(nominal, header, await read(hdu)))
    : nominal;
  const amplifiers: RawAmplifier[] = [];
  for (const amplifier of detector.amplifiers) {
    // An amplifier that shares its extension with others of the detector lies in the extension of the detector.
    const shared = detector.amplifiers.every((a) => a.hdu === amplifier.hdu) && !(fromHeader && detector.amplifiers.length > 1);
    const at = shared ? hdu : typeof amplifier.hdu === 'number' ? amplifier.hdu : (await fits.hdu(amplifier.hdu)).index;
    const plane = await read(at);
    checkPlane(plane, amplifier, { camera: camera.name, detector: detector.name });
    amplifiers.push({ amplifier, ...plane });
  }
  return { camera, detector, info, header, amplifiers };
}

interface Plane {
  readonly data: RawPixelArray;
  readonly width: number;
  readonly height: number;
}

async function readPlane(hdu: Hdu): Promise<Plane> {
  const { data, shape } = await readImage(hdu);
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
