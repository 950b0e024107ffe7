/** The tables of the generated queries on DuckDB: plain, and the stars as a HATS catalogue of many tiles. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogRelation, createDuckdbEngine, indexedRelation, ingestCatalog, openCollection } from '@almagest/catalogs';
import {
  convexHull,
  DEGREE,
  healpixCover,
  intersectionOf,
  lonInterval,
  makeBox,
  makeCircle,
  type Region,
  unitFromLonLat,
} from '@almagest/sphere';
import { duckdbDialect, printSql, quoteName, type SkyConstraint, type SqlSource, type SqlStatement } from '../src/index.ts';
import { DDL, makeRows, plain, type Row } from './generated-queries.ts';

export interface HatsTables {
  /** Over unpartitioned tables in memory. */
  runPlain(statement: SqlStatement): Promise<Row[]>;
  /** Over HATS, of which only the tiles and rows are read that the query may need. */
  runHats(statement: SqlStatement): Promise<Row[]>;
  /** Tables of which something was left out so far. */
  pruned(): number;
  readonly tiles: number;
  close(): Promise<void>;
}

export async function openHatsTables(): Promise<HatsTables> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-adql-hats-'));
  const engine = await createDuckdbEngine({ threads: 2 });
  const connection = await engine.instance.connect();
  const rowsOf = async (sql: string): Promise<Row[]> =>
    ((await connection.runAndReadAll(sql)).getRows() as unknown[][]).map((row) => row.map(plain));
  for (const sql of [...DDL, ...makeRows()]) await rowsOf(sql.replaceAll('DOUBLE PRECISION', 'DOUBLE'));
  const input = join(folder, 'stars.parquet');
  await rowsOf(`COPY stars TO '${input}' (FORMAT parquet)`);
  const { path } = await ingestCatalog({
    archive: join(folder, 'archive'),
    name: 'stars',
    inputs: [input],
    raColumn: 'ra',
    decColumn: 'dec',
    indexColumn: 'id',
    maxRows: 20,
    now: new Date(0),
  });
  const collection = await openCollection(path);
  let pruned = 0;
  const relationOf = async ({ table, keys, sky }: SqlSource): Promise<string> => {
    if (table.name !== 'stars') return quoteName(table.name);
    if (keys) {
      pruned++;
      return (await indexedRelation(collection, engine, 'id', keys.map(BigInt)))!;
    }
    if (sky.length === 0) return await catalogRelation(collection.primary);
    pruned++;
    return await catalogRelation(collection.primary, { ranges: healpixCover(intersectionOf(...sky.map(regionOf)), { maxRanges: 12 }) });
  };
  return {
    runPlain: (statement) =>
      rowsOf(
        printSql(
          statement,
          duckdbDialect(({ table }) => quoteName(table.name)),
        ),
      ),
    runHats: async (statement) => {
      const relations = new Map<SqlSource, string>();
      printSql(
        statement,
        duckdbDialect((source) => {
          relations.set(source, '');
          return '';
        }),
      );
      for (const source of relations.keys()) relations.set(source, await relationOf(source));
      return await rowsOf(
        printSql(
          statement,
          duckdbDialect((source) => relations.get(source) ?? ''),
        ),
      );
    },
    pruned: () => pruned,
    tiles: collection.primary.tiles.length,
    close: async () => {
      connection.closeSync();
      await engine.close();
      rmSync(folder, { recursive: true });
    },
  };
}

function regionOf(constraint: SkyConstraint): Region {
  const at = (lon: number, lat: number) => unitFromLonLat({ lon: lon * DEGREE, lat: lat * DEGREE });
  if (constraint.kind === 'circle') return makeCircle(at(constraint.lon, constraint.lat), constraint.radius * DEGREE);
  if (constraint.kind === 'polygon') return convexHull(constraint.vertices.map(([lon, lat]) => at(lon, lat)));
  const { lonMin, lonMax, latMin, latMax } = constraint;
  return makeBox(lonInterval(lonMin * DEGREE, lonMax * DEGREE), { a: latMin * DEGREE, b: latMax * DEGREE });
}
