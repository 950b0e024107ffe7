import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';

/** Files that an operation may leave behind: deleted in recovery unless the registry refers to them. */
export interface JournalEntry {
  readonly host: string;
  readonly pid: number;
  /** When the process started, since numbers of processes are used again. */
  readonly started: string;
  /** Files that are never kept. */
  readonly temporary: readonly string[];
  /** Relative paths of artifacts. */
  readonly artifacts: readonly string[];
}

/**
 * Intentions on disk. An entry is written before the first byte of an operation and removed after its last;
 * what a killed process leaves is decided by one rule: an artifact that no record refers to is deleted.
 */
export class Journal {
  readonly #folder: string;
  readonly #started: string = processStart(process.pid) ?? '';

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Writes an entry; returns what removes it. */
  begin(temporary: readonly string[], artifacts: readonly string[]): () => void {
    const entry = newJournalEntry(temporary, artifacts);
    // Threads of one process, and processes of several hosts, share the folder.
    const file = join(this.#folder, `${process.pid}-${this.#started}-${randomUUID()}.json`);
    try {
      writeFileSync(file, JSON.stringify(entry));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeFolder(this.#folder);
      writeFileSync(file, JSON.stringify(entry));
    }
    return () => rmSync(file, { force: true });
  }

  /** Whether an operation that has not ended, of any process, may be writing the artifact. */
  isPending(artifact: string): boolean {
    return list(this.#folder).some((name) => parse(join(this.#folder, name))?.artifacts.includes(artifact) ?? false);
  }

  /** Entries whose process is gone. Entries of other hosts are left out, since nobody here knows whether they run. */
  abandoned(): readonly { readonly file: string; readonly temporary: readonly string[]; readonly artifacts: readonly string[] }[] {
    const found: { file: string; temporary: readonly string[]; artifacts: readonly string[] }[] = [];
    for (const name of list(this.#folder)) {
      const file = join(this.#folder, name);
      const entry = parse(file);
      // A torn entry was cut while being written, before its operation did anything.
      if (entry === undefined) {
        const owner = /^(\d+)-(\d*)-/.exec(name);
        if (owner && !isRunning(Number(owner[1]), owner[2] ?? '')) found.push({ file, temporary: [], artifacts: [] });
      } else if (isAbandoned(entry)) found.push({ file, ...entry });
    }
    return found;
  }
}

/** An entry of this process. */
export function newJournalEntry(temporary: readonly string[], artifacts: readonly string[]): JournalEntry {
  return { host: hostname(), pid: process.pid, started: processStart(process.pid) ?? '', temporary, artifacts };
}

/** Whether the process of an entry is gone. */
export function isAbandoned(entry: JournalEntry): boolean {
  return entry.host === hostname() && !isRunning(entry.pid, entry.started);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch {
    return [];
  }
}

function parse(file: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(readFileSync(file, 'utf8')) as Partial<JournalEntry>;
    return typeof entry.pid === 'number' && Array.isArray(entry.temporary) && Array.isArray(entry.artifacts)
      ? (entry as JournalEntry)
      : undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number, started: string): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const now = processStart(pid);
  return now === undefined || started === '' || now === started;
}

/** Start of a process in clock ticks since boot where the system tells it (Linux); a killed one that nobody reaped counts as gone. */
function processStart(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : fields[19];
  } catch {
    return undefined;
  }
}
