import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders of unfinished work begin with this; readers skip them. */
export const WORK_PREFIX = '.work-';
const JOURNAL = 'commit.json';

/**
 * A transaction over several catalogues of one archive folder: each is built in a work folder, and `commit` puts all of them in place.
 *
 * The journal that `commit` writes first makes it all or nothing: a process that dies before it leaves a work folder that
 * {@link recoverArchive} removes, one that dies after it leaves a work folder whose moves are finished by it.
 */
export interface ArchiveTransaction {
  readonly folder: string;
  /** Where the catalogue of that name is to be built. */
  stage(name: string): string;
  /** Puts every staged catalogue in place, replacing those of the same name. */
  commit(): Promise<void>;
  /** Removes all that was staged. */
  abort(): Promise<void>;
}

interface Journal {
  readonly names: readonly string[];
}

/** Begins a transaction; `id` names its work folder, so that an interrupted one can be taken up again. */
export async function beginTransaction(archive: string, id: string): Promise<ArchiveTransaction> {
  const folder = join(archive, `${WORK_PREFIX}${id}`);
  await mkdir(folder, { recursive: true });
  const names = new Set<string>();
  return {
    folder,
    stage(name) {
      names.add(name);
      return join(folder, 'new', name);
    },
    async commit() {
      await syncTree(join(folder, 'new'));
      await writeDurably(join(folder, JOURNAL), JSON.stringify({ names: [...names] } satisfies Journal));
      await finishCommit(archive, folder);
    },
    abort: () => rm(folder, { recursive: true, force: true }),
  };
}

/**
 * Brings an archive folder to a clean state after a crash: committed work is finished, other work removed.
 *
 * @param options.keep - Work folder that is about to be taken up again.
 * @returns Names of what was finished and removed.
 */
export async function recoverArchive(
  archive: string,
  options: { readonly keep?: string } = {},
): Promise<{ readonly finished: string[]; readonly removed: string[] }> {
  const finished: string[] = [];
  const removed: string[] = [];
  if (!existsSync(archive)) return { finished, removed };
  for (const name of await readdir(archive)) {
    if (!name.startsWith(WORK_PREFIX)) continue;
    const folder = join(archive, name);
    if (existsSync(join(folder, JOURNAL))) {
      await finishCommit(archive, folder);
      finished.push(name);
    } else if (name !== `${WORK_PREFIX}${options.keep ?? ''}`) {
      await rm(folder, { recursive: true, force: true });
      removed.push(name);
    }
  }
  return { finished, removed };
}

/** Moves what a journal lists; every step may have happened already. */
async function finishCommit(archive: string, folder: string): Promise<void> {
  const { names } = JSON.parse(await readFile(join(folder, JOURNAL), 'utf8')) as Journal;
  await mkdir(join(folder, 'old'), { recursive: true });
  for (const name of names) {
    const staged = join(folder, 'new', name);
    if (!existsSync(staged)) continue;
    const place = join(archive, name);
    if (existsSync(place)) await rename(place, join(folder, 'old', name));
    await rename(staged, place);
  }
  await syncFolder(archive);
  // The journal goes last with its folder: until then a crash only repeats moves that are done.
  await rm(join(folder, 'new'), { recursive: true, force: true });
  await rm(join(folder, 'old'), { recursive: true, force: true });
  await rm(folder, { recursive: true, force: true });
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(`${path}.tmp`, text, { flush: true });
  await rename(`${path}.tmp`, path);
  await syncFolder(join(path, '..'));
}

/** Makes files and folders below a folder reach the disk. */
async function syncTree(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else await syncPath(path, 'r');
  }
  await syncFolder(folder);
}

function syncFolder(folder: string): Promise<void> {
  return syncPath(folder, 'r');
}

async function syncPath(path: string, flags: string): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
