import { dot, lonLatFromUnit, unitFromLonLat, type Vec3, vec3 } from '@almagest/sphere';
import { type Column, columnFromCells, findColumn, getColumn, makeColumn, makeTable, type Table } from '@almagest/table';
import { computeFluxFeatures } from '../features/flux-features.ts';

const DEGREE = Math.PI / 180;

/** Bands that the object table has columns for. */
export const OBJECT_BANDS = ['u', 'g', 'r', 'i', 'z', 'y'] as const;

/** Detections of one object up to a time, as arrays; entries are NaN where unknown. */
export interface ObjectDetections {
  /** [deg] */
  readonly ra: Float64Array;
  readonly dec: Float64Array;
  /** On the sky [deg]. */
  readonly raErr: Float64Array;
  readonly decErr: Float64Array;
  /** [MJD TAI] */
  readonly time: Float64Array;
  readonly band: readonly string[];
  /** [nJy] */
  readonly flux: Float64Array;
  readonly fluxErr: Float64Array;
  readonly scienceFlux: Float64Array;
  readonly scienceFluxErr: Float64Array;
}

/** Forced photometry of one object on direct images [nJy]. */
export interface ObjectForced {
  readonly band: readonly string[];
  readonly time: Float64Array;
  readonly flux: Float64Array;
  readonly fluxErr: Float64Array;
}

export interface ObjectVersion {
  readonly diaObjectId: bigint;
  /** [MJD TAI] */
  readonly validityStart: number;
  readonly detections: ObjectDetections;
  readonly forced?: ObjectForced;
}

/** Makes rows of the object table, one a version, with the published columns of position, brightness and time. */
export function objectRows(versions: readonly ObjectVersion[]): Table {
  const positions = versions.map(({ detections }) => meanPosition(detections));
  const float = (name: string, values: readonly number[], unit: string): Column =>
    makeColumn({ name, datatype: 'float32', unit, data: Float32Array.from(values) });
  const double = (name: string, values: readonly number[], unit: string): Column =>
    makeColumn({ name, datatype: 'float64', unit, data: Float64Array.from(values) });
  const columns: Column[] = [
    makeColumn({ name: 'diaObjectId', datatype: 'int64', data: BigInt64Array.from(versions, (version) => version.diaObjectId) }),
    double(
      'validityStartMjdTai',
      versions.map((version) => version.validityStart),
      'd',
    ),
    double(
      'ra',
      positions.map((p) => p.ra),
      'deg',
    ),
    float(
      'raErr',
      positions.map((p) => p.raErr),
      'deg',
    ),
    double(
      'dec',
      positions.map((p) => p.dec),
      'deg',
    ),
    float(
      'decErr',
      positions.map((p) => p.decErr),
      'deg',
    ),
  ];
  for (const band of OBJECT_BANDS) {
    const rows = versions.map((version) => bandFeatures(version, band));
    for (const name of Object.keys(rows[0] ?? {}) as (keyof BandFeatures)[]) {
      const values = rows.map((row) => row[name]);
      columns.push(
        name === 'psfFluxNdata'
          ? makeColumn({ name: `${band}_${name}`, datatype: 'int32', data: Int32Array.from(values) })
          : float(`${band}_${name}`, values, name === 'psfFluxMaxSlope' ? 'nJy/d' : 'nJy'),
      );
    }
  }
  const times = versions.map(({ detections }) => detections.time);
  columns.push(
    double(
      'firstDiaSourceMjdTai',
      times.map((time) => time.reduce((a, b) => Math.min(a, b), Infinity)),
      'd',
    ),
    double(
      'lastDiaSourceMjdTai',
      times.map((time) => time.reduce((a, b) => Math.max(a, b), -Infinity)),
      'd',
    ),
    makeColumn({ name: 'nDiaSources', datatype: 'int32', data: Int32Array.from(times, (time) => time.length) }),
  );
  return makeTable(columns, { name: 'DiaObject' });
}

interface BandFeatures {
  readonly psfFluxMean: number;
  readonly psfFluxMeanErr: number;
  readonly psfFluxSigma: number;
  readonly psfFluxNdata: number;
  readonly fpFluxMean: number;
  readonly fpFluxMeanErr: number;
  readonly scienceFluxMean: number;
  readonly scienceFluxMeanErr: number;
  readonly psfFluxMin: number;
  readonly psfFluxMax: number;
  readonly psfFluxMaxSlope: number;
  readonly psfFluxErrMean: number;
}

