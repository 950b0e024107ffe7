import { createRandom, type Random } from '@almagest/numerics';
import { type Column, makeColumn, makeTable, type Table } from '@almagest/table';
import type { VisitBatch } from '../src/index.ts';

/** A column of 64-bit ids. */
export function idColumn(name: string, values: readonly bigint[]): Column {
  return makeColumn({ name, datatype: 'int64', data: BigInt64Array.from(values) });
}

export function doubleColumn(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
}

export function floatColumn(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float32', data: Float32Array.from(values) });
}

export interface SampleOptions {
  readonly seed: number;
  readonly visit: bigint;
  readonly detector: number;
  readonly visitMjdTai: number;
  readonly processedMjdTai?: number;
  /** Objects in view, numbered from `firstObject`. */
  readonly objects: number;
  readonly firstObject?: bigint;
  /** Centre of the field [deg]. */
  readonly ra?: number;
  readonly dec?: number;
  /** Half of the field's side [deg]. */
  readonly halfSide?: number;
}

/** Ids in the upper half of 64 bits, so that a loss of digits shows. */
export const FIRST_OBJECT: bigint = 4_611_686_018_427_000_001n;

/** One visit of made-up rows that sees every object of its field once. */
export function sampleVisit(options: SampleOptions): VisitBatch {
  const { visit, detector, visitMjdTai, objects: n } = options;
  const field = createRandom(options.seed);
  const noise = createRandom(options.seed * 7919 + Number(visit) * 31 + detector);
  const ids = Array.from({ length: n }, (_, i) => (options.firstObject ?? FIRST_OBJECT) + BigInt(i));
  const spread = options.halfSide ?? 0.1;
  const ra = ids.map(() => (options.ra ?? 150) + uniform(field, spread));
  const dec = ids.map(() => (options.dec ?? 2) + uniform(field, spread));
  const flux = ids.map(() => 1000 + uniform(noise, 300));
  const time = ids.map(() => visitMjdTai);
  const objects = makeTable([
    idColumn('diaObjectId', ids),
    doubleColumn('ra', ra),
    doubleColumn('dec', dec),
    floatColumn('r_psfFluxMean', flux),
    ...['u', 'g', 'r', 'i', 'z', 'y'].map((band) => int32(`${band}_psfFluxNdata`, n, band === 'r' ? 1 : 0)),
    doubleColumn('lastDiaSourceMjdTai', time),
    int32('nDiaSources', n, 1),
  ]);
  const sources = makeTable([
    idColumn(
      'diaSourceId',
      ids.map((_, i) => (visit << 20n) + (BigInt(detector) << 14n) + BigInt(i)),
    ),
    idColumn('diaObjectId', ids),
    doubleColumn('midpointMjdTai', time),
    doubleColumn('ra', ra),
    doubleColumn('dec', dec),
    floatColumn('x', flux),
    floatColumn('y', flux),
    floatColumn('psfFlux', flux),
    floatColumn(
      'psfFluxErr',
      flux.map(() => 20),
    ),
    floatColumn(
      'snr',
      flux.map((value) => value / 20),
    ),
    makeColumn({ name: 'band', datatype: 'string', data: ids.map(() => 'r') }),
    makeColumn({ name: 'isNegative', datatype: 'boolean', data: Uint8Array.from(ids, (_, i) => i % 2) }),
  ]);
  return {
    visit,
    detector,
    visitMjdTai,
    processedMjdTai: options.processedMjdTai ?? visitMjdTai + 0.001,
    objects,
    sources,
    forcedSources: forcedOf(visit, detector, objects, time, flux),
  };
}

function forcedOf(visit: bigint, detector: number, objects: Table, time: readonly number[], flux: readonly number[]): Table {
  const ids = Array.from(objects.columns[0]!.data as BigInt64Array);
  return makeTable([
    idColumn(
      'diaForcedSourceId',
      ids.map((_, i) => (visit << 20n) + (BigInt(detector) << 14n) + BigInt(i)),
    ),
    ...objects.columns.slice(0, 3),
    floatColumn('psfFlux', flux),
    floatColumn(
      'psfFluxErr',
      flux.map(() => 20),
    ),
    doubleColumn('midpointMjdTai', time),
    makeColumn({ name: 'band', datatype: 'string', data: ids.map(() => 'r') }),
  ]);
}

function int32(name: string, length: number, value: number): Column {
  return makeColumn({ name, datatype: 'int32', data: new Int32Array(length).fill(value) });
}

function uniform(random: Random, half: number): number {
  return (2 * random.uniform() - 1) * half;
}
