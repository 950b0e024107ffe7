import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { circleDeg } from '@almagest/sphere';
import { columnFromCells, makeTable, type Table, writeCsv, writeFitsTable, writeParquet, writeVotable } from '@almagest/table';
import { createDuckdbEngine, type DuckdbEngine } from '../engine/duckdb-engine.ts';
import { CatalogExistsError, CatalogInputError } from '../errors.ts';
import { catalogRelation, indexedRelation, regionRelation } from '../hats/catalog-relation.ts';
import { openCollection } from '../hats/hats-catalog.ts';
import { verifyCollection } from '../hats/verify-catalog.ts';
import { describeCatalog, listCatalogs } from '../registry/archive.ts';
import { registerHealpix } from './healpix-function.ts';
import { ingestCatalog } from './ingest-catalog.ts';
import type { IngestOptions } from './ingest-options.ts';
import { queryNumber, queryTable } from './sql.ts';
import { beginTransaction, recoverArchive } from './transaction.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-catalogs-'));
let engine: DuckdbEngine;
beforeAll(async () => {
  engine = await createDuckdbEngine({ threads: 2, prepare: registerHealpix });
});
afterAll(async () => {
  await engine.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Rows clustered on the sky, so that tiles of several orders come out. Ids exceed 2^53. */
function sky(rows: number, seed: number, firstId = 0): Table {
  let state = seed;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return ((state >>> 0) + 0.5) / 4294967296;
  };
  const ra: number[] = [];
  const dec: number[] = [];
  for (let i = 0; i < rows; i++) {
    const clustered = random() < 0.7;
    ra.push(clustered ? 150 + 4 * (random() - 0.5) : 360 * random());
    dec.push(clustered ? 2 + 4 * (random() - 0.5) : (Math.asin(2 * random() - 1) * 180) / Math.PI);
  }
  return makeTable([
    columnFromCells(
      { name: 'id', datatype: 'int64', ucd: 'meta.id;meta.main' },
      ra.map((_, i) => 9007199254740993n + BigInt(firstId + i)),
    ),
    columnFromCells({ name: 'ra', datatype: 'float64', unit: 'deg', ucd: 'pos.eq.ra' }, ra),
    columnFromCells({ name: 'dec', datatype: 'float64', unit: 'deg', ucd: 'pos.eq.dec' }, dec),
    columnFromCells(
      { name: 'flux', datatype: 'float32', unit: 'nJy', description: 'Flux of the thing' },
      ra.map(() => (random() < 0.1 ? null : random())),
    ),
    columnFromCells(
      { name: 'band', datatype: 'string' },
      ra.map(() => 'gri'[Math.floor(3 * random())] ?? 'g'),
    ),
  ]);
}

const base = (name: string, inputs: readonly string[], more: Partial<IngestOptions> = {}): IngestOptions => ({
  archive: join(folder, 'archive'),
  name,
  inputs,
  raColumn: 'ra',
  decColumn: 'dec',
  maxRows: 200,
  now: new Date('2026-11-20T00:00:00Z'),
  threads: 2,
  ...more,
});

async function file(name: string, bytes: Uint8Array | Promise<Uint8Array>): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, await bytes);
  return path;
}

