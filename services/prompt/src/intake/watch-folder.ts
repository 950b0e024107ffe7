import { existsSync, watch } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '@almagest/resources';

export interface WatchOptions {
  /** Made where there is none. */
  readonly folder: string;
  readonly accepts: (name: string) => boolean;
  /** Whether files in folders below count. */
  readonly recursive?: boolean;
  /** Longest time between two looks, for file systems that do not tell of changes [ms]. */
  readonly pollMs?: number;
  /** Time for which a file must not change before it counts as complete [ms]. */
  readonly settleMs?: number;
  readonly signal: AbortSignal;
  /** Whether a file was dealt with before, as it is now. */
  readonly isKnown: (path: string, stamp: string) => boolean;
  readonly onFile: (path: string, stamp: string) => Promise<void>;
}

/**
 * Tells of every complete file of a folder, one after the other, until the signal ends it.
 *
 * A file is complete once it has kept its size and time for a moment; files whose names begin with a dot are left alone, so that a writer
 * may use such a name and rename at the end. Works on network file systems, where it looks again and again.
 */
export async function watchFolder(options: WatchOptions): Promise<void> {
  const { folder, accepts, recursive = false, pollMs = 1000, settleMs = 200, signal, isKnown, onFile } = options;
  makeFolder(folder);
  const seen = new Map<string, { stamp: string; sinceMs: number }>();
  let wake = Promise.withResolvers<void>();
  const watcher = watch(folder, { recursive, signal }, () => wake.resolve());
  watcher.on('error', () => undefined);
  try {
    while (!signal.aborted) {
      wake = Promise.withResolvers();
      let changing = false;
      // oxlint-disable-next-line no-await-in-loop -- one look after the other
      for (const { path, stamp } of await filesOf(folder, { accepts, recursive })) {
        if (signal.aborted) return;
        if (isKnown(path, stamp)) continue;
        const before = seen.get(path);
        if (before?.stamp !== stamp) seen.set(path, { stamp, sinceMs: performance.now() });
        if (before?.stamp !== stamp || performance.now() - before.sinceMs < settleMs) {
          changing = true;
          continue;
        }
        seen.delete(path);
        // oxlint-disable-next-line no-await-in-loop -- in order of name
        await onFile(path, stamp);
      }
      // oxlint-disable-next-line no-await-in-loop
      await Promise.race([
        wake.promise.then(() => sleep(20)),
        sleep(changing ? Math.max(20, settleMs / 2) : pollMs, undefined, { signal }),
      ]).catch(() => undefined);
    }
  } finally {
    watcher.close();
  }
}

/** Every accepted file with its size and time, in order of name. */
export async function filesOf(
  folder: string,
  { accepts, recursive }: { readonly accepts: (name: string) => boolean; readonly recursive: boolean },
): Promise<readonly { readonly path: string; readonly stamp: string }[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive, withFileTypes: true }).catch(() => []);
  const found: { path: string; stamp: string }[] = [];
  for (const entry of entries) {
    if (!(entry.isFile() || entry.isSymbolicLink()) || entry.name.startsWith('.') || !accepts(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    // oxlint-disable-next-line no-await-in-loop -- a file may be gone meanwhile
    const stats = await stat(path).catch(() => undefined);
    if (stats?.isFile()) found.push({ path, stamp: `${stats.size}:${stats.mtimeMs}` });
  }
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
