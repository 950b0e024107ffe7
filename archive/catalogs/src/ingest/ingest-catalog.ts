import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeFolder, writeFileAtomic } from '@almagest/resources';
import { columnSpecs, DDL_DIALECTS } from '@almagest/schema';
import type { ColumnSpec } from '@almagest/table';
import { createDuckdbEngine } from '../engine/duckdb-engine.ts';
import { CatalogExistsError, CatalogInputError } from '../errors.ts';
import { openCollection, tileFiles } from '../hats/hats-catalog.ts';
import { formatProperties } from '../hats/properties.ts';
import { registerHealpix } from './healpix-function.ts';
import { indexName, type IngestOptions, marginName } from './ingest-options.ts';
import { openSources, type SourceRelation } from './sources.ts';
import { execute, parquetRelation, queryNumber, quoteName, quoteText } from './sql.ts';
import { beginTransaction, recoverArchive } from './transaction.ts';
import { writeIndex } from './write-index.ts';
import { writeMargin } from './write-margin.ts';
import { type BuildContext, writePrimary } from './write-primary.ts';

/** What an ingest made. */
export interface IngestSummary {
  readonly name: string;
  readonly path: string;
  readonly rows: number;
  readonly droppedRows: number;
  readonly tiles: number;
  readonly marginRows: number | undefined;
  readonly indexed: string | undefined;
}

/** Version of the HATS layout that is written. */
const HATS_VERSION = 'v1.0';

/**
 * Ingests tables of any size as a HATS collection: tiles, margin cache, id index, statistics, sky map.
 *
 * Rows are sorted by `_healpix_29` on disk, so memory is bounded by the engine's limit. Everything is built in a work folder beside
 * the archive's catalogues and put in place at once; an abort or a crash leaves nothing, and the same ingest begun again after a crash
 * goes on where it was.
 *
 * @throws {CatalogExistsError | CatalogInputError} as their names say.
 */
export async function ingestCatalog(options: IngestOptions): Promise<IngestSummary> {
  if (!/^[A-Za-z0-9][\w.-]{0,99}$/.test(options.name))
    throw new CatalogInputError(`a catalogue's name has letters, digits, "_", "." and "-"; found "${options.name}"`, { details: {} });
  const archive = resolve(options.archive);
  makeFolder(archive);
  const id = `${options.name}-${(await fingerprint(options)).slice(0, 16)}`;
  await recoverArchive(archive, { keep: id });
  const place = join(archive, options.name);
  const existing = options.existing ?? 'refuse';
  if (existsSync(place) && existing === 'refuse')
    throw new CatalogExistsError(`catalogue "${options.name}" exists; replace it or add to it, or choose another name`, {
      details: { name: options.name },
    });
  const transaction = await beginTransaction(archive, id);
  const engine = await createDuckdbEngine({
    temporaryFolder: join(transaction.folder, 'spill'),
    prepare: registerHealpix,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
  });
  try {
    await execute(engine, 'SET preserve_insertion_order = true');
    const source = await openSources(options.inputs, {
      workFolder: transaction.folder,
      textTypes: textTypes(options),
      signal: options.signal,
    });
    const staged = transaction.stage(options.name);
    const stage = join(transaction.folder, 'sorted.parquet');
    const columns = await checkColumns(engine, source, options);
    const previous = existing === 'append' && existsSync(place) ? await tileFiles((await openCollection(place)).primary) : [];
    const droppedRows = await sortRows(engine, source, previous, stage, options);
    const context: BuildContext = { engine, stage, folder: staged, columns, options, properties: commonProperties(options) };
    const primary = await writePrimary(context);
    const marginRows = options.marginArcsec === undefined ? undefined : await writeMargin(context, primary.tiles, options.marginArcsec);
    if (options.indexColumn !== undefined) await writeIndex(context, primary.tiles, options.indexColumn);
    await writeCollection(context, primary.rows);
    options.signal?.throwIfAborted();
    await transaction.commit();
    return {
      name: options.name,
      path: place,
      rows: primary.rows,
      droppedRows,
      tiles: primary.tiles.length,
      marginRows,
      indexed: options.indexColumn,
    };
  } catch (error) {
    await transaction.abort();
    throw error;
  } finally {
    await engine.close();
  }
}

/** Types that text files are read with: positions are numbers whatever they look like, and a schema knows its columns. */
function textTypes(options: IngestOptions): Record<string, string> {
  const known =
    options.schema?.columns.map((column) => [column.name, column.dialectTypes['duckdb'] ?? DDL_DIALECTS.duckdb.typeOf(column)]) ?? [];
  return { [options.raColumn]: 'DOUBLE', [options.decColumn]: 'DOUBLE', ...Object.fromEntries(known) } as Record<string, string>;
}

/** What identifies an ingest, so that an interrupted one is taken up again only where nothing has changed. */
async function fingerprint(options: IngestOptions): Promise<string> {
  const hash = createHash('sha256');
  for (const path of options.inputs) {
    const state = existsSync(path) ? await stat(path) : undefined;
    hash.update(`${resolve(path)} ${state?.size} ${state?.mtimeMs}\n`);
  }
  const { archive: _archive, now: _now, signal: _signal, threads: _threads, memoryLimit: _memory, schema, ...rest } = options;
  hash.update(JSON.stringify({ ...rest, schema: schema?.name }));
  return hash.digest('hex');
}

