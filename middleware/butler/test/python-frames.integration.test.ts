import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitsBytes, type FitsFile, Header, imageHdu, readImage } from '@almagest/fits';
import { loadCamera } from '@almagest/instrument';
import { cellAt, makeColumn, makeTable, type Table } from '@almagest/table';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Butler,
  checkRepository,
  type CreateOptions,
  defaultFormatters,
  defineVisits,
  exportToFolder,
  ingestBundle,
  ingestRaws,
  migrateRepository,
  registerInstrument,
  StorageClassRegistry,
  writeBundle,
} from '../src/index.ts';

const SERVICES = join(import.meta.dirname, '../../../scripts/services');
const PEER = join(import.meta.dirname, 'python/butler_frames.py');
const RAWS = 3;
const outer = mkdtempSync(join(tmpdir(), 'almagest-frames-'));
chmodSync(outer, 0o755);
const incoming = join(outer, 'incoming');
const cluster = join(outer, 'cluster');

function prepare(script: string, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync(join(SERVICES, script), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    console.log(`skipped: scripts/services/${script} cannot run here`);
    return undefined;
  }
}

const python = prepare('python-butler.sh');
const address = python === undefined ? undefined : prepare('postgres.sh', 'start', cluster);

function peer(args: readonly string[], environment: Readonly<Record<string, string>> = {}): unknown {
  const text = execFileSync(python!, [PEER, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** Storage classes of this test: a composite that is stored in parts. */
function partsClasses(): StorageClassRegistry {
  const storageClasses = new StorageClassRegistry();
  storageClasses.add({ name: 'PartsDict', components: { head: 'StructuredDataDict', body: 'StructuredDataDict' } });
  return storageClasses;
}

async function writeRaws(): Promise<void> {
  mkdirSync(incoming);
  for (let n = 1; n <= RAWS; n += 1) {
    const header = new Header();
    const cards = {
      INSTRUME: 'SimCam-tiny',
      TELESCOP: 'SimTel',
      EXPID: 2026111900000 + n,
      FILTER: 'sim_r',
      EXPTIME: 0.5,
      EXPREQ: 0.5,
      'DATE-BEG': `2026-11-20T01:00:0${n}`,
      'DATE-END': `2026-11-20T01:00:0${n}.5`,
      ROTPA: 30,
      DETNUM: 0,
      DETNAME: 'S00',
      DETSER: 'SIM-512-000',
      DETGROUP: 'R00',
      RA: 150,
      DEC: 2,
      IMGTYPE: 'object',
      OBSID: `sim_${n}`,
      GROUPID: `group_${n}`,
      DAYOBS: 20261119,
      SEQNUM: n,
    };
    for (const [key, value] of Object.entries(cards)) header.set(key, value);
    const data = Uint16Array.from({ length: 16 }, (_, i) => i * n);
    writeFileSync(join(incoming, `raw_${n}.fits`), await fitsBytes([imageHdu({ data, shape: [4, 4], header })]));
  }
}

async function makeOurs(root: string, place: CreateOptions): Promise<void> {
  const composites = { default: false, disassembled: { PartsDict: true } };
  await using butler = await Butler.create(root, { ...place, composites, storageClasses: partsClasses() });
  const camera = loadCamera('simcam-tiny');
  await registerInstrument(butler, camera);
  const paths = Array.from({ length: RAWS }, (_, i) => join(incoming, `raw_${i + 1}.fits`));
  const report = await ingestRaws(butler, paths, { mode: 'copy' });
  expect([report.ingested.length, report.failures]).toEqual([RAWS, []]);
  expect(await defineVisits(butler, { instrument: 'SimCam-tiny', camera })).toBe(RAWS);
  const at = { instrument: 'SimCam-tiny', detector: 0 };
  await butler.registerDatasetType({ name: 'bias', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
  await butler.registerDatasetType({ name: 'parts', dimensions: ['detector'], storageClass: 'PartsDict' });
  await butler.registerDatasetType({ name: 'table', dimensions: ['detector'], storageClass: 'ArrowAstropy' });
  const bias = await butler.put({ level: 4 }, 'bias', at, { run: 'calib/run' });
  await butler.registry.registerCollection('SimCam-tiny/calib', 'CALIBRATION');
  await butler.registry.certify('SimCam-tiny/calib', [bias]);
  await butler.put({ head: { n: 1 }, body: { rows: [1, 2, 3] } }, 'parts', at, { run: 'u/me' });
  const table = makeTable([
    makeColumn({ name: 'id', datatype: 'int64', data: BigInt64Array.of(1n, 2n ** 40n) }),
    makeColumn({ name: 'ra', datatype: 'float64', data: Float64Array.of(1.5, 2.5) }),
  ]);
  await butler.put(table, 'table', at, { run: 'u/me' });
}

/** What `butler_frames.py describe` prints, read here. */
async function describeOurs(root: string): Promise<unknown> {
  await using butler = await Butler.open(root, { storageClasses: partsClasses() });
  const entries = [];
  for (const type of ['raw', 'bias', 'parts', 'table'])
    for (const ref of await butler.queryDatasets(type, { collections: ['SimCam-tiny/raw/all', 'calib/run', 'u/me'], findFirst: false })) {
      const { required } = ref.datasetType.dimensions;
      const dataId = Object.fromEntries(required.map((name) => [name, ref.dataId.get(name)]));
      const entry: Record<string, unknown> = { id: ref.id, type, run: ref.run, dataId, value: await valueOf(await butler.get(ref)) };
      if (type === 'raw') {
        const exposure = Number(ref.dataId.get('exposure'));
        entry['sameId'] = true;
        entry['found'] = (
          await butler.queryDatasets('raw', {
            collections: [ref.run],
            where: `instrument = 'SimCam-tiny' AND exposure.seq_num = ${exposure % 100} AND band = 'r'`,
          })
        ).map(({ id }) => id);
        entry['bias'] = await butler.get(
          'bias',
          { instrument: 'SimCam-tiny', exposure, detector: 0 },
          { collections: ['SimCam-tiny/calib'] },
        );
      }
      if (type === 'parts') {
        entry['files'] = (await butler.getUris(ref)).length;
        entry['head'] = await butler.get({ ...ref, component: 'head' });
      }
      entries.push(entry);
    }
  return entries.toSorted((a, b) => (String(a['id']) < String(b['id']) ? -1 : 1));
}

async function valueOf(value: unknown): Promise<unknown> {
  const { columns, nrows } = value as Partial<Table>;
  if (columns)
    return Object.fromEntries(
      columns.map((column) => [column.name, Array.from({ length: nrows! }, (_, row) => Number(cellAt(column, row)))]),
    );
  if (typeof (value as Partial<FitsFile>).hdus !== 'function') return value;
  const { data, shape } = await readImage(await (value as FitsFile).hdu(0));
  return { shape, sum: Array.from(data, Number).reduce((sum, pixel) => sum + pixel, 0) };
}

describe.skipIf(python === undefined)('raws, calibrations, composites and tables with the Python Butler', () => {
  beforeAll(writeRaws);
  afterAll(() => {
    if (address !== undefined) execFileSync(join(SERVICES, 'postgres.sh'), ['stop', cluster], { stdio: 'ignore' });
    rmSync(outer, { recursive: true, force: true });
  });

  const places: readonly (readonly [string, CreateOptions | undefined])[] = [
    ['SQLite', {}],
    ['PostgreSQL', address === undefined ? undefined : { database: address }],
  ];
  for (const [name, place] of places)
    describe.skipIf(place === undefined)(`on ${name}`, () => {
      test('what is made here is opened, queried and read there', async () => {
        const root = join(outer, `ours-${name}`);
        await makeOurs(root, { ...place!, ...(place!.database ? { namespace: 'frames_ours' } : {}) });
        const found = await describeOurs(root);
        expect(found).toHaveLength(RAWS + 3);
        expect(peer(['describe', root])).toEqual(found);
      });

      test('what is made there is opened, queried and read here', async () => {
        const root = join(outer, `theirs-${name}`);
        peer(['make', root, incoming], place!.database ? { PEER_DATABASE: place!.database, PEER_NAMESPACE: 'frames_theirs' } : {});
        const found = await describeOurs(root);
        expect(found).toHaveLength(RAWS + 3);
        expect(peer(['describe', root])).toEqual(found);
      });
    });

  test('composites in parts go both ways by bundle, and as one file by the exchange format', async () => {
    const at = { instrument: 'SimCam-tiny', detector: 0 };
    const value = { head: { n: 1 }, body: { rows: [1, 2, 3] } };
    const storageClasses = partsClasses();
    const formatters = defaultFormatters();
    formatters.add(formatters.forWriting('', 'StructuredDataDict'), { storageClasses: ['PartsDict'] });
    const [ours, theirs] = [join(outer, 'ours-SQLite'), join(outer, 'theirs-SQLite')];
    await using source = await Butler.open(ours, { storageClasses, formatters });
    const datasets = await source.queryDatasets('parts', { collections: ['u/me'] });
    const expected = { id: datasets[0]!.id, value, head: value.head };
    expect(peer(['unbundle', ours, await writeBundle(source, datasets, join(outer, 'bundle'))])).toEqual({ ...expected, files: 2 });
    await exportToFolder(source, join(outer, 'parts-export'), { datasets });
    expect(peer(['import', join(outer, 'parts-imported'), join(outer, 'parts-export')])).toEqual({ ...expected, files: 1 });
    // What Python reads and writes as one file, it also exports; we read that.
    const made = String(peer(['bundle', theirs]));
    await using target = await Butler.create(join(outer, 'unbundled'), { storageClasses });
    const camera = loadCamera('simcam-tiny');
    await registerInstrument(target, camera);
    const [ref] = await ingestBundle(target, made);
    expect([await target.get(ref!), await target.get({ ...ref!, component: 'head' }), (await target.getUris(ref!)).length]).toEqual([
      value,
      value.head,
      2,
    ]);
    expect(await target.get('parts', at, { collections: ['u/me'] })).toEqual(value);
    expect((await checkRepository(target, { checksums: true })).problems).toEqual([]);
  });

  test('raws are read there by address with what the registry of packages has, and nothing else', async () => {
    const root = join(outer, 'ours-SQLite');
    await using butler = await Butler.open(root);
    const raws = await butler.queryDatasets('raw', { collections: ['SimCam-tiny/raw/all'] });
    const values = await Promise.all(raws.map(async (ref) => [ref.id, await valueOf(await butler.get(ref))] as const));
    expect(peer(['addresses', root])).toEqual(Object.fromEntries(values));
  });

  test.skipIf(!haveData)('a repository of 2022 that was migrated here opens there for writing', async () => {
    const root = join(outer, 'of-2022');
    cpSync(dataPath('butler', 'metricvalue_repo1'), root, { recursive: true });
    await migrateRepository(root);
    expect(peer(['read', root])).toEqual({ universe: 8, datasets: 15, old: 1, visits: 2 });
  });
});
