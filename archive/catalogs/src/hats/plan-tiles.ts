import { type HatsTile, sortTiles } from './properties.ts';

export interface TilePlanOptions {
  /** Order that the counts are at, and the finest a tile may have. */
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
 * Chooses tiles so that each holds at most `maxRows` rows where the finest order allows it, and none more is split than needed.
 *
 * @param counts - Rows by nested pixel at `highestOrder`.
 * @returns Tiles that hold rows, in the order of the sky; they do not overlap and cover all counts.
 */
export function planTiles(counts: ReadonlyMap<number, number>, options: TilePlanOptions): PlannedTile[] {
  const { highestOrder, lowestOrder, maxRows } = options;
  const levels: Map<number, number>[] = [];
  levels[highestOrder] = new Map(counts);
  for (let order = highestOrder - 1; order >= lowestOrder; order--) {
    const level = new Map<number, number>();
    for (const [pixel, rows] of levels[order + 1] ?? []) {
      const parent = Math.floor(pixel / 4);
      level.set(parent, (level.get(parent) ?? 0) + rows);
    }
    levels[order] = level;
  }
  const tiles: PlannedTile[] = [];
  const visit = (order: number, pixel: number): void => {
    const rows = levels[order]?.get(pixel) ?? 0;
    if (rows === 0) return;
    if (rows <= maxRows || order === highestOrder) tiles.push({ order, pixel, rows });
    else for (let child = 0; child < 4; child++) visit(order + 1, pixel * 4 + child);
  };
  for (const pixel of levels[lowestOrder]?.keys() ?? []) visit(lowestOrder, pixel);
  const rowsOf = new Map(tiles.map((tile) => [`${tile.order}/${tile.pixel}`, tile.rows]));
  return sortTiles(tiles).map((tile) => ({ ...tile, rows: rowsOf.get(`${tile.order}/${tile.pixel}`) ?? 0 }));
}
