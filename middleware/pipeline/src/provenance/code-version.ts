import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What code a run was made with, as precisely as can be told. */
export interface CodeVersion {
  /** Version of the package. */
  readonly version: string;
  /** Commit of the checkout; null where there is none. */
  readonly commit: string | null;
  /** SHA-256 of the sources, first 12 digits: of what differs from the commit, or of every source file where there is no commit; null for an unchanged checkout. */
  readonly contentHash: string | null;
  /** In one string: `0.1.0+g0123456789ab` (unchanged), `0.1.0+g0123456789ab.d0123456789ab` (changed) or `0.1.0+h0123456789ab` (no checkout). */
  readonly text: string;
}

const ROOM = join(dirname(fileURLToPath(import.meta.url)), '../..');
const FLOORS: readonly string[] = ['foundation', 'middleware', 'science', 'archive', 'services', 'apps'];
const SOURCE = /\.(ts|mjs|js|json|yaml|wasm)$/;
const SKIPPED: ReadonlySet<string> = new Set(['node_modules', 'dist', 'test', 'bench', 'golden']);

let known: CodeVersion | undefined;

/**
 * Tells the version of this code: the git commit of its checkout, with a hash of what was changed since, or a hash of all of its sources
 * where it was installed as packages. Found once per process.
 */
export function codeVersion(): CodeVersion {
  return (known ??= codeVersionOf(ROOM));
}

/**
 * Tells the version of a room and of those around it.
 *
 * @param room - Folder of a package.
 */
export function codeVersionOf(room: string): CodeVersion {
  const folder = realpathSync(room);
  const { version = '0.0.0' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { readonly version?: string };
  const root = checkoutOf(folder);
  const commit = root === undefined ? undefined : git(root, 'rev-parse', 'HEAD')?.trim();
  if (root === undefined || commit === undefined) {
    const contentHash = hashFolders(roomsAround(folder));
    return { version, commit: null, contentHash, text: `${version}+h${contentHash}` };
  }
  const changed = changesSince(root);
  const short = commit.slice(0, 12);
  return { version, commit, contentHash: changed ?? null, text: `${version}+g${short}${changed === undefined ? '' : `.d${changed}`}` };
}

/** The checkout that a folder belongs to: nearest folder above with `.git` whose own packages hold it. */
function checkoutOf(folder: string): string | undefined {
  // A package below node_modules belongs to another project, whatever repository that one is in.
  if (folder.includes('/node_modules/')) return undefined;
  for (let at = folder; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (at === dirname(at)) return undefined;
  }
}

/** Hash of everything that differs from the commit: changes of tracked files, and the names and contents of new source files. */
function changesSince(root: string): string | undefined {
  const changes = git(root, 'diff', '--no-ext-diff', '--binary', 'HEAD') ?? '';
  const fresh = (git(root, 'ls-files', '--others', '--exclude-standard', '-z') ?? '').split('\0').filter((name) => SOURCE.test(name));
  if (changes === '' && fresh.length === 0) return undefined;
  const hash = createHash('sha256').update(changes);
  for (const name of fresh.toSorted()) hash.update(`\0${name}\0`).update(readFileSync(join(root, name)));
  return hash.digest('hex').slice(0, 12);
}

function git(root: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', ['-C', root, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 20_000,
      maxBuffer: 2 ** 28,
    });
  } catch {
    return undefined;
  }
}

/** Folders of all rooms beside one: on the floors of a workspace, or beside it in a package folder. */
function roomsAround(folder: string): readonly string[] {
  const above = dirname(dirname(folder));
  const floors = FLOORS.map((floor) => join(above, floor)).filter((floor) => existsSync(floor));
  const places = floors.length > 1 ? floors : [dirname(folder)];
  return places.flatMap((place) =>
    readdirSync(place)
      .map((name) => join(place, name))
      .filter((name) => existsSync(join(name, 'package.json'))),
  );
}

function hashFolders(folders: readonly string[]): string {
  const hash = createHash('sha256');
  const visit = (folder: string, name: string): void => {
    for (const entry of readdirSync(folder).toSorted()) {
      if (SKIPPED.has(entry) || entry.startsWith('.')) continue;
      const path = join(folder, entry);
      const stat = statSync(path);
      if (stat.isDirectory()) visit(path, `${name}/${entry}`);
      else if (SOURCE.test(entry)) hash.update(`\0${name}/${entry}\0`).update(readFileSync(path));
    }
  };
  for (const folder of folders.toSorted()) visit(folder, folder.slice(folder.lastIndexOf('/') + 1));
  return hash.digest('hex').slice(0, 12);
}
