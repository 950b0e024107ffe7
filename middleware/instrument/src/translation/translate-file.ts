import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Camera } from '../camera/camera.ts';
import { listCameras, loadCamera, shippedMatches } from '../camera/load-camera.ts';
import { recognizeCamera } from '../camera/recognize.ts';
import { type CardValue, type HeaderRecord, mergeHeaders, parseCorrections } from '../header/header-record.ts';
import { type FileHeaders, readHeaders, readText } from '../header/read-headers.ts';
import { correctHeader, holdsDetector, matchesHeader, translateHeader, type Translation } from './translate.ts';

export interface TranslateFileOptions {
  /** Cameras to try in order; default: all that ship. */
  readonly cameras?: readonly Camera[];
  /** Folders of corrections files `<instrument>-<observation id>.yaml`, first found wins. */
  readonly corrections?: readonly string[];
  /** Whether a missing required property throws (default) or is only reported. */
  readonly strict?: boolean;
}

/** One detector of a file in standard form. */
export interface FileTranslation extends Translation {
  readonly camera: Camera;
  /** Header after corrections. */
  readonly header: HeaderRecord;
  /** Keywords that corrections changed. */
  readonly changed: readonly string[];
  /** Number of the extension; 0 for the primary. */
  readonly hdu: number;
}

/**
 * Translates every detector of a raw, or a saved header.
 *
 * Only headers are read.
 *
 * @returns One translation for each detector of the file; at least one.
 * @throws {UnknownInstrumentError} if no camera recognizes the headers.
 * @throws {PropertyMissingError} if a required property is missing and `strict` is not false.
 */
export async function translateFile(path: string, options: TranslateFileOptions = {}): Promise<readonly FileTranslation[]> {
  const headers = await readHeaders(path);
  const camera = options.cameras ? recognizeIn(headers, options.cameras, path) : recognizeShipped(headers, path);
  const out: FileTranslation[] = [];
  for (const { header, hdu } of detectorHeaders(headers, camera)) {
    const extra = await findCorrections(header, camera, options.corrections ?? []);
    const corrected = correctHeader(header, camera.translation, extra);
    const strict = options.strict ?? true;
    out.push({ ...translateHeader(corrected.header, camera.translation, { camera: camera.name, strict }), camera, ...corrected, hdu });
  }
  return out;
}

/** Every camera that ships, in alphabetical order of file name. */
export function shippedCameras(): readonly Camera[] {
  return listCameras().map((name) => loadCamera(name));
}

/** The primary header decides; where it says nothing, as in a file that was compressed whole, the first extension helps. */
function recognizeIn({ primary, extensions }: FileHeaders, cameras: readonly Camera[], path: string): Camera {
  const only = cameras.length === 1 ? cameras[0] : undefined;
  // A camera that was named is used even where its own test would not choose it.
  if (only) return only;
  return recognizeCamera(mergeHeaders([extensions[0] ?? new Map<string, CardValue>(), primary]), cameras, path);
}

/** Looks at the tests of the cameras that ship first, since most of what their files hold is not needed to find the right one. */
function recognizeShipped(headers: FileHeaders, path: string): Camera {
  const header = mergeHeaders([headers.extensions[0] ?? new Map<string, CardValue>(), headers.primary]);
  const candidates = [...shippedMatches()]
    .filter(([, match]) => matchesHeader(header, { match, properties: {} }))
    .map(([name]) => loadCamera(name));
  return recognizeCamera(header, candidates, path);
}

function detectorHeaders({ primary, extensions }: FileHeaders, camera: Camera): { header: HeaderRecord; hdu: number }[] {
  const merged = extensions.map((extension, i) => ({ header: mergeHeaders([primary, extension]), hdu: i + 1 }));
  const withDetector = merged.filter(({ header }) => holdsDetector(header, camera.translation));
  if (withDetector.length > 0) return withDetector;
  const first = merged[0];
  return first && (primary.get('NAXIS') ?? 0) === 0 ? [first] : [{ header: primary, hdu: 0 }];
}

async function findCorrections(header: HeaderRecord, camera: Camera, folders: readonly string[]): Promise<HeaderRecord | undefined> {
  if (folders.length === 0) return undefined;
  const { info } = translateHeader(header, camera.translation, { camera: camera.name, strict: false });
  if (typeof info.observation_id !== 'string') return undefined;
  const instrument = typeof info.instrument === 'string' ? info.instrument : camera.name;
  const name = `${instrument}-${info.observation_id}.yaml`.replaceAll('/', '_');
  const path = folders.map((folder) => join(folder, name)).find((candidate) => existsSync(candidate));
  if (path === undefined) return undefined;
  return parseCorrections(await readText(path), path);
}
