import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { columnFromCells, makeTable, writeParquet } from '@almagest/table';
import { combinedFooter, readFooter } from '../hats/parquet-footers.ts';
import type { PlannedTile } from '../hats/plan-tiles.ts';
import { tileRange } from '../hats/properties.ts';
import { indexName } from './ingest-options.ts';
import { execute, parquetRelation, queryNumber, quoteName, quoteText } from './sql.ts';
import { type BuildContext, put, writeProperties } from './write-primary.ts';

/** Rows of one file of the index: a look-up reads the footer of one, so that files must not grow long. */
const PART_ROWS = 1_000_000;

/** A look-up reads one row group. */
const ROW_GROUP_ROWS = 20_480;

/** Writes the index of a column: for each of its values the place and the tile that holds it, in the order of the values. */
export async function writeIndex(context: BuildContext, tiles: readonly PlannedTile[], column: string): Promise<void> {
  const { engine, options, stage } = context;
  const folder = join(context.folder, indexName(options));
  const dataset = join(folder, 'dataset');
  await mkdir(join(dataset, 'index'), { recursive: true });
  const tilesPath = join(context.folder, '..', '..', 'tiles.parquet');
  await put(
    tilesPath,
    await writeParquet(
      makeTable([
        columnFromCells(
          { name: 'first', datatype: 'int64' },
          tiles.map((tile) => tileRange(tile)[0]),
        ),
        columnFromCells(
          { name: 'Norder', datatype: 'uint8' },
          tiles.map((tile) => tile.order),
        ),
        columnFromCells(
          { name: 'Npix', datatype: 'int64' },
          tiles.map((tile) => BigInt(tile.pixel)),
        ),
      ]),
    ),
  );
  const name = quoteName(column);
  const whole = join(context.folder, '..', '..', 'index-rows.parquet');
  await execute(
    engine,
    `COPY (SELECT DISTINCT s._healpix_29, t."Norder"::UTINYINT AS "Norder", t."Npix"::UBIGINT AS "Npix", s.${name} FROM ${parquetRelation([stage])} s ASOF JOIN ${parquetRelation([tilesPath])} t ON s._healpix_29 >= t.first
      WHERE s.${name} IS NOT NULL ORDER BY s.${name}, 1) TO ${quoteText(whole)} (FORMAT parquet, PARQUET_VERSION V2, CODEC 'zstd', ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
    options.signal,
  );
  const rows = await queryNumber(engine, `SELECT count(*) FROM ${parquetRelation([whole])}`, options.signal);
  const parts: string[] = [];
  for (let part = 0; part === 0 || part * PART_ROWS < rows; part++) {
    const path = join('index', `part.${part}.parquet`);
    parts.push(path);
    const limits = rows > PART_ROWS ? ` LIMIT ${PART_ROWS} OFFSET ${part * PART_ROWS}` : '';
    await execute(
      engine,
      `COPY (SELECT * FROM ${parquetRelation([whole])}${limits}) TO ${quoteText(join(dataset, path))} (FORMAT parquet, PARQUET_VERSION V2, CODEC 'zstd', ROW_GROUP_SIZE ${ROW_GROUP_ROWS})`,
      options.signal,
    );
  }
  const footers = await Promise.all(parts.map(async (path) => ({ path, footer: await readFooter(join(dataset, path)) })));
  await put(join(dataset, '_metadata'), combinedFooter(footers, { rowGroups: true }));
  await put(join(dataset, '_common_metadata'), combinedFooter(footers.slice(0, 1), { rowGroups: false }));
  await writeProperties(context, folder, undefined, {
    obs_collection: indexName(options),
    dataproduct_type: 'index',
    hats_nrows: rows,
    hats_primary_table_url: options.name,
    hats_index_column: column,
    hats_npix_suffix: '.parquet',
  });
}
