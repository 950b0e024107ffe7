import { type HatsTile, sortTiles, tileRange } from './properties.ts';

export interface TilePlanOptions {
  /** Finest order of a tile. */
  readonly highestOrder: number;
  /** Coarsest order of a tile. */
  readonly lowestOrder: number;
  /** A tile is split while it holds more rows. */
  readonly maxRows: number;
}

export interface PlannedTile extends HatsTile {
  readonly rows: number;
}

/**
 * Counts rows by nested pixel of an order.
 *
 * @param parents - Pixels of the order above that matter; all rows where it is undefined.
 */
export type CountRows = (order: number, parents: readonly number[] | undefined) => Promise<ReadonlyMap<number, number>>;

/**
 * Chooses tiles so that each holds at most `maxRows` rows where the finest order allows it, and none more is split than needed.
 *
 * Goes down order by order and counts only inside tiles that are too full, so that the counts in memory stay few.
 *
 * @returns Tiles that hold rows, in the order of the sky; they do not overlap and cover all rows.
 */
export async function planTiles(countRows: CountRows, options: TilePlanOptions): Promise<PlannedTile[]> {
  const { highestOrder, lowestOrder, maxRows } = options;
  const tiles: PlannedTile[] = [];
  let parents: readonly number[] | undefined;
  for (let order = lowestOrder; order <= highestOrder; order++) {
    const full: number[] = [];
    for (const [pixel, rows] of await countRows(order, parents)) {
      if (rows === 0) continue;
      if (rows <= maxRows || order === highestOrder) tiles.push({ order, pixel, rows });
      else full.push(pixel);
    }
    if (full.length === 0) break;
    parents = full;
  }
  const rowsOf = new Map(tiles.map((tile) => [tileRange(tile)[0], tile.rows]));
  return sortTiles(tiles).map((tile) => ({ ...tile, rows: rowsOf.get(tileRange(tile)[0]) ?? 0 }));
}
