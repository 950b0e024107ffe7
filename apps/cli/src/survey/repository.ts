import { copyFileSync, existsSync, readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  Butler,
  cameraFilePath,
  type DatasetRef,
  defineVisits,
  ingestRaws,
  type IngestRawsReport,
  registerInstrument,
  writeCuratedCalibrations,
} from '@almagest/butler';
import { type Camera, loadCamera, shippedCameras } from '@almagest/instrument';
import { NoRawsError, WhichInstrumentError } from './errors.ts';

/** Names of the collections of an instrument. */
export interface SurveyCollections {
  readonly raw: string;
  readonly calib: string;
}

export function collectionsOf(instrument: string): SurveyCollections {
  return { raw: `${instrument}/raw/all`, calib: `${instrument}/calib` };
}

/** Opens a repository, or makes it with the camera registered. */
export async function openOrCreate(root: string, camera: string | undefined): Promise<Butler> {
  if (existsSync(join(root, 'butler.yaml'))) return Butler.open(root, { writeable: true });
  // A camera that there is not leaves no repository behind.
  if (camera !== undefined) loadCamera(camera);
  const butler = await Butler.create(root);
  if (camera !== undefined) await registerCamera(butler, camera, root);
  return butler;
}

/**
 * Registers a camera that ships with the package, or one from a file, of which a repository in a folder keeps a copy; repeating it
 * changes nothing.
 */
export async function registerCamera(butler: Butler, nameOrFile: string, root?: string): Promise<Camera> {
  const camera = loadCamera(nameOrFile);
  if (root !== undefined && /\.ya?ml$/.test(nameOrFile) && existsSync(nameOrFile))
    copyFileSync(nameOrFile, cameraFilePath(resolve(root), camera.name));
  await registerInstrument(butler, camera);
  await writeCuratedCalibrations(butler, camera);
  return camera;
}

/** The camera that was registered for an instrument. */
export async function cameraOf(butler: Butler, instrument: string): Promise<Camera> {
  return (await butler.get('camera', { instrument }, { collections: [collectionsOf(instrument).calib] })) as Camera;
}

/** Defines visits of an instrument, with their regions on the sky; those that are defined are left alone. */
export async function defineSurveyVisits(butler: Butler, instrument: string): Promise<number> {
  return defineVisits(butler, { instrument, camera: await cameraOf(butler, instrument) });
}

/** @throws {WhichInstrumentError} unless the name is given or the repository has just one. */
export async function instrumentOf(butler: Butler, wanted: string | undefined): Promise<string> {
  const records = await butler.queryDimensionRecords('instrument');
  const found = records.map((record) => textOf(record.fields['name']));
  const chosen = wanted ?? (found.length === 1 ? found[0] : undefined);
  if (chosen !== undefined && found.includes(chosen)) return chosen;
  const known = found.length === 0 ? 'none is registered' : `there are ${found.join(', ')}`;
  throw new WhichInstrumentError(`expected the name of an instrument of the repository; found ${wanted ?? 'none'}, and ${known}`, {
    details: { found },
  });
}

/** FITS files of the given files and folders, folders with all below them, in order of name. */
export function listRaws(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => {
    if (!existsSync(path)) throw new NoRawsError(`there is no file or folder ${path}`, { details: { paths: [path] } });
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
  });
  const raws = files.filter((file) => /\.(fits?|fts)(\.(gz|fz))?$/i.test(file)).toSorted();
  if (raws.length === 0)
    throw new NoRawsError(`expected FITS files (.fits, .fit, .fits.gz, .fits.fz) in ${paths.join(', ')}; found none`, {
      details: { paths },
    });
  return raws;
}

export interface IngestSurveyOptions {
  /** Folder of the repository, for cameras that it keeps itself. */
  readonly root?: string;
  readonly camera?: Camera;
  readonly mode?: 'copy' | 'direct' | 'symlink' | 'hardlink' | 'move';
  readonly onProgress?: (done: number, all: number) => void;
}

/** Takes raw frames into the repository; what is there already is skipped. */
export async function ingestSurvey(butler: Butler, paths: readonly string[], options: IngestSurveyOptions = {}): Promise<IngestRawsReport> {
  const own = options.camera ? [options.camera] : ownCameras(options.root);
  const cameras = options.camera || own.length === 0 ? own : [...own, ...shippedCameras()];
  return ingestRaws(butler, listRaws(paths), {
    mode: options.mode ?? 'direct',
    ...(cameras.length > 0 ? { cameras } : {}),
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
}

/** Cameras that were registered from files of their own. */
function ownCameras(root: string | undefined): Camera[] {
  if (root === undefined || !existsSync(root)) return [];
  return readdirSync(root)
    .filter((name) => /^camera-.*\.yaml$/.test(name))
    .map((name) => loadCamera(join(root, name)));
}

/** A field of a dimension record that is text. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Datasets of a type in a run, whatever their data IDs. */
export async function datasetsOf(butler: Butler, type: string, collections: readonly string[]): Promise<readonly DatasetRef[]> {
  if ((await butler.registry.findDatasetType(type)) === undefined) return [];
  for (const name of collections) if ((await butler.registry.findCollection(name)) === undefined) return [];
  return butler.queryDatasets(type, { collections: [...collections] });
}

/** The file of a dataset of an embedded repository. */
export async function pathOf(butler: Butler, ref: DatasetRef): Promise<string> {
  const [address = ''] = await butler.getUris(ref);
  return address.startsWith('file:') ? fileURLToPath(address) : address;
}

/** Bands of the visits of an instrument, by visit. */
export async function bandsOfVisits(butler: Butler, instrument: string): Promise<Map<string, string>> {
  const filters = await butler.queryDimensionRecords('physical_filter', { dataId: { instrument } });
  const bands = new Map(filters.map(({ fields }) => [textOf(fields['name']), textOf(fields['band'])]));
  const visits = await butler.queryDimensionRecords('visit', { dataId: { instrument } });
  return new Map(visits.map(({ fields }) => [`${Number(fields['id'])}`, bands.get(textOf(fields['physical_filter'])) ?? '']));
}
