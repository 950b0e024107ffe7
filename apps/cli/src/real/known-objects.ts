import type { Butler, DatasetRef } from '@almagest/butler';
import type { Exposure } from '@almagest/image';
import { buildKdTree, findNearest, median } from '@almagest/numerics';
import { getColumn, type Table } from '@almagest/table';
import { mjdFromTaiNs, taiNsFromIso } from '@almagest/time';
import { MIN_RELIABILITY, nightCollections } from '../survey/night.ts';
import { datasetsOf } from '../survey/repository.ts';
import { fitTransit, relativeFlux, type TransitFit } from './light-curve.ts';
import type { KnownObject } from './survey-file.ts';

const DEGREE = Math.PI / 180;
const ARCSEC = 3600;
/** Stars of different frames within so much are one [arcsec], or so many pixels. */
const SAME_PIXELS = 1.5;
/** Aperture of light curves; faint neighbours stay out of it. */
const FLUX_COLUMN = 'ap03Flux';
/** Part of a transit in which the planet comes on, for planets of a tenth of their stars and a little more. */
const INGRESS = 0.13;

/** What was found of an object that is known. */
export interface KnownVerdict {
  readonly name: string;
  /** Images on which it was measured. */
  readonly images: number;
  /** Distance of its mean place from the published one [arcsec]; NaN where it was not found. */
  readonly offsetArcsec: number;
  readonly withinArcsec: number;
  readonly transit?: TransitFit & { readonly publishedDepth: number; readonly publishedError: number };
  /** Light curve: time [MJD TAI] and relative flux. */
  readonly curve?: { readonly time: readonly number[]; readonly flux: readonly number[] };
  /** Detections on differences, and the best of them. */
  readonly alerts?: {
    readonly wanted: 'brighter' | 'fainter';
    readonly count: number;
    readonly bestSnr: number;
    readonly offsetArcsec: number;
  };
  readonly passed: boolean;
}

interface SeriesTable {
  readonly mjd: number;
  readonly table: Table;
}

/** Compares what was measured with what is known of single objects: place, transit, change. */
export async function verifyKnown(butler: Butler, instrument: string, known: readonly KnownObject[]): Promise<KnownVerdict[]> {
  if (known.length === 0) return [];
  const { singleFrame, alerts } = nightCollections(instrument);
  const sources = await seriesOf(butler, 'source', singleFrame);
  const differences = known.some(({ alert }) => alert !== undefined) ? await seriesOf(butler, 'dia_sources', alerts) : [];
  return known.map((object) => verdictOf(object, sources, differences));
}

async function seriesOf(butler: Butler, type: string, collection: string): Promise<SeriesTable[]> {
  const refs = await datasetsOf(butler, type, [collection]);
  const read = async (ref: DatasetRef): Promise<SeriesTable> => {
    const { visitInfo } = (await butler.get('visit_image', ref.dataId, { collections: [collection] })) as Exposure;
    const mjd = visitInfo?.midpointTaiNs === undefined ? Number.NaN : mjdFromTaiNs(visitInfo.midpointTaiNs, 'tai');
    return { mjd, table: (await butler.get(ref)) as Table };
  };
  const out: SeriesTable[] = [];
  for (const ref of refs) out.push(await read(ref));
  return out.toSorted((a, b) => a.mjd - b.mjd);
}

function verdictOf(object: KnownObject, sources: readonly SeriesTable[], differences: readonly SeriesTable[]): KnownVerdict {
  const { name, withinArcsec, transit, alert } = object;
  const seen = sources.map(({ table }) => nearestRow(table, object, 3 * withinArcsec));
  const offsets = seen.flatMap((found) => (found ? [found] : []));
  const mean = (pick: (found: Found) => number): number => median(Float64Array.from(offsets, pick));
  const offsetArcsec =
    offsets.length === 0
      ? Number.NaN
      : Math.hypot(
          mean(({ dx }) => dx),
          mean(({ dy }) => dy),
        );
  const curve = transit && curveOf(object, sources);
  const fit =
    transit &&
    curve &&
    fitTransit(curve.time, curve.flux, {
      midpoint: mjdFromTaiNs(taiNsFromIso(transit.midpoint, { scale: 'utc' }), 'tai'),
      duration: transit.durationHours / 24,
      ingress: INGRESS,
    });
  const told = alert && alertsOf(object, alert, differences);
  const placed = alert ? (told?.offsetArcsec ?? Number.NaN) <= withinArcsec : offsetArcsec <= withinArcsec;
  const dimmed = !fit || !transit || Math.abs(fit.depth - transit.depth) < 3 * Math.hypot(fit.depthError, transit.depthError);
  return {
    name,
    images: offsets.length,
    offsetArcsec,
    withinArcsec,
    ...(fit && transit ? { transit: { ...fit, publishedDepth: transit.depth, publishedError: transit.depthError } } : {}),
    ...(curve ? { curve: { time: [...curve.time], flux: [...curve.flux] } } : {}),
    ...(told ? { alerts: told } : {}),
    passed: placed && dimmed && (fit === undefined || fit.depth > 3 * fit.depthError),
  };
}

