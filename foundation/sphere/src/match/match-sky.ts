import { SphereRangeError } from '../errors.ts';
import { separationFromChord2, type SkyColumns, unitColumn } from './unit-column.ts';

/** Which pairs a match keeps. */
export type MatchKeep =
  /** For every row of A the nearest row of B; a row of B may serve several. */
  | 'nearest'
  /** Every pair within the radius. */
  | 'all'
  /** Pairs in ascending separation, each row of A and of B used once. */
  | 'one-to-one';

export interface MatchOptions {
  /** Largest separation [rad], above zero, at most 10 degrees. */
  readonly radius: number;
  readonly keep?: MatchKeep;
}

/** Pairs in ascending order of the row of A (then of B). */
export interface SkyMatches {
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Separations [rad]. */
  readonly separation: Float64Array;
}

/** Narrowest zone [rad]; keeps zone and column numbers inside 32 bits. */
const MIN_CELL = 2e-6;
const MAX_RADIUS = Math.PI / 18;

/**
 * Matches two lists of positions within a radius.
 *
 * @throws {SphereRangeError} for radii that are not above zero and at most 10 degrees; {@link SphereShapeError} for ragged columns.
 * @remarks Rows of B are hashed by cells two radii wide, so that every row of A asks four cells, however the rows cluster.
 *   A million against a million within 0.5 arcsec takes under a second (`bench/sphere-match.ts`). Separations are within 1e-16 rad.
 */
export function matchSky(a: SkyColumns, b: SkyColumns, options: MatchOptions): SkyMatches {
  const { radius, keep = 'nearest' } = options;
  if (!(radius > 0 && radius <= MAX_RADIUS))
    throw new SphereRangeError(`match radius must lie above 0 and up to 10 degrees; found ${radius} (radian)`, {
      details: { value: String(radius) },
    });
  const unitsA = unitColumn(a);
  const grid = buildGrid(b, radius);
  const pairs = findPairs({ columns: a, units: unitsA }, grid, radius, keep === 'nearest');
  return keep === 'one-to-one' ? keepOneToOne(pairs, a.lon.length, b.lon.length) : pairs;
}

interface Grid {
  readonly cell: number;
  readonly mask: number;
  /** Rows of bucket k: starts[k] to starts[k + 1]. */
  readonly starts: Int32Array;
  readonly rows: Int32Array;
  /** Unit vectors in the order of `rows`. */
  readonly units: Float64Array;
}

function buildGrid(b: SkyColumns, radius: number): Grid {
  const n = b.lon.length;
  const source = unitColumn(b);
  // A hair more than two radii, so that rounding cannot hide a neighbour.
  const cell = Math.max(MIN_CELL, 2 * radius * (1 + 1e-9));
  let size = 16;
  while (size < n && size < 1 << 26) size *= 2;
  const mask = size - 1;
  const bucketOf = new Int32Array(n);
  const starts = new Int32Array(size + 1);
  for (let i = 0; i < n; i++) {
    const zone = ((b.lat[i] + Math.PI / 2) / cell) | 0;
    const bucket = hash(zone, columnOf(b.lon[i], zoneColumns(zone, cell)), mask);
    const usable = Number.isFinite(source[3 * i]) && Number.isFinite(source[3 * i + 2]);
    bucketOf[i] = usable ? bucket : -1;
    if (usable) starts[bucket + 1]++;
  }
  for (let k = 0; k < size; k++) starts[k + 1] += starts[k];
  const next = starts.slice(0, size);
  const rows = new Int32Array(starts[size]);
  const units = new Float64Array(3 * starts[size]);
  for (let i = 0; i < n; i++) {
    if (bucketOf[i] < 0) continue;
    const at = next[bucketOf[i]]++;
    rows[at] = i;
    units[3 * at] = source[3 * i];
    units[3 * at + 1] = source[3 * i + 1];
    units[3 * at + 2] = source[3 * i + 2];
  }
  return { cell, mask, starts, rows, units };
}

