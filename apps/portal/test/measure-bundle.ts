import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

interface Chunk {
  readonly file: string;
  readonly css?: readonly string[];
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

type Manifest = Readonly<Record<string, Chunk>>;

const ROOT = join(import.meta.dirname, '..');
const MAIN = 'index.html';

/** What an entry costs before it can be used [kB, gzip], by the names of the budget file. */
export function measureBundle(folder: string = join(ROOT, 'dist')): ReadonlyMap<string, { readonly size: number; readonly limit: number }> {
  const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8')) as Manifest;
  const budget = JSON.parse(readFileSync(join(ROOT, 'bundle-budget.json'), 'utf8')) as Record<string, number | string>;
  const first = filesOf(manifest, MAIN);
  return new Map(
    Object.entries(budget).flatMap(([name, limit]) => {
      if (typeof limit !== 'number') return [];
      const extra =
        name === 'src/main.tsx' ? [] : [...filesOf(manifest, name), ...(name.endsWith('aladin-view.tsx') ? aladinFiles(manifest) : [])];
      const files = new Set([...first, ...extra]);
      return [
        [
          name,
          { size: [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, file))).length, 0) / 1000, limit },
        ] as const,
      ];
    }),
  );
}

/** A chunk's file, its styles, and those of everything that it imports at once. */
function filesOf(manifest: Manifest, name: string, seen: Set<string> = new Set()): readonly string[] {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`the build has no entry ${name}`);
  if (seen.has(name)) return [];
  seen.add(name);
  return [chunk.file, ...(chunk.css ?? []), ...(chunk.imports ?? []).flatMap((each) => filesOf(manifest, each, seen))];
}

/** The library that the view imports when it is shown. */
function aladinFiles(manifest: Manifest): readonly string[] {
  return (manifest['src/sky/aladin-view.tsx']?.dynamicImports ?? []).flatMap((each) => filesOf(manifest, each));
}
