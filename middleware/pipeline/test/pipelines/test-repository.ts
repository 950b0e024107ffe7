import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { type ConvexPolygon, lonLatDeg, makeConvexPolygon, unitFromLonLat } from '@almagest/sphere';

/** A repository in a temporary folder that goes when the test ends. */
export interface TestRepository extends AsyncDisposable {
  readonly butler: Butler;
  readonly folder: string;
}

const instrument = 'Cam';

/** TAI nanoseconds at which exposure `n` begins. */
export const exposureBegin = (n: number): bigint => 1_700_000_000_000_000_000n + BigInt(n) * 60_000_000_000n;

/** Makes a repository with one camera of 4 detectors: exposures 1 to 3, of which 2 (g) and 3 (r) are visits on the sky. */
export async function makeTestRepository(): Promise<TestRepository> {
  const folder = mkdtempSync(join(tmpdir(), 'almagest-pipeline-'));
  const butler = await Butler.create(join(folder, 'repo'));
  await insertCamera(butler);
  return {
    butler,
    folder: join(folder, 'repo'),
    async [Symbol.asyncDispose]() {
      await butler.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function insertCamera(butler: Butler): Promise<void> {
  const insert = (element: string, records: readonly Readonly<Record<string, unknown>>[]): Promise<void> =>
    butler.insertDimensionData(element, records);
  const spanOf = (n: number): { begin: bigint; end: bigint } => ({ begin: exposureBegin(n), end: exposureBegin(n) + 30_000_000_000n });
  const night = (n: number): { physical_filter: string; day_obs: number; exposure_time: number; timespan: ReturnType<typeof spanOf> } => ({
    physical_filter: n < 3 ? 'Cam-G' : 'Cam-R',
    day_obs: 20231114,
    exposure_time: 30,
    timespan: spanOf(n),
  });
  await insert('instrument', [
    { name: instrument, visit_max: 9, visit_system: 0, exposure_max: 9, detector_max: 4, class_name: 'test.Cam' },
  ]);
  await insert('physical_filter', [{ instrument, name: 'Cam-G', band: 'g' }, { instrument, name: 'Cam-R', band: 'r' }]); // prettier-ignore
  await insert(
    'detector',
    [1, 2, 3, 4].map((id) => ({ instrument, id, full_name: `S0${id}`, purpose: 'SCIENCE' })),
  );
  await insert('visit_system', [{ instrument, id: 0, name: 'one-to-one' }]);
  await insert('day_obs', [{ instrument, id: 20231114 }]);
  await insert(
    'group',
    [1, 2, 3].map((n) => ({ instrument, name: `g${n}` })),
  );
  const type = (n: number): string => (n === 1 ? 'bias' : 'science');
  await insert(
    'exposure',
    [1, 2, 3].map((n) => ({
      instrument,
      id: n,
      obs_id: `obs${n}`,
      group: `g${n}`,
      seq_num: n,
      observation_type: type(n),
      can_see_sky: n > 1,
      ...night(n),
    })),
  );
  await insert(
    'visit',
    [2, 3].map((n) => ({ instrument, id: n, name: `v${n}`, region: square(10 + n, 0.6), ...night(n) })),
  );
  await insert(
    'visit_detector_region',
    [2, 3].flatMap((visit) =>
      [1, 2].map((detector) => ({ instrument, detector, visit, region: square(10 + visit + 0.3 * (detector - 1.5), 0.25) })),
    ),
  );
  await insert(
    'visit_definition',
    [2, 3].map((n) => ({ instrument, exposure: n, visit: n })),
  );
  await insert(
    'visit_system_membership',
    [2, 3].map((n) => ({ instrument, visit_system: 0, visit: n })),
  );
}

/** Inserts a sky map of 2 tracts with 4 patches each, of half a degree. */
export async function insertSkymap(butler: Butler): Promise<void> {
  const hash = new TextEncoder().encode('0123456789012345678901234567890123456789');
  await butler.insertDimensionData('skymap', [{ name: 'map', hash, tract_max: 2, patch_nx_max: 2, patch_ny_max: 2 }]);
  await butler.insertDimensionData(
    'tract',
    [0, 1].map((id) => ({ skymap: 'map', id, region: square(11.5 + id, 0.5) })),
  );
  const patches = [0, 1].flatMap((tract) => [0, 1, 2, 3].map((id) => ({ tract, id, x: id % 2, y: Math.floor(id / 2) })));
  await butler.insertDimensionData(
    'patch',
    patches.map(({ tract, id, x, y }) => ({
      skymap: 'map',
      tract,
      id,
      cell_x: x,
      cell_y: y,
      region: square(11.25 + tract + 0.5 * x, 0.25, -5.25 + 0.5 * y),
    })),
  );
}

/** A square on the sky in degrees. */
function square(ra: number, half: number, dec = -5): ConvexPolygon {
  const corners = [[ra - half, dec - half], [ra + half, dec - half], [ra + half, dec + half], [ra - half, dec + half]] as const; // prettier-ignore
  return makeConvexPolygon(corners.map(([lon, lat]) => unitFromLonLat(lonLatDeg(lon, lat))));
}