/** Number of columns of a zone: as many as are at least a cell wide at the zone's edge nearer to a pole. */
function zoneColumns(zone: number, cell: number): number {
  const south = zone * cell - Math.PI / 2;
  const edge = Math.min(Math.PI / 2, Math.max(-south, south + cell));
  return Math.max(1, Math.floor((2 * Math.PI * Math.cos(edge)) / cell));
}

function columnOf(lon: number, count: number): number {
  const turns = lon / (2 * Math.PI);
  const column = ((turns - Math.floor(turns)) * count) | 0;
  return column < count ? column : 0;
}

function hash(zone: number, column: number, mask: number): number {
  let h = Math.imul(zone, 0x9e3779b1) ^ Math.imul(column, 0x85ebca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b3c6d);
  return (h ^ (h >>> 13)) & mask;
}

interface Side {
  readonly columns: SkyColumns;
  readonly units: Float64Array;
}

function findPairs(a: Side, grid: Grid, radius: number, nearestOnly: boolean): SkyMatches {
  const { lon, lat } = a.columns;
  const { units, starts, rows, cell, mask } = grid;
  const sinHalf = Math.sin(radius / 2);
  const limit = 4 * sinHalf * sinHalf;
  const out = new PairList(lon.length);
  const buckets = new Int32Array(256);
  for (let i = 0; i < lon.length; i++) {
    const x = a.units[3 * i];
    const y = a.units[3 * i + 1];
    const z = a.units[3 * i + 2];
    if (!(Number.isFinite(x) && Number.isFinite(z))) continue;
    const count = cellsAround(lon[i], lat[i], radius, cell, mask, buckets);
    let best = limit;
    let bestRow = -1;
    const first = out.length;
    for (let k = 0; k < count; k++) {
      for (let at = starts[buckets[k]], end = starts[buckets[k] + 1]; at < end; at++) {
        const dx = units[3 * at] - x;
        const dy = units[3 * at + 1] - y;
        const dz = units[3 * at + 2] - z;
        const chord2 = dx * dx + dy * dy + dz * dz;
        if (chord2 > best) continue;
        const row = rows[at];
        if (!nearestOnly) out.push(i, row, chord2);
        else if (chord2 < best || bestRow < 0 || row < bestRow) {
          best = chord2;
          bestRow = row;
        }
      }
    }
    if (nearestOnly && bestRow >= 0) out.push(i, bestRow, best);
    else if (out.length - first > 1) out.orderFrom(first);
  }
  return out.finish();
}

/**
 * Lists the distinct buckets of all cells within `radius` of a position; buckets[0..count) are filled.
 * Away from the poles these are at most two zones by two columns; a zone with few columns is listed whole.
 */
function cellsAround(lon: number, lat: number, radius: number, cell: number, mask: number, buckets: Int32Array): number {
  let count = 0;
  const fromPole = lat + Math.PI / 2;
  const low = Math.max(0, ((fromPole - radius) / cell) | 0);
  const high = Math.min((Math.PI / cell) | 0, ((fromPole + radius) / cell) | 0);
  // A cone over a pole meets every longitude, but only zones of few columns.
  const acrossPole = Math.abs(lat) + radius >= Math.PI / 2;
  const turns = lon / (2 * Math.PI);
  const fraction = turns - Math.floor(turns);
  for (let zone = low; zone <= high; zone++) {
    const n = zoneColumns(zone, cell);
    let begin = 0;
    let end = n - 1;
    if (n > 8 && !acrossPole) {
      // sin(half width in longitude) = sin(radius) / cos(lat); three columns at the most, as a column is two radii wide at its narrowest.
      const reach = (Math.asin(Math.min(1, Math.sin(radius) / Math.max(1e-300, Math.cos(lat)))) / (2 * Math.PI)) * (1 + 1e-9) + 1e-15;
      begin = Math.floor((fraction - reach) * n);
      end = Math.floor((fraction + reach) * n);
    }
    for (let column = begin; column <= end; column++) {
      const wrapped = column < 0 ? column + n : column >= n ? column - n : column;
      const bucket = hash(zone, wrapped, mask);
      let known = false;
      for (let k = 0; k < count; k++) known ||= buckets[k] === bucket;
      if (!known && count < buckets.length) buckets[count++] = bucket;
    }
  }
  return count;
}

