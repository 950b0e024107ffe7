import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ColumnSpec } from '@almagest/table';
import { CatalogDamagedError, CatalogNotFoundError } from '../errors.ts';
import { catalogColumns, type HatsCollection, openCollection } from '../hats/hats-catalog.ts';

/** What the archive knows of a catalogue apart from its rows. */
export interface CatalogRecord {
  readonly name: string;
  readonly path: string;
  /** Table that the catalogue is an instance of, such as `Source`. */
  readonly table: string;
  readonly release: string | undefined;
  readonly access: 'public' | readonly string[];
  readonly collection: HatsCollection;
  /** With units, UCDs and descriptions; `_healpix_29` first. */
  readonly columns: readonly ColumnSpec[];
  readonly provenance: Readonly<Record<string, unknown>>;
}

const recordFile = z.looseObject({
  table: z.string(),
  release: z.string().nullable(),
  access: z.union([z.literal('public'), z.array(z.string())]),
  provenance: z.record(z.string(), z.unknown()).optional(),
});

/** All catalogues of an archive folder, by name. Work in progress and other folders are left out. */
export async function listCatalogs(archive: string): Promise<CatalogRecord[]> {
  if (!existsSync(archive)) throw new CatalogNotFoundError(`there is no archive folder ${archive}`, { details: { path: archive } });
  const records: CatalogRecord[] = [];
  for (const entry of await readdir(archive, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.startsWith('.')) continue;
    const path = join(archive, entry.name);
    if (['collection.properties', 'hats.properties', 'properties'].some((name) => existsSync(join(path, name))))
      records.push(await describeCatalog(path));
  }
  return records.toSorted((a, b) => a.name.localeCompare(b.name, 'en'));
}

/** One catalogue; those of other makers are public and have no release. */
export async function describeCatalog(path: string): Promise<CatalogRecord> {
  const collection = await openCollection(path);
  const recordPath = join(path, 'almagest.json');
  let known: z.infer<typeof recordFile> | undefined;
  if (existsSync(recordPath)) {
    try {
      known = recordFile.parse(JSON.parse(await readFile(recordPath, 'utf8')));
    } catch (error) {
      throw new CatalogDamagedError(`${recordPath} is not a catalogue record: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
        details: { path },
      });
    }
  }
  return {
    name: collection.name,
    path,
    table: known?.table ?? collection.name,
    release: known?.release ?? undefined,
    access: known?.access ?? 'public',
    collection,
    columns: await catalogColumns(collection.primary),
    provenance: known?.provenance ?? {},
  };
}
