import { createRandom } from '@almagest/numerics';
import { type Column, makeColumn, makeTable, type Table } from '@almagest/table';
import type { PacketInputs } from '../src/index.ts';

export interface SampleNight {
  readonly alerts: number;
  /** Earlier sources and forced measurements of each object. */
  readonly history: number;
  readonly seed?: number;
  readonly firstId?: bigint;
}

/** Tables of made-up alerts with a history, in the middle of the field of view at (150, 2) degrees. */
export function sampleNight({ alerts: n, history: depth, seed = 1, firstId = 4_611_686_018_427_000_001n }: SampleNight): PacketInputs {
  const random = createRandom(seed);
  const now = 61_000;
  const ids = Array.from({ length: n }, (_, i) => firstId + BigInt(i));
  const ra = ids.map(() => 150 + random.uniform(-1, 1));
  const dec = ids.map(() => 2 + random.uniform(-1, 1));
  const old = ids.flatMap((id, i) =>
    Array.from({ length: depth }, (_, k) => ({ id, ra: ra[i]!, dec: dec[i]!, time: now - 365 + ((k + 0.5) * 365) / depth, k })),
  );
  const sourceColumns = (rows: readonly { id: bigint; source: bigint; ra: number; dec: number; time: number }[]): Column[] => [
    ids64(
      'diaSourceId',
      rows.map((row) => row.source),
    ),
    ids64(
      'visit',
      rows.map((row) => BigInt(Math.round(row.time * 1000))),
    ),
    makeColumn({ name: 'detector', datatype: 'int16', data: new Int16Array(rows.length).fill(94) }),
    ids64(
      'diaObjectId',
      rows.map((row) => row.id),
    ),
    doubles(
      'midpointMjdTai',
      rows.map((row) => row.time),
    ),
    doubles(
      'timeProcessedMjdTai',
      rows.map((row) => row.time + 0.001),
    ),
    doubles(
      'ra',
      rows.map((row) => row.ra),
    ),
    doubles(
      'dec',
      rows.map((row) => row.dec),
    ),
    ...['x', 'y', 'psfFlux', 'apFlux', 'scienceFlux', 'templateFlux', 'ixx', 'iyy', 'ixy', 'snr', 'reliability'].map((name) =>
      floats(
        name,
        rows.map(() => (name === 'reliability' ? random.uniform() : random.normal(1000, 200))),
      ),
    ),
    ...['psfFluxErr', 'apFluxErr', 'scienceFluxErr', 'templateFluxErr', 'raErr', 'decErr'].map((name) =>
      floats(
        name,
        rows.map(() => 25),
      ),
    ),
    makeColumn({ name: 'band', datatype: 'string', data: rows.map((_, i) => 'ugrizy'[i % 6]!) }),
    makeColumn({ name: 'isNegative', datatype: 'boolean', data: Uint8Array.from(rows, (_, i) => i % 2) }),
  ];
  const sources = makeTable(sourceColumns(ids.map((id, i) => ({ id, source: id + 1_000_000_000n, ra: ra[i]!, dec: dec[i]!, time: now }))));
  const past = makeTable(sourceColumns(old.map((row) => ({ ...row, source: row.id * 2n - firstId + BigInt(row.k) * 10_000_000n }))));
  const forced = makeTable([
    ids64(
      'diaForcedSourceId',
      old.map((_, i) => BigInt(i)),
    ),
    ids64(
      'diaObjectId',
      old.map((row) => row.id),
    ),
    ids64(
      'visit',
      old.map((row) => BigInt(Math.round(row.time * 1000))),
    ),
    makeColumn({ name: 'detector', datatype: 'int16', data: new Int16Array(old.length).fill(94) }),
    ...(['ra', 'dec'] as const).map((name) =>
      doubles(
        name,
        old.map((row) => row[name]),
      ),
    ),
    doubles(
      'midpointMjdTai',
      old.map((row) => row.time),
    ),
    doubles(
      'timeProcessedMjdTai',
      old.map((row) => row.time),
    ),
    ...['psfFlux', 'psfFluxErr', 'scienceFlux', 'scienceFluxErr'].map((name) =>
      floats(
        name,
        old.map(() => random.normal(1000, 30)),
      ),
    ),
    makeColumn({ name: 'band', datatype: 'string', data: old.map(() => 'r') }),
  ]);
  return { sources, history: past, forced, objects: objectsOf(ids, ra, dec, now, depth) };
}

function objectsOf(ids: readonly bigint[], ra: readonly number[], dec: readonly number[], now: number, depth: number): Table {
  return makeTable([
    ids64('diaObjectId', ids),
    doubles(
      'validityStartMjdTai',
      ids.map(() => now),
    ),
    doubles('ra', ra),
    doubles('dec', dec),
    floats(
      'r_psfFluxMean',
      ids.map(() => 1000),
    ),
    makeColumn({ name: 'nDiaSources', datatype: 'int32', data: new Int32Array(ids.length).fill(depth + 1) }),
  ]);
}

function ids64(name: string, values: readonly bigint[]): Column {
  return makeColumn({ name, datatype: 'int64', data: BigInt64Array.from(values) });
}

function doubles(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
}

function floats(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float32', data: Float32Array.from(values) });
}
