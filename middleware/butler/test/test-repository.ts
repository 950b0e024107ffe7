import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConvexPolygon, lonLatDeg, makeConvexPolygon, unitFromLonLat } from '@almagest/sphere';
import { Butler, type ButlerDefaults, type CreateOptions } from '../src/index.ts';

/** A repository in a temporary folder that goes when the test ends. */
export interface TestRepository extends AsyncDisposable {
  readonly butler: Butler;
  readonly folder: string;
  /** Another butler on the same repository, for reading. */
  reopen(defaults?: ButlerDefaults): Promise<Butler>;
}

/** Makes a repository with one camera: 3 filters, 4 detectors, 2 days, 4 exposures, 2 visits. */
export async function makeTestRepository(options: CreateOptions & ButlerDefaults = {}): Promise<TestRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-butler-'));
  const butler = await Butler.create(join(folder, 'repo'), options);
  await insertCamera(butler);
  return {
    butler,
    folder: join(folder, 'repo'),
    reopen: async (defaults = {}) =>
      await Butler.open(join(folder, 'repo'), { ...defaults, ...(options.connection ? { connection: options.connection } : {}) }),
    [Symbol.asyncDispose]: async () => {
      await butler.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** TAI nanoseconds at which exposure `n` begins. */
export const exposureBegin = (n: number): bigint => 1_700_000_000_000_000_000n + BigInt(n) * 60_000_000_000n;

/** A square on the sky in degrees. */
export function square(ra: number, dec: number, half: number): ConvexPolygon {
  const corners = [
    [ra - half, dec - half],
    [ra + half, dec - half],
    [ra + half, dec + half],
    [ra - half, dec + half],
  ] as const;
  return makeConvexPolygon(corners.map(([lon, lat]) => unitFromLonLat(lonLatDeg(lon, lat))));
}

/** Inserts a sky map of 3 tracts with 4 patches each. */
export async function insertSkymap(butler: Butler): Promise<void> {
  const hash = new TextEncoder().encode('0123456789012345678901234567890123456789');
  await butler.insertDimensionData('skymap', [{ name: 'map', hash, tract_max: 3, patch_nx_max: 2, patch_ny_max: 2 }]);
  const tracts = [0, 1, 2];
  await butler.insertDimensionData(
    'tract',
    tracts.map((id) => ({ skymap: 'map', id, region: square(11.5 + id, -5, 0.5) })),
  );
  await butler.insertDimensionData(
    'patch',
    tracts.flatMap((tract) =>
      [0, 1, 2, 3].map((id) => {
        const [x, y] = [id % 2, Math.floor(id / 2)];
        return { skymap: 'map', tract, id, cell_x: x, cell_y: y, region: square(11.25 + tract + 0.5 * x, -5.25 + 0.5 * y, 0.25) };
      }),
    ),
  );
}

/** Inserts the records of the test camera. */
export async function insertCamera(butler: Butler): Promise<void> {
  const instrument = 'Cam';
  await butler.insertDimensionData('instrument', [
    { name: instrument, visit_max: 1000, visit_system: 0, exposure_max: 1000, detector_max: 4, class_name: 'test.Cam' },
  ]);
  await butler.insertDimensionData('physical_filter', [
    { instrument, name: 'Cam-G', band: 'g' },
    { instrument, name: 'Cam-R1', band: 'r' },
    { instrument, name: 'Cam-R2', band: 'r' },
  ]);
  await butler.insertDimensionData(
    'detector',
    [1, 2, 3, 4].map((id) => ({
      instrument,
      id,
      full_name: `S0${id}`,
      name_in_raft: `${id}`,
      raft: 'R0',
      purpose: 'SCIENCE',
    })),
  );
  await butler.insertDimensionData('visit_system', [{ instrument, id: 0, name: 'one-to-one' }]);
  await butler.insertDimensionData(
    'day_obs',
    [20231114, 20231115].map((id) => ({ instrument, id })),
  );
  await butler.insertDimensionData(
    'group',
    [1, 2, 3, 4].map((n) => ({ instrument, name: `g${n}` })),
  );
  await butler.insertDimensionData(
    'exposure',
    [1, 2, 3, 4].map((n) => ({
      instrument,
      id: n,
      obs_id: `obs${n}`,
      physical_filter: n < 3 ? 'Cam-G' : 'Cam-R1',
      group: `g${n}`,
      day_obs: n < 3 ? 20231114 : 20231115,
      exposure_time: 30,
      observation_type: n === 1 ? 'bias' : 'science',
      seq_num: n,
      tracking_ra: 10 * n,
      tracking_dec: -5,
      can_see_sky: n !== 1,
      timespan: { begin: exposureBegin(n), end: exposureBegin(n) + 30_000_000_000n },
    })),
  );
  await butler.insertDimensionData(
    'visit',
    [2, 3].map((n) => ({
      instrument,
      id: n,
      name: `v${n}`,
      physical_filter: n < 3 ? 'Cam-G' : 'Cam-R1',
      day_obs: n < 3 ? 20231114 : 20231115,
      exposure_time: 30,
      timespan: { begin: exposureBegin(n), end: exposureBegin(n) + 30_000_000_000n },
      region: square(10 + n, -5, 0.6),
    })),
  );
  await butler.insertDimensionData(
    'visit_detector_region',
    [2, 3].flatMap((visit) =>
      [1, 2].map((detector) => ({ instrument, detector, visit, region: square(10 + visit + 0.3 * (detector - 1.5), -5, 0.25) })),
    ),
  );
  await butler.insertDimensionData(
    'visit_definition',
    [2, 3].map((n) => ({ instrument, exposure: n, visit: n })),
  );
  await butler.insertDimensionData(
    'visit_system_membership',
    [2, 3].map((n) => ({ instrument, visit_system: 0, visit: n })),
  );
}
