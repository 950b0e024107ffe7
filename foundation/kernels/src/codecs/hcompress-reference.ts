/**
 * HCOMPRESS in exact integers of any size: the readable definition beside the fast one. For small tiles only.
 *
 * The H-transform replaces each 2 x 2 block by its sum h0 and differences hx, hy, hc, and goes on with the sums; low bits that the
 * finer coefficients imply are dropped. Magnitudes are then coded bit plane by bit plane as quadtrees, signs behind them.
 *
 * @see R. L. White, Space Telescope Science Institute (1992); FITS standard 4.0, section 10.4.4.
 */
export interface ReferenceTile {
  readonly width: number;
  readonly height: number;
}

/** Four-bit nodes of the quadtree as bit strings. */
const CODES = [
  '111110',
  '000',
  '001',
  '1000',
  '010',
  '1001',
  '11010',
  '11011',
  '011',
  '11100',
  '1010',
  '11101',
  '1011',
  '11110',
  '111111',
  '1100',
] as const;

/** Encodes without loss. */
export function hcompressEncodeReference(pixels: Int32Array, { width, height }: ReferenceTile): Uint8Array {
  const grid = Array.from({ length: height }, (_unused, y) => Array.from(pixels.subarray(y * width, (y + 1) * width), BigInt));
  transform(grid);
  const sum = grid[0][0];
  grid[0][0] = 0n;
  const signs = grid.flat().flatMap((value) => (value === 0n ? [] : [value < 0n ? '1' : '0']));
  const quadrants = split(grid.map((row) => row.map((value) => (value < 0n ? -value : value))));
  const planes = quadrants.map((quadrant) =>
    quadrant
      .flat()
      .reduce((most, value) => (value > most ? value : most), 0n)
      .toString(2),
  );
  const depth = planes.map((text) => (text === '0' ? 0 : text.length));
  const counts = [depth[0], Math.max(depth[1], depth[2]), depth[3]];
  let bits = '';
  quadrants.forEach((quadrant, i) => {
    for (let bit = counts[[0, 1, 1, 2][i]] - 1; bit >= 0; bit--) bits += encodePlane(quadrant, BigInt(bit));
  });
  const header = new DataView(new ArrayBuffer(25));
  header.setUint16(0, 0xdd99);
  header.setInt32(2, height);
  header.setInt32(6, width);
  header.setInt32(10, 0);
  header.setBigInt64(14, sum);
  counts.forEach((count, i) => header.setUint8(22 + i, count));
  return Uint8Array.from([...new Uint8Array(header.buffer), ...toBytes(`${bits}0000`), ...toBytes(signs.join(''))]);
}

/** The H-transform in place: coefficients of each step end up in the quarters of what the step before left. */
function transform(grid: bigint[][]): void {
  let [top, side] = [grid.length, grid[0].length];
  let unit = 1n;
  for (let step = 0; top > 1 || side > 1; step++) {
    const sums: bigint[][] = [];
    for (let y = 0; y < top; y += 2) {
      const [upper, lower] = [[] as bigint[], [] as bigint[]];
      for (let x = 0; x < side; x += 2) {
        const [down, right] = [y + 1 < top, x + 1 < side];
        const p00 = grid[y][x];
        // A missing neighbour is a copy of the one there is, so that differences across the edge vanish.
        const p01 = right ? grid[y][x + 1] : p00;
        const p10 = down ? grid[y + 1][x] : p00;
        const p11 = down ? (right ? grid[y + 1][x + 1] : p10) : p01;
        const half = (value: bigint): bigint => (step === 0 ? value : value / 2n);
        upper[x] = roundSum(half(p11 + p10 + p01 + p00), 4n * unit);
        if (right) upper[x + 1] = roundAway(half(p11 - p10 + p01 - p00), 2n * unit);
        if (down) lower[x] = roundAway(half(p11 + p10 - p01 - p00), 2n * unit);
        if (down && right) lower[x + 1] = half(p11 - p10 - p01 + p00);
      }
      sums.push(upper);
      if (y + 1 < top) sums.push(lower);
    }
    const order = (n: number): number[] => [
      ...Array.from({ length: (n + 1) >> 1 }, (_unused, i) => 2 * i),
      ...Array.from({ length: n >> 1 }, (_unused, i) => 2 * i + 1),
    ];
    order(top).forEach((from, to) => {
      order(side).forEach((column, x) => {
        grid[to][x] = sums[from][column];
      });
    });
    [top, side] = [(top + 1) >> 1, (side + 1) >> 1];
    unit *= 2n;
  }
}

/** Nearest multiple, halves away from zero for positive and toward zero for negative sums. */
function roundSum(value: bigint, multiple: bigint): bigint {
  const shifted = value + (value >= 0n ? multiple / 2n : multiple / 2n - 1n);
  return floorTo(shifted, multiple);
}

function roundAway(value: bigint, multiple: bigint): bigint {
  return floorTo(value >= 0n ? value + multiple / 2n : value, multiple);
}

function floorTo(value: bigint, multiple: bigint): bigint {
  return value - (((value % multiple) + multiple) % multiple);
}

/** Quarters of the coefficients: sums first, then differences along x, along y, and both. */
function split(grid: readonly (readonly bigint[])[]): bigint[][][] {
  const [rows, columns] = [(grid.length + 1) >> 1, (grid[0].length + 1) >> 1];
  const part = (y0: number, y1: number, x0: number, x1?: number): bigint[][] => grid.slice(y0, y1).map((row) => row.slice(x0, x1));
  return [part(0, rows, 0, columns), part(0, rows, columns), part(rows, grid.length, 0, columns), part(rows, grid.length, columns)];
}

function encodePlane(quadrant: readonly (readonly bigint[])[], bit: bigint): string {
  const [height, width] = [quadrant.length, quadrant[0]?.length ?? 0];
  if (height === 0 || width === 0) return '0000';
  const levels = [nodesOf(quadrant.map((row) => row.map((value) => ((value >> bit) & 1n) === 1n)))];
  while (levels[0].length > 1 || levels[0][0].length > 1) levels.unshift(nodesOf(levels[0].map((row) => row.map((node) => node !== 0))));
  const direct = levels.at(-1)?.flat() ?? [];
  const tree = levels
    .map((level, depth) =>
      depth === 0
        ? CODES[level[0][0]]
        : level
            .flat()
            .toReversed()
            .map((node) => (node === 0 ? '' : CODES[node]))
            .join(''),
    )
    .join('');
  return tree.length < 4 * direct.length ? `1111${tree}` : `0000${direct.map((node) => node.toString(2).padStart(4, '0')).join('')}`;
}

/** Which of the four cells below each node are set. */
function nodesOf(cells: readonly (readonly boolean[])[]): number[][] {
  const at = (y: number, x: number): number => (cells[y]?.[x] ? 1 : 0);
  return Array.from({ length: (cells.length + 1) >> 1 }, (_row, y) =>
    Array.from(
      { length: (cells[0].length + 1) >> 1 },
      (_node, x) => 8 * at(2 * y, 2 * x) + 4 * at(2 * y, 2 * x + 1) + 2 * at(2 * y + 1, 2 * x) + at(2 * y + 1, 2 * x + 1),
    ),
  );
}

function toBytes(bits: string): number[] {
  return (bits.match(/.{1,8}/g) ?? []).map((byte) => Number.parseInt(byte.padEnd(8, '0'), 2));
}