/** Columns of the result: types as the engine reads them, metadata from the files, and from the schema before them. */
async function checkColumns(engine: BuildContext['engine'], source: SourceRelation, options: IngestOptions): Promise<ColumnSpec[]> {
  const { columns: found, batches } = await engine.run(`SELECT * FROM ${source.sql} LIMIT 0`);
  for await (const _batch of batches);
  const names = found.map((column) => column.name);
  for (const column of [options.raColumn, options.decColumn, options.indexColumn])
    if (column !== undefined && !names.includes(column))
      throw new CatalogInputError(`the inputs have no column "${column}"; they have ${names.slice(0, 50).join(', ')}`, {
        details: { column },
      });
  const described = new Map(options.schema ? columnSpecs(options.schema).map((spec) => [spec.name, spec]) : []);
  for (const name of described.keys())
    if (!names.includes(name) && options.schema && !(options.schema.columns.find((column) => column.name === name)?.nullable ?? true))
      throw new CatalogInputError(`table ${options.schema.name} needs column "${name}", which the inputs lack`, {
        details: { column: name },
      });
  return found
    .filter((column) => column.name !== '_healpix_29')
    .map((column) => {
      const meta = { ...source.columns.get(column.name), ...described.get(column.name) };
      const { unit, ucd, utype, xtype, description } = meta;
      const texts = Object.fromEntries(Object.entries({ unit, ucd, utype, xtype, description }).filter(([, value]) => value !== undefined));
      return { ...column, ...texts };
    });
}

/** Writes all rows, with their index, in the order of the sky. @returns Rows left out. */
async function sortRows(
  engine: BuildContext['engine'],
  source: SourceRelation,
  previous: readonly string[],
  stage: string,
  options: IngestOptions,
): Promise<number> {
  const marker = `${stage}.dropped`;
  if (existsSync(stage) && existsSync(marker)) return Number(await readFile(marker, 'utf8'));
  const { signal } = options;
  const position = `almagest_healpix29(${quoteName(options.raColumn)}::DOUBLE, ${quoteName(options.decColumn)}::DOUBLE)`;
  const plain = await engine.run(`SELECT * FROM ${source.sql} LIMIT 0`).then(async ({ columns, batches }) => {
    for await (const _batch of batches);
    return columns.some((column) => column.name === '_healpix_29') ? '* EXCLUDE (_healpix_29)' : '*';
  });
  const fresh = `SELECT ${position} AS _healpix_29, ${plain} FROM ${source.sql}`;
  const all = previous.length === 0 ? fresh : `SELECT * FROM ${parquetRelation(previous)} UNION ALL BY NAME (${fresh})`;
  const tie = options.indexColumn === undefined ? '' : `, ${quoteName(options.indexColumn)}`;
  await execute(
    engine,
    `COPY (SELECT * FROM (${all}) ORDER BY _healpix_29 NULLS FIRST${tie}) TO ${quoteText(`${stage}.tmp`)} (FORMAT parquet, CODEC 'zstd', ROW_GROUP_SIZE 50000)`,
    signal,
  );
  const bad = await queryNumber(engine, `SELECT count(*) FROM ${parquetRelation([`${stage}.tmp`])} WHERE _healpix_29 IS NULL`, signal);
  if (bad > 0 && options.badPositions !== 'drop')
    throw new CatalogInputError(
      `${bad} rows have no position on the sky (null, not finite, or beyond a pole); mend them or ask to drop them`,
      { details: { rows: bad } },
    );
  await writeFileAtomic(marker, String(bad), { durable: false });
  await rename(`${stage}.tmp`, stage);
  return bad;
}

function commonProperties({ now }: IngestOptions): BuildContext['properties'] {
  return {
    hats_builder: 'almagest 0.1.0',
    hats_creation_date: `${now.toISOString().slice(0, 16)}UTC`,
    hats_version: HATS_VERSION,
    hats_release_date: '2025-08-22',
  };
}

/** The collection's own files: what belongs together, and how the archive registers it. */
async function writeCollection(context: BuildContext, rows: number): Promise<void> {
  const { options, folder, properties } = context;
  const margin = options.marginArcsec === undefined ? undefined : marginName(options);
  const index = options.indexColumn === undefined ? undefined : indexName(options);
  await writeFileAtomic(
    join(folder, 'collection.properties'),
    formatProperties('HATS Collection', {
      obs_collection: options.name,
      hats_primary_table_url: options.name,
      all_margins: margin,
      default_margin: margin,
      all_indexes: index === undefined ? undefined : `${options.indexColumn} ${index}`,
      default_index: index === undefined ? undefined : options.indexColumn,
      ...properties,
    }),
    { durable: false },
  );
  const record = {
    name: options.name,
    table: options.schema?.name ?? options.name,
    release: options.release ?? null,
    access: options.access ?? 'public',
    rows,
    columns: context.columns,
    provenance: {
      ingested: options.now.toISOString(),
      inputs: options.inputs.map((path) => resolve(path)),
      raColumn: options.raColumn,
      decColumn: options.decColumn,
      maxRows: options.maxRows ?? null,
    },
  };
  await writeFileAtomic(join(folder, 'almagest.json'), `${JSON.stringify(record, undefined, 1)}\n`, { durable: false });
}
