/** Integer pixel box [x, y, width, height]: half-open, (0, 0) is the first pixel. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Makes a box from its lowest pixel and its sides. */
export function makeBox(x: number, y: number, width: number, height: number): Box {
  return { x, y, width, height };
}

/** Says whether every pixel of `inner` is in `outer`. */
export function boxContains(outer: Box, inner: Box): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

/** Says whether two boxes share a pixel. */
export function boxesOverlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** Number of pixels. */
export function boxArea(box: Box): number {
  return box.width * box.height;
}

/** A FITS section such as `[1:2048,4096:1]`: the box, and whether an axis runs backwards. */
export interface FitsSection {
  readonly box: Box;
  readonly flipX: boolean;
  readonly flipY: boolean;
}

/** Reads a FITS section (one-based, inclusive); undefined where the text is none. */
export function parseFitsSection(source: string): FitsSection | undefined {
  const match = /^\s*\[\s*(\d+)\s*:\s*(\d+)\s*,\s*(\d+)\s*:\s*(\d+)\s*\]\s*$/.exec(source);
  if (!match) return undefined;
  const [x1 = 0, x2 = 0, y1 = 0, y2 = 0] = match.slice(1).map(Number);
  if (x1 === 0 || x2 === 0 || y1 === 0 || y2 === 0) return undefined;
  const box = makeBox(Math.min(x1, x2) - 1, Math.min(y1, y2) - 1, Math.abs(x2 - x1) + 1, Math.abs(y2 - y1) + 1);
  return { box, flipX: x2 < x1, flipY: y2 < y1 };
}

/** Writes a FITS section (one-based, inclusive). */
export function formatFitsSection({ box, flipX, flipY }: FitsSection): string {
  const axis = (start: number, length: number, flip: boolean): string =>
    flip ? `${start + length}:${start + 1}` : `${start + 1}:${start + length}`;
  return `[${axis(box.x, box.width, flipX)},${axis(box.y, box.height, flipY)}]`;
}
