/**
 * The registry against the Python Butler's and against its own limits: registration of 100,000 datasets in one batch, ingest of
 * 10,000 raws by their sidecars, find-first among 1,000,000 datasets, overlap of 1,000 visits with 1,000 patches, and the memory
 * of a streamed page. `node bench/butler-registry.ts [--quick]`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler, DataCoordinate, type DatasetRef, ingestRaws, makeDatasetId, registerInstrument } from '@almagest/butler';
import { formatSidecar, loadCamera, type ObservationInfo, observationInfoFromJson } from '@almagest/instrument';
import { boxDeg, encodeRegion } from '@almagest/sphere';

const quick = process.argv.includes('--quick');
const scale = quick ? 0.05 : 1;
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-butler-'));
const PEER = join(import.meta.dirname, '../middleware/butler/test/python/butler_bench.py');
const PEER_NAME = 'lsst-daf-butler 30.2026.4300';

function findPython(): string | undefined {
  try {
    return execFileSync(join(import.meta.dirname, '../scripts/services/python-butler.sh'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return undefined;
  }
}

const python = findPython();
const peer = (...args: readonly string[]): number | undefined =>
  python === undefined
    ? undefined
    : Number(
        execFileSync(python, [PEER, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
          .trim()
          .split('\n')
          .at(-1),
      );

function report(
  bench: string,
  ours: number,
  other: { readonly name?: string; readonly seconds?: number | undefined; readonly target: string; readonly grown_mib?: number },
): void {
  const { name, seconds, target, grown_mib } = other;
  console.log(
    JSON.stringify({
      bench,
      ours_s: Number(ours.toPrecision(4)),
      peer: seconds === undefined ? null : (name ?? null),
      peer_s: seconds === undefined ? null : Number(seconds.toPrecision(4)),
      ratio: seconds === undefined ? null : Number((seconds / ours).toPrecision(3)),
      target,
      grown_mib,
    }),
  );
}

/** Best of a few runs, each with its own repository. */
async function best(runs: number, work: (root: string) => Promise<number>): Promise<number> {
  let least = Infinity;
  for (let i = 0; i < runs; i += 1) least = Math.min(least, await work(join(folder, `repo-${Math.random()}`)));
  return least;
}

const bestOf = (runs: number, measure: () => number | undefined): number | undefined => {
  const found = Array.from({ length: runs }, measure).filter((seconds) => seconds !== undefined);
  return found.length > 0 ? Math.min(...found) : undefined;
};

async function pixelRefs(butler: Butler, count: number, run: string, first = 2_100_000): Promise<readonly DatasetRef[]> {
  await butler.registerDatasetType({ name: 'pixel', dimensions: ['htm9'], storageClass: 'StructuredDataDict' });
  await butler.registry.registerCollection(run, 'RUN');
  const datasetType = await butler.registry.getDatasetType('pixel');
  return Array.from({ length: count }, (_, i) => {
    const dataId = DataCoordinate.fromOrdered(datasetType.dimensions, [first + i]);
    return { id: makeDatasetId('unique', { datasetType: 'pixel', dataId, run }), datasetType, dataId, run };
  });
}

async function register(): Promise<void> {
  const count = Math.round(100_000 * scale);
  const ours = await best(3, async (root) => {
    await using butler = await Butler.create(root);
    const dataIds = (await pixelRefs(butler, count, 'run')).map((ref) => ref.dataId);
    const datasetType = await butler.registry.getDatasetType('pixel');
    const start = performance.now();
    // The ids are made inside the time, as the peer makes them.
    await butler.registry.insertDatasets(
      dataIds.map((dataId) => ({
        id: makeDatasetId('unique', { datasetType: 'pixel', dataId, run: 'run' }),
        datasetType,
        dataId,
        run: 'run',
      })),
    );
    return (performance.now() - start) / 1000;
  });
  report(`register ${count} datasets`, ours, {
    name: PEER_NAME,
    seconds: bestOf(3, () => peer('register', String(count))),
    target: 'ratio >= 5',
  });
}