/** Growing columns of pairs. */
class PairList {
  #a: Int32Array;
  #b: Int32Array;
  #chord2: Float64Array;
  length = 0;

  constructor(capacity: number) {
    const room = Math.max(16, capacity);
    this.#a = new Int32Array(room);
    this.#b = new Int32Array(room);
    this.#chord2 = new Float64Array(room);
  }

  push(a: number, b: number, chord2: number): void {
    if (this.length === this.#a.length) this.#grow();
    this.#a[this.length] = a;
    this.#b[this.length] = b;
    this.#chord2[this.length++] = chord2;
  }

  /** Sorts the pairs from `first` on by the row of B; they are few. */
  orderFrom(first: number): void {
    for (let i = first + 1; i < this.length; i++) {
      const [row, chord2] = [this.#b[i], this.#chord2[i]];
      let k = i - 1;
      for (; k >= first && this.#b[k] > row; k--) {
        this.#b[k + 1] = this.#b[k];
        this.#chord2[k + 1] = this.#chord2[k];
      }
      this.#b[k + 1] = row;
      this.#chord2[k + 1] = chord2;
    }
  }

  finish(): SkyMatches {
    const separation = this.#chord2.slice(0, this.length);
    for (let i = 0; i < separation.length; i++) separation[i] = separationFromChord2(separation[i]);
    return { a: this.#a.slice(0, this.length), b: this.#b.slice(0, this.length), separation };
  }

  #grow(): void {
    const room = 2 * this.#a.length;
    const [a, b, chord2] = [new Int32Array(room), new Int32Array(room), new Float64Array(room)];
    a.set(this.#a);
    b.set(this.#b);
    chord2.set(this.#chord2);
    [this.#a, this.#b, this.#chord2] = [a, b, chord2];
  }
}

/** Takes pairs in ascending separation (ties by row) while both rows are free; pairs without a rival need no sorting. */
function keepOneToOne(pairs: SkyMatches, sizeA: number, sizeB: number): SkyMatches {
  const perA = new Uint32Array(sizeA);
  const perB = new Uint32Array(sizeB);
  const n = pairs.a.length;
  for (let i = 0; i < n; i++) {
    perA[pairs.a[i]]++;
    perB[pairs.b[i]]++;
  }
  const kept = new Uint8Array(n);
  const rivals: number[] = [];
  for (let i = 0; i < n; i++) {
    if (perA[pairs.a[i]] === 1 && perB[pairs.b[i]] === 1) kept[i] = 1;
    else rivals.push(i);
  }
  rivals.sort((p, q) => pairs.separation[p] - pairs.separation[q] || p - q);
  const usedA = new Uint8Array(sizeA);
  const usedB = new Uint8Array(sizeB);
  for (const i of rivals) {
    if (usedA[pairs.a[i]] === 1 || usedB[pairs.b[i]] === 1) continue;
    usedA[pairs.a[i]] = usedB[pairs.b[i]] = 1;
    kept[i] = 1;
  }
  let size = 0;
  for (let i = 0; i < n; i++) size += kept[i];
  const result = { a: new Int32Array(size), b: new Int32Array(size), separation: new Float64Array(size) };
  for (let i = 0, to = 0; i < n; i++) {
    if (kept[i] === 0) continue;
    result.a[to] = pairs.a[i];
    result.b[to] = pairs.b[i];
    result.separation[to++] = pairs.separation[i];
  }
  return result;
}
