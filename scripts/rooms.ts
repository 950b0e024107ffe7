/** The rooms of the house, read from the workspace packages themselves. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Floors from the ground up; a room imports from its own floor and from those before it. */
export const FLOORS = ['foundation', 'middleware', 'science', 'archive', 'services', 'apps'] as const;

export interface Room {
  readonly name: string;
  readonly floor: string;
  readonly dir: string;
  readonly description: string;
  /** Room names this room declares as dependencies. */
  readonly needs: readonly string[];
  /** Room names that its tests alone need, declared as devDependencies. */
  readonly testNeeds: readonly string[];
  readonly external: readonly string[];
  /** What others may import of it: its name, and `name/part` where its package exports the part. */
  readonly doors: readonly string[];
}

interface Manifest {
  readonly name: string;
  readonly description?: string;
  readonly exports?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

export const ROOT: string = join(import.meta.dirname, '..');

export function readRooms(): Room[] {
  return FLOORS.flatMap((floor) => {
    if (!existsSync(join(ROOT, floor))) return [];
    return readdirSync(join(ROOT, floor))
      .filter((name) => existsSync(join(ROOT, floor, name, 'package.json')))
      .toSorted()
      .map((name) => {
        const manifest = JSON.parse(readFileSync(join(ROOT, floor, name, 'package.json'), 'utf8')) as Manifest;
        const dependencies = Object.keys(manifest.dependencies ?? {});
        return {
          name,
          floor,
          dir: `${floor}/${name}`,
          description: manifest.description ?? '',
          needs: roomsAmong(dependencies),
          testNeeds: roomsAmong(Object.keys(manifest.devDependencies ?? {})),
          external: dependencies.filter((d) => !d.startsWith('@almagest/')),
          doors: Object.keys(manifest.exports ?? {}).map((part) => manifest.name + part.slice(1)),
        };
      });
  });
}

function roomsAmong(names: readonly string[]): string[] {
  return names.filter((name) => name.startsWith('@almagest/')).map((name) => name.slice('@almagest/'.length));
}