async function ingest(): Promise<void> {
  const count = Math.round(10_000 * scale);
  const source = join(folder, 'raws');
  mkdirSync(source);
  const base = observationInfoFromJson({});
  for (let i = 0; i < count; i += 1) {
    const at = { taiNs: 1_790_000_000_000_000_000n + BigInt(i) * 30_000_000_000n };
    const info: ObservationInfo = {
      ...base,
      instrument: 'SimCam-tiny',
      exposure_id: 1000 + i,
      physical_filter: 'sim_r',
      detector_num: 0,
      observing_day: 20261119,
      observation_id: `obs${i}`,
      exposure_group: `g${i}`,
      observation_type: 'science',
      exposure_time: 30,
      observation_counter: i,
      datetime_begin: at,
      datetime_end: { taiNs: at.taiNs + 1_000_000_000n },
    };
    writeFileSync(join(source, `raw_${i}.json`), formatSidecar({ translator: 'SimCam-tiny', info }));
    writeFileSync(join(source, `raw_${i}.fits`), 'pixels');
  }
  const paths = Array.from({ length: count }, (_, i) => join(source, `raw_${i}.fits`));
  const ours = await best(3, async (root) => {
    await using butler = await Butler.create(root);
    await registerInstrument(butler, loadCamera('simcam-tiny'));
    const start = performance.now();
    const found = await ingestRaws(butler, paths, { mode: 'direct' });
    if (found.ingested.length !== count)
      throw new Error(`${found.ingested.length} of ${count} ingested: ${JSON.stringify(found.failures[0])}`);
    return (performance.now() - start) / 1000;
  });
  report(`ingest ${count} raws by sidecars`, ours, {
    name: PEER_NAME,
    seconds: bestOf(2, () => peer('ingest', source)),
    target: 'ratio >= 3',
  });
}

async function lookups(): Promise<void> {
  const count = Math.round(1_000_000 * scale);
  await using butler = await Butler.create(join(folder, 'large'));
  for (let i = 0; i < 4; i += 1)
    await butler.registry.insertDatasets(await pixelRefs(butler, count / 4, `run/${i}`, 2_100_000 + (i % 2) * 1000));
  await butler.registry.registerCollection('all', 'CHAINED');
  await butler.registry.editChain('all', 'redefine', ['run/3', 'run/2', 'run/1', 'run/0']);
  const times: number[] = [];
  for (let i = 0; i < 2000; i += 1) {
    const htm9 = 2_100_000 + ((i * 7919) % Math.round(count / 4));
    const start = performance.now();
    if (!(await butler.findDataset('pixel', { htm9 }, { collections: ['all'] }))) throw new Error('not found');
    times.push((performance.now() - start) / 1000);
  }
  report(`find first of ${count} datasets, median`, times.toSorted((a, b) => a - b)[1000]!, { target: '< 0.001 s' });
  const before = process.memoryUsage().rss;
  let rows = 0;
  let peak = before;
  const start = performance.now();
  for await (const page of butler
    .query()
    .datasets({ type: 'pixel', collections: ['run/*'], findFirst: false })
    .pages({ pageSize: 1000 })) {
    rows += page.length;
    if (rows % 100_000 < 1000) peak = Math.max(peak, process.memoryUsage().rss);
  }
  if (rows !== count) throw new Error(`${rows} of ${count} streamed`);
  report(`stream ${count} datasets`, (performance.now() - start) / 1000, {
    grown_mib: Math.round((peak - before) / 2 ** 20),
    target: 'grown_mib < 200',
  });
}

async function overlaps(): Promise<void> {
  await using butler = await Butler.create(join(folder, 'sky'));
  await registerInstrument(butler, loadCamera('simcam-tiny'));
  const instrument = 'SimCam-tiny';
  const side = quick ? 10 : 32;
  const square = (ra: number, dec: number, half: number): Uint8Array => encodeRegion(boxDeg(ra - half, dec - half, ra + half, dec + half));
  const grid = Array.from({ length: side * side }, (_, i) => [i % side, Math.floor(i / side)] as const).slice(
    0,
    Math.round(1000 * (quick ? 0.1 : 1)),
  );
  await butler.insertDimensionData('day_obs', [{ instrument, id: 20261119 }]);
  await butler.insertDimensionData(
    'visit',
    grid.map(([x, y], i) => ({
      instrument,
      id: i,
      name: `v${i}`,
      physical_filter: 'sim_r',
      day_obs: 20261119,
      region: square(150 + x * 0.3, y * 0.3, 0.25),
    })),
  );
  await butler.insertDimensionData('skymap', [
    { name: 'map', hash: new Uint8Array(40), tract_max: 1, patch_nx_max: side, patch_ny_max: side },
  ]);
  await butler.insertDimensionData('tract', [{ skymap: 'map', id: 0, region: square(155, 5, 8) }]);
  await butler.insertDimensionData(
    'patch',
    grid.map(([x, y], id) => ({ skymap: 'map', tract: 0, id, cell_x: x, cell_y: y, region: square(150 + x * 0.3, y * 0.3, 0.15) })),
  );
  let pairs = 0;
  let least = Infinity;
  for (let i = 0; i < 3; i += 1) {
    const start = performance.now();
    pairs = (await butler.queryDataIds(['visit', 'patch'])).length;
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  report(`overlap of ${grid.length} visits with ${grid.length} patches, ${pairs} pairs`, least, { target: '< 1 s' });
}

try {
  if (python === undefined) console.log('the Python Butler cannot be installed here: its times are missing');
  await register();
  await ingest();
  await lookups();
  await overlaps();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
