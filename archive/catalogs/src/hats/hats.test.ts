import { dataPath, haveData } from '@almagest/test-data';
import { lonLatToNest, nestNeighbours } from '@almagest/sphere';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDuckdbEngine, type DuckdbEngine } from '../engine/duckdb-engine.ts';
import { CatalogDamagedError, CatalogNotFoundError } from '../errors.ts';
import { registerHealpix } from '../ingest/healpix-function.ts';
import { queryNumber } from '../ingest/sql.ts';
import { catalogRelation } from './catalog-relation.ts';
import { catalogColumns, openCatalog, openCollection } from './hats-catalog.ts';
import { marginCells, marginOrder } from './margin-cells.ts';
import { type CountRows, planTiles } from './plan-tiles.ts';
import { formatProperties, parseProperties, tilePath, tileRange } from './properties.ts';
import { verifyCollection } from './verify-catalog.ts';

let engine: DuckdbEngine;
beforeAll(async () => {
  engine = await createDuckdbEngine({ threads: 2, prepare: registerHealpix });
});
afterAll(() => engine.close());

test('tiles hold at most maxRows, cover all counts once, and are as coarse as that allows (seeds 1 to 50)', async () => {
  for (let seed = 1; seed <= 50; seed++) {
    let state = seed;
    const random = (): number => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296;
    const highestOrder = 1 + Math.floor(random() * 5);
    const counts = new Map<number, number>();
    for (let i = 0; i < 60; i++) counts.set(Math.floor(random() ** 2 * 12 * 4 ** highestOrder), 1 + Math.floor(random() * 50));
    const maxRows = 30 + Math.floor(random() * 200);
    const countRows: CountRows = (order, parents) => {
      const level = new Map<number, number>();
      for (const [pixel, rows] of counts) {
        const at = Math.floor(pixel / 4 ** (highestOrder - order));
        if (parents === undefined || parents.includes(Math.floor(at / 4))) level.set(at, (level.get(at) ?? 0) + rows);
      }
      return Promise.resolve(level);
    };
    const tiles = await planTiles(countRows, { lowestOrder: 0, highestOrder, maxRows });
    const total = [...counts.values()].reduce((a, b) => a + b, 0);
    expect(tiles.reduce((sum, tile) => sum + tile.rows, 0)).toBe(total);
    let reached = 0n;
    for (const tile of tiles) {
      const [first, end] = tileRange(tile);
      expect(first >= reached).toBe(true);
      reached = end;
      if (tile.rows > maxRows) expect(tile.order).toBe(highestOrder);
      if (tile.order > 0) {
        const parent = { order: tile.order - 1, pixel: Math.floor(tile.pixel / 4) };
        const [a, b] = tileRange(parent);
        const inParent = tiles.filter((other) => tileRange(other)[0] >= a && tileRange(other)[1] <= b);
        expect(inParent.reduce((sum, other) => sum + other.rows, 0)).toBeGreaterThan(maxRows);
      }
    }
  }
});

test('the pixels of the margin order are wider than the threshold everywhere', () => {
  // Positions a threshold away from random positions lie in the same pixel or a neighbour of it.
  let state = 7;
  const random = (): number => ((state = (Math.imul(state, 1664525) + 1013904223) | 0) >>> 0) / 4294967296;
  for (const thresholdArcsec of [1, 10, 500, 7200, 100_000]) {
    const order = marginOrder(thresholdArcsec);
    const distance = (thresholdArcsec / 3600 / 180) * Math.PI;
    for (let i = 0; i < 3000; i++) {
      const lon = 2 * Math.PI * random();
      const lat = i % 3 === 0 ? (Math.PI / 2) * (1 - random() ** 4 * 0.4) * (random() < 0.5 ? 1 : -1) : Math.asin(2 * random() - 1);
      const angle = 2 * Math.PI * random();
      const lat2 = Math.asin(Math.sin(lat) * Math.cos(distance) + Math.cos(lat) * Math.sin(distance) * Math.cos(angle));
      const lon2 =
        lon + Math.atan2(Math.sin(angle) * Math.sin(distance) * Math.cos(lat), Math.cos(distance) - Math.sin(lat) * Math.sin(lat2));
      const pixel = lonLatToNest(order, lon, lat);
      const other = lonLatToNest(order, lon2, lat2);
      expect(pixel === other || nestNeighbours(order, pixel).includes(other), `${thresholdArcsec} ${lon} ${lat}`).toBe(true);
    }
  }
});

test('margin cells surround a tile and are not in it', () => {
  const tile = { order: 3, pixel: 100 };
  const cells = marginCells(tile, 6);
  expect(cells).toHaveLength(4 * 8 + 4);
  for (const cell of cells) expect(Math.floor(cell / 64)).not.toBe(100);
  expect(marginCells(tile, 2)).toContain(25);
});

test('properties keep keys and values; paths follow the layout', () => {
  const text = formatProperties('HATS catalog', { a: 'x=y', b: 3, c: undefined });
  expect(parseProperties(text)).toEqual({ a: 'x=y', b: '3' });
  expect(tilePath({ order: 5, pixel: 12_345 })).toBe('Norder=5/Dir=10000/Npix=12345.parquet');
});

test.skipIf(!haveData)('reads catalogues of other makers: rows, tiles, columns, margins, indexes', async () => {
  const collection = await openCollection(dataPath('hats', 'small_sky_o1_collection'));
  expect(collection).toMatchObject({ name: 'small_sky_o1_collection' });
  expect(collection.primary.tiles.map((tile) => tile.pixel)).toEqual([44, 45, 46, 47]);
  expect(collection.margins.map((margin) => [margin.name, margin.nrows])).toEqual([
    ['small_sky_order1_margin', 47],
    ['small_sky_order1_margin_10arcs', 0],
  ]);
  expect([...collection.indexes.keys()]).toEqual(['id']);
  expect(await queryNumber(engine, `SELECT count(*) FROM ${await catalogRelation(collection.primary)}`)).toBe(131);
  const source = await openCatalog(dataPath('hats', 'small_sky_source'));
  expect(await queryNumber(engine, `SELECT count(*) FROM ${await catalogRelation(source)}`)).toBe(17_161);
  expect((await catalogColumns(source)).map((column) => column.name)).toContain('source_ra');
});

test.skipIf(!haveData)('their files pass verification: index, position, order and counts agree', async () => {
  for (const name of ['small_sky_o1_collection', 'small_sky_source', 'small_sky']) {
    const { issues } = await verifyCollection(await openCollection(dataPath('hats', name)), engine);
    expect(issues, name).toEqual([]);
  }
});

test('says what is no catalogue', async () => {
  await expect(openCollection('/nonexistent')).rejects.toThrow(CatalogNotFoundError);
  expect(new CatalogDamagedError('x').fault).toBe('data');
});
