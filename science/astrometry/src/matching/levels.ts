import type { ReferenceCatalogue } from '../reference/catalogue.ts';

/** Brightest stars per image area that make up each level: sparse ones find wide figures, dense ones survive gaps and spurious sources. */
export const LEVELS: readonly number[] = [12, 24, 48, 96, 192];

/** Source rows of each level: the brightest n, while there are more than the level before had. */
export function chooseSourceLevels(byBrightness: readonly number[]): number[][] {
  const levels: number[][] = [];
  for (const n of LEVELS) {
    if (levels.length > 0 && byBrightness.length <= (levels.at(-1) as number[]).length) break;
    levels.push(byBrightness.slice(0, n));
  }
  return levels;
}

/**
 * Reference rows of each level: the brightest in each cell of the sky, so that every image-sized area has about the same number.
 *
 * @param rows - Candidates, brightest first.
 * @param imageArea - [sr]
 */
export function chooseReferenceLevels(catalogue: ReferenceCatalogue, rows: readonly number[], imageArea: number): number[][] {
  const cell = Math.sqrt(imageArea) / 2;
  const rank = new Map<number, number>();
  const place = new Int32Array(rows.length);
  const cells = new Map<number, number>();
  for (const [k, row] of rows.entries()) {
    const band = Math.floor((catalogue.dec[row] + Math.PI / 2) / cell);
    const circumference = 2 * Math.PI * Math.max(Math.cos((band + 0.5) * cell - Math.PI / 2), 1e-9);
    const columns = Math.max(1, Math.round(circumference / cell));
    const column = Math.floor((catalogue.ra[row] / (2 * Math.PI)) * columns) % columns;
    const key = band * 1e7 + column;
    const before = rank.get(key) ?? 0;
    rank.set(key, before + 1);
    cells.set(key, 1);
    place[k] = before;
  }
  // A cell is a quarter of the image; the limit rounds up, so that sparse levels keep a star in each cell.
  return LEVELS.map((n) => rows.filter((_, k) => place[k] < Math.ceil(n / 4)));
}
