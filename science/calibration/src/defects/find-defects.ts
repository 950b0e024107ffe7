import type { Box } from '@almagest/instrument';
import { median as medianOf } from '@almagest/numerics';

export interface DefectOptions {
  /** Bias-subtracted dark above this is hot [electron/s]; default 5. */
  readonly hotPerSec?: number;
  /** Flat below this part of its surroundings is dead; default 0.8. */
  readonly deadBelow?: number;
  /** Flat above this part of its surroundings is wrong too; default 1.2. */
  readonly brightAbove?: number;
  /** A column with at least this many defects, none further from the next than `columnGap`, is bad over their whole span; default 50 and 30. */
  readonly columnCount?: number;
  readonly columnGap?: number;
}

/** Half side of the surroundings that a flat is compared with [pixel]. */
const NEIGHBOURHOOD = 7;

/**
 * Bad pixels of a detector from its combined dark and flat.
 *
 * @param dark - [electron/s], row-major; undefined where there is none. @param flat - Relative response.
 * @returns Boxes, one above the other in columns joined.
 */
export function findDefects(
  {
    width,
    height,
    dark,
    flat,
  }: { readonly width: number; readonly height: number; readonly dark?: Float32Array; readonly flat?: Float32Array },
  options: DefectOptions = {},
): Box[] {
  const { hotPerSec = 5, deadBelow = 0.8, brightAbove = 1.2, columnCount = 50, columnGap = 30 } = options;
  const bad = new Uint8Array(width * height);
  if (dark) {
    const level = medianOf(dark);
    for (let k = 0; k < bad.length; k++) if (!(dark[k] - level <= hotPerSec)) bad[k] = 1;
  }
  if (flat) markFlat(flat, width, height, { deadBelow, brightAbove, bad });
  const boxes: Box[] = [];
  for (let x = 0; x < width; x++)
    for (const [y0, y1] of spansOf(bad, x, width, height, columnCount, columnGap)) boxes.push({ x, y: y0, width: 1, height: y1 - y0 });
  return boxes;
}

function markFlat(
  flat: Float32Array,
  width: number,
  height: number,
  { deadBelow, brightAbove, bad }: { deadBelow: number; brightAbove: number; bad: Uint8Array },
): void {
  const window: number[] = [];
  // The response varies slowly, so one median serves a block; single pixels stand out against it.
  const block = NEIGHBOURHOOD * 2 + 1;
  for (let by = 0; by < height; by += block)
    for (let bx = 0; bx < width; bx += block) {
      window.length = 0;
      for (let y = by; y < Math.min(height, by + block); y++)
        for (let x = bx; x < Math.min(width, bx + block); x++) window.push(flat[y * width + x]);
      const level = medianOf(Float64Array.from(window));
      for (let y = by; y < Math.min(height, by + block); y++)
        for (let x = bx; x < Math.min(width, bx + block); x++) {
          const ratio = flat[y * width + x] / level;
          if (!(ratio >= deadBelow && ratio <= brightAbove)) bad[y * width + x] = 1;
        }
    }
}

// prettier-ignore
function spansOf(bad: Uint8Array, x: number, width: number, height: number, columnCount: number, columnGap: number): [number, number][] {
  const rows: number[] = [];
  for (let y = 0; y < height; y++) if (bad[y * width + x]) rows.push(y);
  const groups: number[][] = [];
  for (const y of rows) {
    const last = groups.at(-1);
    if (last && y - (last.at(-1) ?? 0) <= columnGap) last.push(y);
    else groups.push([y]);
  }
  return groups.flatMap((group) => (group.length >= columnCount ? [[group[0], (group.at(-1) ?? 0) + 1] as [number, number]] : runsOf(group)));
}

function runsOf(rows: readonly number[]): [number, number][] {
  const runs: [number, number][] = [];
  for (const y of rows) {
    const last = runs.at(-1);
    if (last && last[1] === y) last[1] = y + 1;
    else runs.push([y, y + 1]);
  }
  return runs;
}