function bandFeatures({ detections, forced }: ObjectVersion, band: string): BandFeatures {
  const rows = rowsOfBand(detections.band, band);
  const psf = computeFluxFeatures({
    time: pick(detections.time, rows),
    flux: pick(detections.flux, rows),
    error: pick(detections.fluxErr, rows),
  });
  const science = computeFluxFeatures({
    time: pick(detections.time, rows),
    flux: pick(detections.scienceFlux, rows),
    error: pick(detections.scienceFluxErr, rows),
  });
  const forcedRows = forced ? rowsOfBand(forced.band, band) : [];
  const fp =
    forced &&
    computeFluxFeatures({
      time: pick(forced.time, forcedRows),
      flux: pick(forced.flux, forcedRows),
      error: pick(forced.fluxErr, forcedRows),
    });
  return {
    psfFluxMean: psf.mean,
    psfFluxMeanErr: psf.meanError,
    psfFluxSigma: psf.sigma,
    psfFluxNdata: psf.count,
    fpFluxMean: fp?.mean ?? Number.NaN,
    fpFluxMeanErr: fp?.meanError ?? Number.NaN,
    scienceFluxMean: science.mean,
    scienceFluxMeanErr: science.meanError,
    psfFluxMin: psf.min,
    psfFluxMax: psf.max,
    psfFluxMaxSlope: psf.maxSlope,
    psfFluxErrMean: psf.errorMean,
  };
}

function rowsOfBand(bands: readonly string[], band: string): number[] {
  const rows: number[] = [];
  for (let i = 0; i < bands.length; i++) if (bands[i] === band) rows.push(i);
  return rows;
}

function pick(values: Float64Array, rows: readonly number[]): Float64Array {
  return Float64Array.from(rows, (row) => values[row]);
}

/** Mean position with weights 1 / error^2 where every error is known, without weights else; errors on the sky [deg]. */
export function meanPosition({ ra, dec, raErr, decErr }: Pick<ObjectDetections, 'ra' | 'dec' | 'raErr' | 'decErr'>): {
  readonly ra: number;
  readonly dec: number;
  readonly raErr: number;
  readonly decErr: number;
} {
  const weighted = ra.length > 0 && ra.every((_, i) => raErr[i] > 0 && decErr[i] > 0);
  let sum: Vec3 = vec3(0, 0, 0);
  let raWeight = 0;
  let decWeight = 0;
  for (let i = 0; i < ra.length; i++) {
    const w = weighted ? 1 / (raErr[i] * decErr[i]) : 1;
    const u = unitFromLonLat({ lon: ra[i] * DEGREE, lat: dec[i] * DEGREE });
    sum = vec3(sum.x + w * u.x, sum.y + w * u.y, sum.z + w * u.z);
    raWeight += 1 / raErr[i] ** 2;
    decWeight += 1 / decErr[i] ** 2;
  }
  const length = Math.sqrt(dot(sum, sum));
  const { lon, lat } = lonLatFromUnit(vec3(sum.x / length, sum.y / length, sum.z / length));
  return {
    ra: (((lon / DEGREE) % 360) + 360) % 360,
    dec: lat / DEGREE,
    raErr: weighted ? 1 / Math.sqrt(raWeight) : Number.NaN,
    decErr: weighted ? 1 / Math.sqrt(decWeight) : Number.NaN,
  };
}

/** A numeric column as doubles with NaN for null; all NaN where it is absent. */
export function doublesOf(table: Table, name: string): Float64Array {
  const column = findColumn(table, name);
  if (!column) return new Float64Array(table.nrows).fill(Number.NaN);
  const values = Float64Array.from(column.data as ArrayLike<number>);
  if (column.nulls) for (let i = 0; i < values.length; i++) if (column.nulls[i]) values[i] = Number.NaN;
  return values;
}

/** A text column; empty where null or absent. */
export function textsOf(table: Table, name: string): readonly string[] {
  const column = findColumn(table, name);
  if (!column) return Array.from({ length: table.nrows }, () => '');
  return Array.from(column.data as readonly string[], (value, i) => (column.nulls?.[i] ? '' : value));
}

/** A column of ids; null where the table has none for a row or at all. */
export function idsOf(table: Table, name: string): readonly (bigint | null)[] {
  const column = findColumn(table, name);
  if (!column) return Array.from({ length: table.nrows }, () => null);
  return Array.from(column.data as BigInt64Array, (value, i) => (column.nulls?.[i] ? null : value));
}

/** A column of ids with nulls. */
export function nullableIds(name: string, ids: readonly (bigint | null)[]): Column {
  return columnFromCells({ name, datatype: 'int64' }, ids);
}

/** A column of ids without nulls. */
export function requiredIds(table: Table, name: string): BigInt64Array {
  return getColumn(table, name).data as BigInt64Array;
}
