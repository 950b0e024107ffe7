import { MocFormatError, SphereRangeError } from '../errors.ts';
import { lonLatToNest64Column } from '../healpix/columns.ts';
import { MAX_ORDER } from '../healpix/face.ts';
import { healpixEnvelope, healpixInterior } from '../healpix/healpix-tree.ts';
import { lonLatToNest64 } from '../healpix/index-64.ts';
import type { SkyColumns } from '../match/unit-column.ts';
import {
  coarsenRanges,
  differRanges,
  EMPTY_RANGES,
  intersectRanges,
  iterateRanges,
  RangeBuilder,
  rangeCardinality,
  rangesContain,
  type RangeSet,
  rangeSet,
  rangesHave,
  rangesIntersect,
  refineRanges,
  subtractRanges,
  uniteRanges,
} from '../ranges/range-set.ts';
import type { Region } from '../region/region.ts';

/** What a coverage map divides: the sky into HEALPix cells, or time into powers of two of a microsecond. */
export type MocAxis = 'space' | 'time';

/**
 * A multi-order coverage map of one axis (IVOA MOC 2.0).
 * Space: nested HEALPix cells. Time: microseconds since JD 0 (TCB), order 61 being one microsecond.
 */
export interface Moc {
  readonly axis: MocAxis;
  /** Finest order of its cells, 0 to 29 (space) or 0 to 61 (time). */
  readonly order: number;
  /** Cells of the deepest order (29 or 61), whatever `order` is. */
  readonly ranges: RangeSet;
}

/** A cell of a coverage map. */
export interface MocCell {
  readonly order: number;
  readonly index: bigint;
}

/** Per axis: deepest order, bits an order, number of cells at order 0. */
export const MOC_AXES: Readonly<Record<MocAxis, { readonly maxOrder: number; readonly bits: number; readonly roots: bigint }>> = {
  space: { maxOrder: MAX_ORDER, bits: 2, roots: 12n },
  time: { maxOrder: 61, bits: 1, roots: 2n },
};

/**
 * Makes a map from ranges of the axis's deepest order, widened to whole cells of `order`.
 *
 * @throws {SphereRangeError} for orders and ranges that the axis does not have.
 */
export function makeMoc(axis: MocAxis, order: number, ranges: RangeSet): Moc {
  const { maxOrder, bits } = MOC_AXES[axis];
  if (!Number.isInteger(order) || order < 0 || order > maxOrder)
    throw new SphereRangeError(`MOC order must be an integer from 0 to ${maxOrder} in ${axis}; found ${order}`, {
      details: { value: String(order) },
    });
  const end = ranges.bounds.at(-1) ?? 0n;
  if (end > axisEnd(axis))
    throw new SphereRangeError(`MOC ranges must end by ${axisEnd(axis)} in ${axis}; found ${end}`, { details: { value: String(end) } });
  const spare = bits * (maxOrder - order);
  return { axis, order, ranges: spare === 0 ? ranges : refineRanges(coarsenRanges(ranges, spare), spare) };
}

/** Makes a map from cells of any orders; `order` is the finest of them unless told. */
export function mocFromCells(axis: MocAxis, cells: Iterable<MocCell>, order?: number): Moc {
  const { maxOrder, bits, roots } = MOC_AXES[axis];
  let finest = order ?? 0;
  const ranges: (readonly [bigint, bigint])[] = [];
  for (const cell of cells) {
    if (!Number.isInteger(cell.order) || cell.order < 0 || cell.order > maxOrder)
      throw new MocFormatError(`MOC cell order must lie from 0 to ${maxOrder}; found ${cell.order}`, {
        details: { where: String(cell.order) },
      });
    const count = roots << BigInt(bits * cell.order);
    if (cell.index < 0n || cell.index >= count)
      throw new MocFormatError(`MOC cell of order ${cell.order} must lie below ${count}; found ${cell.index}`, {
        details: { where: `${cell.order}/${cell.index}` },
      });
    const shift = BigInt(bits * (maxOrder - cell.order));
    ranges.push([cell.index << shift, (cell.index + 1n) << shift]);
    finest = Math.max(finest, cell.order);
  }
  return makeMoc(axis, finest, rangeSet(ranges));
}

/** Covers a region with cells of an order (`'envelope'`, the default) or fills it from inside. */
export function mocFromRegion(order: number, region: Region, side: 'envelope' | 'interior' = 'envelope'): Moc {
  const ranges = side === 'envelope' ? healpixEnvelope(order, region) : healpixInterior(order, region);
  return { axis: 'space', order, ranges: refineRanges(ranges, 2 * (MAX_ORDER - order)) };
}

/** Covers positions [rad] with the cells of an order that hold them; rows that are not finite are left out. */
export function mocFromPositions(order: number, columns: SkyColumns): Moc {
  const pixels = lonLatToNest64Column(order, columns.lon, columns.lat).toSorted();
  const builder = new RangeBuilder();
  for (const pixel of pixels) if (pixel >= 0n) builder.add(pixel, pixel + 1n);
  return { axis: 'space', order, ranges: refineRanges(builder.build(), 2 * (MAX_ORDER - order)) };
}