test('a catalogue has every row once, in its tile, in order, with units, margin and index that hold', async () => {
  const table = sky(2000, 1);
  const input = await file('a.parquet', writeParquet(table));
  const summary = await ingestCatalog(
    base('a', [input], { marginArcsec: 600, indexColumn: 'id', release: 'r1', access: ['read:a'], kind: 'source' }),
  );
  expect(summary).toMatchObject({ rows: 2000, droppedRows: 0, indexed: 'id' });
  const collection = await openCollection(summary.path);
  expect(new Set(collection.primary.tiles.map((tile) => tile.order)).size).toBeGreaterThan(1);
  expect(await verifyCollection(collection, engine)).toEqual({
    rows: 2000,
    tiles: summary.tiles,
    marginRows: summary.marginRows,
    issues: [],
  });
  const relation = await catalogRelation(collection.primary);
  const same = `SELECT count(*) FROM (SELECT * EXCLUDE (_healpix_29) FROM ${relation} EXCEPT ALL SELECT * FROM read_parquet('${input}'))`;
  expect(await queryNumber(engine, same)).toBe(0);
  const record = await describeCatalog(summary.path);
  expect(record).toMatchObject({ name: 'a', release: 'r1', access: ['read:a'] });
  expect(record.columns.find((column) => column.name === 'flux')).toMatchObject({
    unit: 'nJy',
    description: 'Flux of the thing',
    datatype: 'float32',
  });
  expect(readdirSync(join(folder, 'archive')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('every pair within the margin threshold is found tile by tile', async () => {
  const { primary, margins } = await openCollection(join(folder, 'archive', 'a'));
  const [margin] = margins;
  const degrees = 600 / 3600;
  const near = (a: string, b: string): string =>
    `degrees(2 * asin(sqrt(pow(sin(radians(${b}.dec - ${a}.dec) / 2), 2) + cos(radians(${a}.dec)) * cos(radians(${b}.dec)) * pow(sin(radians(${b}.ra - ${a}.ra) / 2), 2)))) < ${degrees}`;
  const all = await catalogRelation(primary);
  const wanted = await queryNumber(engine, `SELECT count(*) FROM ${all} a, ${all} b WHERE ${near('a', 'b')}`);
  let found = 0;
  for (const tile of primary.tiles) {
    const own = await catalogRelation({ ...primary, tiles: [tile] });
    const around = margin?.tiles.some((other) => other.order === tile.order && other.pixel === tile.pixel)
      ? ` UNION ALL SELECT * FROM ${await catalogRelation({ ...margin, tiles: [tile] })}`
      : '';
    found += await queryNumber(engine, `SELECT count(*) FROM ${own} a, (SELECT * FROM ${own}${around}) b WHERE ${near('a', 'b')}`);
  }
  expect(wanted).toBeGreaterThan(2000);
  expect(found).toBe(wanted);
});

test('scans open only the tiles that a region or an indexed value needs', async () => {
  const collection = await openCollection(join(folder, 'archive', 'a'));
  const region = await regionRelation(collection.primary, circleDeg(150, 2, 0.5));
  const exact =
    'degrees(2 * asin(sqrt(pow(sin(radians(dec - 2) / 2), 2) + cos(radians(dec)) * cos(radians(2)) * pow(sin(radians(ra - 150) / 2), 2)))) <= 0.5';
  expect(await queryNumber(engine, `SELECT count(*) FROM ${region} WHERE ${exact}`)).toBe(
    await queryNumber(engine, `SELECT count(*) FROM ${await catalogRelation(collection.primary)} WHERE ${exact}`),
  );
  expect(region.match(/\.parquet/g)?.length).toBeLessThan(collection.primary.tiles.length / 2);
  const one = await indexedRelation(collection, engine, 'id', [9007199254740993n + 77n]);
  expect(one?.match(/\.parquet/g)).toHaveLength(1);
  expect((await queryTable(engine, `SELECT id FROM ${one}`))?.columns[0]?.data[0]).toBe(9007199254740993n + 77n);
  expect(await queryNumber(engine, `SELECT count(*) FROM ${await indexedRelation(collection, engine, 'id', [5])}`)).toBe(0);
  expect(
    await queryNumber(engine, `SELECT count(*) FROM ${await regionRelation(collection.primary, circleDeg(150, -89.9, 0.0001))}`),
  ).toBeLessThan(200);
});

test('every input format gives the same rows', async () => {
  const table = sky(300, 2);
  const counts: Record<string, number> = {};
  for (const [name, bytes] of Object.entries({
    'b.vot': writeVotable(table, { format: 'BINARY2' }),
    'b.fits': writeFitsTable(table),
    'b.csv': writeCsv(table),
    'b.parquet': writeParquet(table),
  })) {
    const { path } = await ingestCatalog(base(`from-${name.slice(2)}`, [await file(name, bytes)], { indexColumn: 'id' }));
    const { primary } = await openCollection(path);
    counts[name] = await queryNumber(
      engine,
      `SELECT sum(hash(id, round(ra, 9), round("dec", 9), band) % 1000003)::BIGINT FROM ${await catalogRelation(primary)}`,
    );
  }
  expect(new Set(Object.values(counts)).size).toBe(1);
});

test('adding rows gives one catalogue with all of them', async () => {
  const first = await file('c1.parquet', writeParquet(sky(500, 3)));
  const second = await file('c2.parquet', writeParquet(sky(700, 4, 500)));
  await ingestCatalog(base('c', [first], { indexColumn: 'id' }));
  await expect(ingestCatalog(base('c', [second]))).rejects.toThrow(CatalogExistsError);
  const { rows } = await ingestCatalog(base('c', [second], { existing: 'append', indexColumn: 'id' }));
  expect(rows).toBe(1200);
  const collection = await openCollection(join(folder, 'archive', 'c'));
  expect((await verifyCollection(collection, engine)).issues).toEqual([]);
  expect((await listCatalogs(join(folder, 'archive'))).map((record) => record.name)).toContain('c');
});

test('refuses rows without a position unless told to drop them, and leaves nothing behind', async () => {
  const csv = await file('d.csv', new TextEncoder().encode('id,ra,dec\n1,10,20\n2,,20\n3,10,95\n4,nan,1\n'));
  const options = base('d', [csv]);
  await expect(ingestCatalog(options)).rejects.toThrow('3 rows have no position');
  expect(existsSync(join(folder, 'archive', 'd'))).toBe(false);
  expect(readdirSync(options.archive).filter((name) => name.startsWith('.'))).toEqual([]);
  expect(await ingestCatalog({ ...options, badPositions: 'drop' })).toMatchObject({ rows: 1, droppedRows: 3 });
  await expect(ingestCatalog(base('e', [csv], { raColumn: 'RA' }))).rejects.toThrow(CatalogInputError);
  await expect(ingestCatalog(base('../e', [csv]))).rejects.toThrow(CatalogInputError);
  await expect(ingestCatalog(base('e', []))).rejects.toThrow(CatalogInputError);
});

test('an abort leaves nothing', async () => {
  const input = await file('f.parquet', writeParquet(sky(3000, 5)));
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 150);
  await expect(
    ingestCatalog(base('f', [input], { maxRows: 5, highestOrder: 14, marginArcsec: 100, signal: controller.signal })),
  ).rejects.toThrow();
  expect(readdirSync(join(folder, 'archive')).filter((name) => name.startsWith('.') || name === 'f')).toEqual([]);
});

test('a transaction that died before its commit leaves nothing, one that died after it is finished', async () => {
  const archive = join(folder, 'tx');
  const build = async (id: string, text: string): Promise<Awaited<ReturnType<typeof beginTransaction>>> => {
    const transaction = await beginTransaction(archive, id);
    for (const name of ['x', 'y']) {
      const staged = transaction.stage(name);
      mkdirSync(staged, { recursive: true });
      writeFileSync(join(staged, 'data'), text);
    }
    return transaction;
  };
  await (await build('one', 'old')).commit();
  await build('two', 'lost');
  expect(await recoverArchive(archive)).toEqual({ finished: [], removed: ['.work-two'] });
  expect(readFileSync(join(archive, 'x', 'data'), 'utf8')).toBe('old');
  // Dies after the journal is written and the first of two moves is done.
  const third = await build('three', 'new');
  writeFileSync(join(third.folder, 'commit.json'), JSON.stringify({ names: ['x', 'y'] }));
  mkdirSync(join(third.folder, 'old'));
  renameSync(join(archive, 'x'), join(third.folder, 'old', 'x'));
  expect(await recoverArchive(archive)).toEqual({ finished: ['.work-three'], removed: [] });
  expect(['x', 'y'].map((name) => readFileSync(join(archive, name, 'data'), 'utf8'))).toEqual(['new', 'new']);
  expect(readdirSync(archive)).toEqual(['x', 'y']);
});
