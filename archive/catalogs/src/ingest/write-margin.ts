import { columnFromCells, makeTable, writeParquet } from '@almagest/table';
import { join } from 'node:path';
import { marginCells, tileMarginOrder } from '../hats/margin-cells.ts';
import type { PlannedTile } from '../hats/plan-tiles.ts';
import { tileRange } from '../hats/properties.ts';
import { marginName } from './ingest-options.ts';
import { execute, parquetRelation, queryNumber, queryTable, quoteText } from './sql.ts';
import { type BuildContext, describeDataset, put, withIndex, writeProperties, writeTile } from './write-primary.ts';

/**
 * Writes the margin cache: for each tile the rows of other tiles within the threshold of it, and some just beyond.
 *
 * One pass for each order of tiles joins all rows with the pixels around them; then each tile's share is written.
 *
 * @returns Rows of the cache.
 */
export async function writeMargin(context: BuildContext, tiles: readonly PlannedTile[], thresholdArcsec: number): Promise<number> {
  const { engine, options, stage } = context;
  const folder = join(context.folder, marginName(options));
  const cells: bigint[] = [];
  const owners: number[] = [];
  const orders: number[] = [];
  for (const [i, tile] of tiles.entries()) {
    const order = tileMarginOrder(tile, thresholdArcsec);
    for (const cell of marginCells(tile, order)) {
      cells.push(BigInt(cell));
      owners.push(i);
      orders.push(order);
    }
  }
  const cellsPath = join(context.folder, '..', '..', 'margin-cells.parquet');
  await put(
    cellsPath,
    await writeParquet(
      makeTable([
        columnFromCells({ name: '_margin_cell', datatype: 'int64' }, cells),
        columnFromCells({ name: '_margin_tile', datatype: 'int32' }, owners),
        columnFromCells({ name: '_margin_order', datatype: 'int32' }, orders),
        columnFromCells(
          { name: '_margin_first', datatype: 'int64' },
          owners.map((i) => tileRange(tiles[i] as PlannedTile)[0]),
        ),
        columnFromCells(
          { name: '_margin_end', datatype: 'int64' },
          owners.map((i) => tileRange(tiles[i] as PlannedTile)[1]),
        ),
      ]),
    ),
  );
  const shares = join(context.folder, '..', '..', 'margin-rows.parquet');
  const joins = [...new Set(orders)].map(
    (
      order,
    ) => `SELECT c._margin_tile, s.* FROM ${parquetRelation([stage])} s JOIN (SELECT * FROM ${parquetRelation([cellsPath])} WHERE _margin_order = ${order}) c
      ON (s._healpix_29 >> ${2 * (29 - order)}) = c._margin_cell WHERE NOT (s._healpix_29 >= c._margin_first AND s._healpix_29 < c._margin_end)`,
  );
  await execute(
    engine,
    `COPY (SELECT * FROM (${joins.join(' UNION ALL ')}) ORDER BY _margin_tile, _healpix_29) TO ${quoteText(shares)} (FORMAT parquet, CODEC 'zstd', ROW_GROUP_SIZE 20000)`,
    options.signal,
  );
  const found = await queryTable(engine, `SELECT DISTINCT _margin_tile FROM ${parquetRelation([shares])} ORDER BY 1`, options.signal);
  const withRows = Array.from((found?.columns[0]?.data ?? []) as ArrayLike<number>, (i) => ({ tile: tiles[i] as PlannedTile, i }));
  const columns = withIndex(context.columns);
  for (const { tile, i } of withRows)
    await writeTile(
      context,
      folder,
      tile,
      `SELECT * EXCLUDE (_margin_tile) FROM ${parquetRelation([shares])} WHERE _margin_tile = ${i} ORDER BY _healpix_29`,
      columns,
    );
  const kept = withRows.map(({ tile }) => tile);
  if (kept.length > 0) await describeDataset(folder, kept);
  const rows = await queryNumber(engine, `SELECT count(*) FROM ${parquetRelation([shares])}`, options.signal);
  await writeProperties(context, folder, kept, {
    obs_collection: marginName(options),
    dataproduct_type: 'margin',
    hats_nrows: rows,
    hats_col_ra: options.raColumn,
    hats_col_dec: options.decColumn,
    hats_col_healpix: '_healpix_29',
    hats_col_healpix_order: 29,
    hats_npix_suffix: '.parquet',
    hats_primary_table_url: options.name,
    hats_margin_threshold: thresholdArcsec,
    hats_order: kept.length > 0 ? Math.max(...kept.map((tile) => tile.order)) : 0,
    moc_sky_fraction: kept.reduce((sum, tile) => sum + 1 / (12 * 4 ** tile.order), 0).toFixed(5),
  });
  return rows;
}
