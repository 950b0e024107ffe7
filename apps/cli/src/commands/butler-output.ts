import { Butler, type ButlerDefaults, connectButler, type DatasetRef, type LongWork, type OpenOptions, QueryError } from '@almagest/butler';
import { openFile } from '@almagest/resources';
import { isoFromTaiNs } from '@almagest/time';
import { parse } from 'yaml';
import { InterruptedError } from '../survey/errors.ts';

/** How files that exist become part of a repository. */
export const TRANSFER_MODES = ['auto', 'copy', 'move', 'direct', 'split', 'hardlink', 'symlink', 'relsymlink', 'link'] as const;

/** Shared by all verbs of `almagest butler`. */
export interface OutputOptions {
  readonly json?: boolean;
}

/** Variable of the environment with the token for repositories that a server holds. */
const TOKEN_VARIABLE = 'ALMAGEST_TOKEN';

/** Opens the repository, a folder or the address of a butler server, for one verb and closes it afterwards. */
export async function withButler<T>(root: string, options: OpenOptions & ButlerDefaults, work: (butler: Butler) => Promise<T>): Promise<T> {
  const token = process.env[TOKEN_VARIABLE];
  await using butler = /^https?:\/\//.test(root)
    ? await connectButler(root, { ...options, ...(token ? { token } : {}) })
    : await Butler.open(root, options);
  return await work(butler);
}

/** Reads a file that a verb is given. @throws {FileNotFoundError | FileAccessError} */
export async function readInput(path: string): Promise<Uint8Array> {
  await using file = await openFile(path);
  return await file.read(0, file.size);
}

/** Reads a YAML file that a verb is given. @throws {FileNotFoundError | FileAccessError | QueryError} */
export async function readYaml(path: string): Promise<unknown> {
  const bytes = await readInput(path);
  try {
    return parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new QueryError(`${path} is no YAML: ${(error as Error).message.split('\n')[0]}`, { cause: error });
  }
}

/** Prints rows as JSON lines, or as a table with aligned columns. */
export function printRows(rows: readonly Readonly<Record<string, unknown>>[], options: OutputOptions, columns?: readonly string[]): void {
  if (options.json) {
    for (const row of rows) console.log(toJson(row));
    return;
  }
  const names = columns ?? [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => names.map((name) => show(row[name])));
  const widths = names.map((name, i) => Math.max(name.length, ...cells.map((line) => line[i]!.length)));
  const line = (parts: readonly string[]): string =>
    parts.map((part, i) => (i === parts.length - 1 ? part : part.padEnd(widths[i]!))).join('  ');
  if (names.length > 0) console.log(line(names));
  for (const parts of cells) console.log(line(parts));
}

/** Prints one result: JSON, or the sentence. */
export function printResult(result: Readonly<Record<string, unknown>>, sentence: string, options: OutputOptions): void {
  console.log(options.json ? toJson(result) : sentence);
}

/** A dataset as one row. */
export function refRow(ref: DatasetRef): Readonly<Record<string, unknown>> {
  return { type: ref.datasetType.name, run: ref.run, id: ref.id, ...ref.dataId.toJSON() };
}

export function toJson(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => {
    if (typeof inner === 'bigint') return String(inner);
    if (inner instanceof Uint8Array) return Buffer.from(inner).toString('base64');
    return inner;
  });
}

function show(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value === 'object' && 'begin' in value && 'end' in value) return `[${moment(value.begin)}, ${moment(value.end)})`;
  if (Array.isArray(value)) return value.map(String).join(', ');
  return typeof value === 'string' ? value : toJson(value);
}

function moment(at: unknown): string {
  return typeof at === 'bigint' ? isoFromTaiNs(at, { scale: 'tai', digits: 3 }) : '...';
}

/**
 * How long work tells of itself and is stopped: `done of all` on one line of a terminal (nothing elsewhere), and a signal that
 * Ctrl-C sets. The second Ctrl-C ends the process at once.
 */
export function longWork(
  label: string,
  options: OutputOptions,
): Required<LongWork> & { readonly onProgress: (done: number, all?: number) => void } {
  return { signal: interruption().signal, onProgress: progress(label, options) };
}

function progress(label: string, options: OutputOptions): (done: number, all?: number) => void {
  if (options.json || !process.stderr.isTTY) return () => undefined;
  return (done, all) => {
    const bar =
      all === undefined ? `${done}` : `[${'#'.repeat(all > 0 ? Math.round((20 * done) / all) : 20).padEnd(20)}] ${done} of ${all}`;
    process.stderr.write(`\r${label} ${bar}${done === all ? '\n' : ''}`);
  };
}

let stopping: AbortController | undefined;

function interruption(): AbortController {
  if (stopping) return stopping;
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () =>
      controller.abort(new InterruptedError('stopped; what was finished is kept, and the command repeated goes on')),
    );
  return (stopping = controller);
}

/** Reads an option that is a whole number and not negative. @throws {QueryError} */
export function countOf(option: string): (text: string) => number {
  return (text) => {
    if (!/^\d{1,15}$/.test(text)) throw new QueryError(`${option} takes a whole number, 0 or more; found ${JSON.stringify(text)}`);
    return Number(text);
  };
}

/** Adds an option value to a list, splitting at commas. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [
    ...before,
    ...value
      .split(',')
      .map((part) => part.trim())
      .filter(Boolean),
  ];
}