interface Found {
  readonly row: number;
  /** Away from the published place [arcsec]. */
  readonly dx: number;
  readonly dy: number;
}

function nearestRow(table: Table, { ra, dec }: KnownObject, radius: number): Found | undefined {
  const [ras, decs] = [numbers(table, 'ra'), numbers(table, 'dec')];
  let best: Found | undefined;
  for (let row = 0; row < ras.length; row++) {
    const dx = (ras[row]! - ra) * Math.cos(dec * DEGREE) * ARCSEC;
    const dy = (decs[row]! - dec) * ARCSEC;
    const limit = best ? Math.hypot(best.dx, best.dy) : radius;
    if (Math.hypot(dx, dy) < limit) best = { row, dx, dy };
  }
  return best;
}

/** The target against all other stars of the series, which are matched by place from frame to frame. */
function curveOf(object: KnownObject, sources: readonly SeriesTable[]): { time: Float64Array; flux: Float64Array } {
  const frames = sources.length;
  const cos = Math.cos(object.dec * DEGREE);
  const plane = sources.map(({ table }) => {
    const [ra, dec] = [numbers(table, 'ra'), numbers(table, 'dec')];
    return Float64Array.from({ length: 2 * ra.length }, (_, i) =>
      i % 2 === 0 ? (ra[i / 2]! - object.ra) * cos * ARCSEC : (dec[(i - 1) / 2]! - object.dec) * ARCSEC,
    );
  });
  const scale = pixelArcsec(sources[0]?.table);
  const trees = plane.map((points) => buildKdTree(points));
  const fluxAt = (x: number, y: number): Float64Array =>
    Float64Array.from({ length: frames }, (_, k) => {
      const [hit] = findNearest(trees[k]!, [x, y], 1, SAME_PIXELS * scale);
      if (!hit) return Number.NaN;
      const { table } = sources[k]!;
      const bad = ['pixelFlags_saturatedCenter', 'pixelFlags_edge', 'pixelFlags_interpolatedCenter'];
      return bad.some((flag) => getColumn(table, flag).data[hit.id]) ? Number.NaN : numbers(table, FLUX_COLUMN)[hit.id]!;
    });
  const stars: Float64Array[] = [];
  const middle = plane[frames >> 1] ?? new Float64Array(0);
  for (let i = 0; i < middle.length; i += 2)
    if (Math.hypot(middle[i]!, middle[i + 1]!) > 2 * SAME_PIXELS * scale) stars.push(fluxAt(middle[i]!, middle[i + 1]!));
  return { time: Float64Array.from(sources, ({ mjd }) => mjd), flux: relativeFlux(fluxAt(0, 0), stars) };
}

/** Rough size of a pixel on the sky, from the extent of a table's rows. */
function pixelArcsec(table: Table | undefined): number {
  if (!table || table.nrows < 2) return 1;
  const spread = (name: string): number => {
    const values = numbers(table, name);
    return values.reduce((a, b) => Math.max(a, b), -Infinity) - values.reduce((a, b) => Math.min(a, b), Infinity);
  };
  return (spread('dec') * ARCSEC) / Math.max(1, Math.min(spread('x'), spread('y')));
}

function alertsOf(
  object: KnownObject,
  wanted: 'brighter' | 'fainter',
  differences: readonly SeriesTable[],
): NonNullable<KnownVerdict['alerts']> {
  let [count, bestSnr, offsetArcsec] = [0, 0, Number.NaN];
  for (const { table } of differences) {
    const found = nearestRow(table, object, object.withinArcsec);
    if (!found) continue;
    const snr = Number(getColumn(table, 'snr').data[found.row]);
    const flux = numbers(table, 'psfFlux')[found.row]!;
    if (flux > 0 !== (wanted === 'brighter') || Number(getColumn(table, 'reliability').data[found.row]) < MIN_RELIABILITY) continue;
    count += 1;
    if (snr > bestSnr) [bestSnr, offsetArcsec] = [snr, Math.hypot(found.dx, found.dy)];
  }
  return { wanted, count, bestSnr, offsetArcsec };
}

function numbers(table: Table, name: string): Float64Array {
  const { data } = getColumn(table, name);
  return data instanceof Float64Array ? data : Float64Array.from(data as ArrayLike<number>, Number);
}