/** Covers half-open spans of microseconds since JD 0 (TCB). */
export function mocFromTimeRanges(order: number, spans: Iterable<readonly [bigint, bigint]>): Moc {
  return makeMoc('time', order, rangeSet(spans));
}

/** Microseconds since JD 0 of a two-part Modified Julian Date in TCB. */
export function mocMicroseconds(mjd: { readonly day: number; readonly fraction: number }): bigint {
  return BigInt(mjd.day) * 86_400_000_000n + 207_360_043_200_000_000n + BigInt(Math.floor(mjd.fraction * 86_400e6));
}

/** The whole axis. */
export function fullMoc(axis: MocAxis, order: number = 0): Moc {
  return makeMoc(axis, order, { bounds: BigUint64Array.of(0n, axisEnd(axis)) });
}

/** Nothing of the axis. */
export function emptyMoc(axis: MocAxis, order: number = 0): Moc {
  return makeMoc(axis, order, EMPTY_RANGES);
}

/** What is in either map, at the finer of the two orders. */
export function uniteMocs(a: Moc, b: Moc): Moc {
  return combine(a, b, uniteRanges);
}

/** What is in both maps, at the finer of the two orders. */
export function intersectMocs(a: Moc, b: Moc): Moc {
  return combine(a, b, intersectRanges);
}

/** What is in `a` and not in `b`. */
export function subtractMocs(a: Moc, b: Moc): Moc {
  return combine(a, b, subtractRanges);
}

/** What is in exactly one of the two. */
export function differMocs(a: Moc, b: Moc): Moc {
  return combine(a, b, differRanges);
}

/** What of the axis is not in the map. */
export function complementMoc(moc: Moc): Moc {
  return subtractMocs(fullMoc(moc.axis, moc.order), moc);
}

/** Widens to whole cells of a coarser order; a finer one changes nothing but the order. */
export function degradeMoc(moc: Moc, order: number): Moc {
  return makeMoc(moc.axis, order, moc.ranges);
}

/** Says whether `outer` covers all that `inner` does. */
export function mocContains(outer: Moc, inner: Moc): boolean {
  requireSameAxis(outer, inner);
  return rangesContain(outer.ranges, inner.ranges);
}

/** Says whether two maps share some of the axis. */
export function mocsIntersect(a: Moc, b: Moc): boolean {
  requireSameAxis(a, b);
  return rangesIntersect(a.ranges, b.ranges);
}

/** Says whether a space map holds a position [rad]. */
export function mocHasPosition(moc: Moc, lon: number, lat: number): boolean {
  return rangesHave(moc.ranges, lonLatToNest64(MAX_ORDER, lon, lat));
}

/** Marks which positions [rad] a space map holds: 1 inside, 0 outside or not finite. Fresh. */
export function mocMask(moc: Moc, columns: SkyColumns): Uint8Array {
  const pixels = lonLatToNest64Column(MAX_ORDER, columns.lon, columns.lat);
  return Uint8Array.from(pixels, (pixel) => (pixel >= 0n && rangesHave(moc.ranges, pixel) ? 1 : 0));
}

/** Covered part of the axis, 0 to 1. */
export function mocFraction(moc: Moc): number {
  return Number(rangeCardinality(moc.ranges)) / Number(axisEnd(moc.axis));
}

/** The fewest cells that make up the map, by place on the axis. */
export function* mocCells(moc: Moc): Generator<MocCell> {
  const { maxOrder, bits } = MOC_AXES[moc.axis];
  for (const [begin, end] of iterateRanges(moc.ranges)) {
    let at = begin;
    while (at < end) {
      let order = moc.order;
      let size = 1n << BigInt(bits * (maxOrder - order));
      while (order > 0) {
        const larger = size << BigInt(bits);
        if (at % larger !== 0n || at + larger > end) break;
        size = larger;
        order--;
      }
      yield { order, index: at / size };
      at += size;
    }
  }
}

/** End of the axis in cells of its deepest order. */
export function axisEnd(axis: MocAxis): bigint {
  const { maxOrder, bits, roots } = MOC_AXES[axis];
  return roots << BigInt(bits * maxOrder);
}

function combine(a: Moc, b: Moc, operate: (p: RangeSet, q: RangeSet) => RangeSet): Moc {
  requireSameAxis(a, b);
  return { axis: a.axis, order: Math.max(a.order, b.order), ranges: operate(a.ranges, b.ranges) };
}

function requireSameAxis(a: Moc, b: Moc): void {
  if (a.axis !== b.axis)
    throw new SphereRangeError(`both maps must be of one axis; found ${a.axis} and ${b.axis}`, {
      details: { value: `${a.axis}, ${b.axis}` },
    });
}
