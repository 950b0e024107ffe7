import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseDocument, stringify } from 'yaml';
import { z } from 'zod';
import type { CompositeRules } from '../datastore/encode-items.ts';
import { IncompatibleRepositoryError, RepositoryNotFoundError } from '../errors.ts';
import { MANAGERS } from '../registry/attributes.ts';

/** What `butler.yaml` says, as far as this release looks. */
const config = z.looseObject({
  datastore: z.looseObject({
    cls: z.string(),
    root: z.string().default('<butlerRoot>'),
    name: z.string().optional(),
    records: z.looseObject({ table: z.string() }).optional(),
    templates: z.record(z.string(), z.string()).optional(),
    composites: z
      .looseObject({ default: z.boolean().default(false), disassembled: z.record(z.string(), z.boolean()).default({}) })
      .optional(),
  }),
  registry: z.looseObject({ db: z.string(), namespace: z.string().optional() }),
});

export type RepositoryConfig = z.infer<typeof config>;

export const FILE_DATASTORE = 'lsst.daf.butler.datastores.fileDatastore.FileDatastore';
export const DEFAULT_RECORDS_TABLE = 'file_datastore_records';
export const DEFAULT_DATABASE = 'sqlite:///<butlerRoot>/gen3.sqlite3';
export const CONFIG_FILE = 'butler.yaml';

/** Text of a new repository's `butler.yaml`. */
export function formatRepositoryConfig(
  options: {
    readonly database?: string;
    readonly namespace?: string;
    readonly datastoreRoot?: string;
    readonly composites?: CompositeRules;
  } = {},
): string {
  return stringify({
    datastore: {
      cls: FILE_DATASTORE,
      ...(options.composites ? { composites: options.composites } : {}),
      records: { table: DEFAULT_RECORDS_TABLE },
      root: options.datastoreRoot ?? '<butlerRoot>',
    },
    registry: {
      db: options.database ?? DEFAULT_DATABASE,
      ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
      managers: managerNames(),
    },
  });
}

/** Classes of the layout that this release writes, by role, as configurations name them. */
function managerNames(): Readonly<Record<string, string>> {
  return Object.fromEntries(
    MANAGERS.map(({ role, className, aliases }) => [role, aliases?.[0] ?? className] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}

/** Text of a configuration with another registry database in the present layout; everything else stays, comments too. */
export function withRegistry(text: string, place: { readonly database: string; readonly namespace?: string }): string {
  const document = parseDocument(text);
  document.setIn(['registry', 'db'], place.database);
  if (place.namespace !== undefined) document.setIn(['registry', 'namespace'], place.namespace);
  document.setIn(['registry', 'managers'], managerNames());
  return String(document);
}

/**
 * Finds and reads the configuration of a repository.
 *
 * @param address - The folder, or the path of its `butler.yaml`.
 * @throws {RepositoryNotFoundError}
 */
export function readRepositoryConfig(address: string): { readonly root: string; readonly config: RepositoryConfig } {
  const path = resolve(requireName(address));
  const file = existsSync(path) && statSync(path).isFile() ? path : join(path, CONFIG_FILE);
  if (!existsSync(file))
    throw new RepositoryNotFoundError(`${path} holds no ${CONFIG_FILE}, so it is no butler repository`, { details: { path } });
  let value: unknown;
  try {
    value = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new RepositoryNotFoundError(`${file} cannot be read as YAML: ${(error as Error).message}`, { cause: error });
  }
  const parsed = config.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new RepositoryNotFoundError(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
  }
  return { root: dirname(file), config: parsed.data };
}

/** The folder that is meant: an empty name would be the working folder. @throws {RepositoryNotFoundError} */
export function requireName(address: string): string {
  if (address.trim() === '') throw new RepositoryNotFoundError('the name of the repository is empty; give its folder');
  if (address.startsWith('file://')) return fileURLToPath(address);
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(address))
    throw new RepositoryNotFoundError(
      `${address} is no folder; repositories behind a server are opened by connectButler, and made where the server is`,
    );
  return address;
}

/** Replaces `<butlerRoot>`. */
export function withRoot(text: string, root: string): string {
  return text.replaceAll('<butlerRoot>', root);
}

/** The path in a SQLAlchemy-style address of an SQLite file, or undefined for other databases. */
export function sqlitePath(address: string, root: string): string | undefined {
  const match = /^sqlite:\/\/\/(.*)$/.exec(withRoot(address, root));
  if (!match) return undefined;
  if (match[1] === '' || match[1] === ':memory:') return ':memory:';
  return resolve(root, match[1]!);
}

/** @throws {IncompatibleRepositoryError} for datastore classes that this release cannot serve. */
export function requireFileDatastore(found: RepositoryConfig): void {
  if (found.datastore.cls !== FILE_DATASTORE)
    throw new IncompatibleRepositoryError(
      `the repository keeps artifacts with ${found.datastore.cls}; this release opens ${FILE_DATASTORE}`,
    );
}
