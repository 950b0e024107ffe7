import { eclipticFromIcrs, galacticFromIcrs, type LonLat } from '@almagest/sphere';
import { type Column, findColumn, getColumn, makeColumn, type Table, takeRows, withColumn, withoutColumns } from '@almagest/table';

const DEGREE = Math.PI / 180;

/**
 * Rows of SSSource for the sources that belong to known Solar System objects: their predictions, the place of the detection in
 * ecliptic and galactic coordinates, and how far it lies from the prediction, also along and across the motion.
 *
 * @param sources - Sources of a visit as they were linked.
 * @param ephemerides - One row per object with `ssObjectId`, `ephRa` and `ephDec` [deg] and any other columns of SSSource.
 */
export function ssSourceRows(sources: Table, ephemerides: Table): Table | undefined {
  const ids = findColumn(sources, 'ssObjectId');
  if (!ids) return undefined;
  const predictions = new Map<bigint, number>();
  (getColumn(ephemerides, 'ssObjectId').data as BigInt64Array).forEach((id, row) => predictions.set(id, row));
  const known = Array.from({ length: sources.nrows }, (_, i) => i).filter(
    (i) => !ids.nulls?.[i] && predictions.has((ids.data as BigInt64Array)[i]!),
  );
  if (known.length === 0) return undefined;
  const at = known.map((i) => predictions.get((ids.data as BigInt64Array)[i]!)!);
  const rows = withoutColumns(takeRows(ephemerides, at), ['sigma']);
  const found = takeRows(sources, known);
  const value = (table: Table, name: string): ArrayLike<number> | undefined => findColumn(table, name)?.data as Float64Array | undefined;
  const [ra, dec] = [value(found, 'ra')!, value(found, 'dec')!];
  const [ephRa, ephDec] = [value(rows, 'ephRa')!, value(rows, 'ephDec')!];
  const offsets = known.map((_, k) => {
    const cos = Math.cos(ephDec[k]! * DEGREE);
    const turn = ((((ra[k]! - ephRa[k]! + 180) % 360) + 360) % 360) - 180;
    return { ra: 3600 * turn * cos, dec: 3600 * (dec[k]! - ephDec[k]!) };
  });
  const [rateRa, rateDec] = [value(rows, 'ephRateRa'), value(rows, 'ephRateDec')];
  const track = offsets.map((offset, k) => {
    const [u, v] = [rateRa?.[k] ?? Number.NaN, rateDec?.[k] ?? Number.NaN];
    const rate = Math.hypot(u, v);
    return { along: (offset.ra * u + offset.dec * v) / rate, across: (offset.dec * u - offset.ra * v) / rate };
  });
  const inFrame = (frame: (icrs: LonLat) => LonLat): LonLat[] =>
    known.map((_, k) => frame({ lon: ra[k]! * DEGREE, lat: dec[k]! * DEGREE }));
  const [ecliptic, galactic] = [inFrame((icrs) => eclipticFromIcrs(icrs)), inFrame(galacticFromIcrs)];
  const double = (name: string, of: (k: number) => number): Column =>
    makeColumn({ name, datatype: 'float64', data: Float64Array.from(known, (_, k) => of(k)) });
  return [
    getColumn(found, 'diaSourceId'),
    double('eclLambda', (k) => ecliptic[k]!.lon / DEGREE),
    double('eclBeta', (k) => ecliptic[k]!.lat / DEGREE),
    double('galLon', (k) => galactic[k]!.lon / DEGREE),
    double('galLat', (k) => galactic[k]!.lat / DEGREE),
    double('ephOffset', (k) => Math.hypot(offsets[k]!.ra, offsets[k]!.dec)),
    double('ephOffsetRa', (k) => offsets[k]!.ra),
    double('ephOffsetDec', (k) => offsets[k]!.dec),
    double('ephOffsetAlongTrack', (k) => track[k]!.along),
    double('ephOffsetCrossTrack', (k) => track[k]!.across),
  ].reduce(withColumn, rows);
}
