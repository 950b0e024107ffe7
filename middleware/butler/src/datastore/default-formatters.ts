import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Camera, loadCamera, readRaw } from '@almagest/instrument';
import { builtInFormatters } from './built-in-formatters.ts';
import type { FormatterRegistry } from './formatter.ts';

/**
 * The built-in formats, with raw frames in standard form by the cameras that ship.
 *
 * @param artifacts - Folder of the repository's files; cameras that do not ship are kept there (see {@link cameraFilePath}).
 */
export function defaultFormatters(artifacts?: string): FormatterRegistry {
  const own = new Map<string, Camera>();
  const cameraOf = (instrument: string | undefined): Camera | undefined => {
    if (artifacts === undefined || instrument === undefined || !artifacts.startsWith('/')) return undefined;
    const path = cameraFilePath(artifacts, instrument);
    const camera = own.get(path) ?? (existsSync(path) ? loadCamera(path) : undefined);
    if (camera) own.set(path, camera);
    return camera;
  };
  return builtInFormatters((path, { instrument, ...options }) => {
    const camera = cameraOf(instrument);
    return readRaw(path, camera ? { ...options, cameras: [camera] } : options);
  });
}

/** Where a repository keeps the file of a camera that does not ship, so that its raws can be read by every process. */
export function cameraFilePath(artifacts: string, instrument: string): string {
  return join(artifacts, `camera-${instrument.replaceAll(/[^\w.-]+/g, '_')}.yaml`);
}
