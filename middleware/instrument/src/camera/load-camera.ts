import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CameraNotFoundError } from '../errors.ts';
import { parseYaml } from '../yaml/parse-yaml.ts';
import type { Camera } from './camera.ts';
import { parseCamera, type RulesReader } from './parse-camera.ts';

const FOLDER: string = join(import.meta.dirname, '../../cameras');

const LOADED = new Map<string, Camera>();

/** File names (without .yaml) of the cameras that ship, alphabetical. */
export function listCameras(): readonly string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .toSorted();
}

/**
 * Loads a camera that ships, by file name, or any camera file, by path.
 *
 * @param nameOrPath - `decam`, or `./my-camera.yaml`. A camera that ships is parsed once and shared.
 * @throws {CameraNotFoundError} if there is no such file.
 * @throws {CameraFileError} if the file is wrong.
 */
export function loadCamera(nameOrPath: string): Camera {
  const shipped = join(FOLDER, `${nameOrPath.toLowerCase()}.yaml`);
  const isPath = nameOrPath.endsWith('.yaml') || nameOrPath.includes('/');
  if (isPath || !existsSync(shipped)) return loadOther(nameOrPath);
  const known = LOADED.get(shipped);
  if (known) return known;
  const camera = parseCamera(readFileSync(shipped, 'utf8'), rulesBeside(FOLDER));
  LOADED.set(shipped, camera);
  return camera;
}

/**
 * The `match` expression of every camera that ships, by file name, without reading the rest of the file.
 *
 * Camera files have it on one line below `translation`; those without it are never chosen by themselves.
 */
export function shippedMatches(): ReadonlyMap<string, string> {
  if (MATCHES.size > 0) return MATCHES;
  for (const name of listCameras()) {
    const text = readFileSync(join(FOLDER, `${name}.yaml`), 'utf8');
    const line = /^ {2}match: (.+)$/m.exec(text.slice(text.indexOf('\ntranslation:')))?.[1];
    const match = line === undefined ? null : parseYaml(line).value;
    if (typeof match === 'string') MATCHES.set(name, match);
  }
  return MATCHES;
}

const MATCHES = new Map<string, string>();

function loadOther(path: string): Camera {
  if (!existsSync(path)) {
    const byName = listCameras()
      .map((name) => loadCamera(name))
      .find((camera) => camera.name === path);
    if (byName) return byName;
    const known = listCameras();
    throw new CameraNotFoundError(`there is no camera "${path}", by name or as a file; these ship: ${known.join(', ')}`, {
      details: { camera: path, known },
    });
  }
  return parseCamera(readFileSync(path, 'utf8'), rulesBeside(dirname(path)), path);
}

/** Rules are looked for beside the camera file first, then among those that ship. */
function rulesBeside(folder: string): RulesReader {
  return (name) => {
    const candidates = [join(folder, 'rules', `${name}.yaml`), join(folder, `${name}.yaml`), join(FOLDER, 'rules', `${name}.yaml`)];
    const found = candidates.find((path) => existsSync(path));
    if (!found)
      throw new CameraNotFoundError(`there is no file of rules "${name}" beside the camera file`, { details: { camera: name, known: [] } });
    return readFileSync(found, 'utf8');
  };
}
