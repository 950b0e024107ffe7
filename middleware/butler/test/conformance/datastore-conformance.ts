import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { createImage, createMask, type Exposure, exposureOf, maskedImageOf, planeBits } from '@almagest/image';
import { createWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import {
  Butler,
  checkRepository,
  type CreateOptions,
  type DatasetRef,
  exportToFolder,
  importDatasets,
  ingestBundle,
  ingestFiles,
  pruneDatasets,
  retrieveArtifacts,
  transferDatasets,
  writeBundle,
} from '../../src/index.ts';
import { insertCamera, type TestRepository } from '../test-repository.ts';

/** What every datastore must do; `makeRepository` gives a fresh repository over it, with the test camera. */
export function datastoreConformance(makeRepository: (options?: CreateOptions) => Promise<TestRepository>): void {
  const dataId = (visit: number) => ({ instrument: 'Cam', visit });
  const prepare = async (butler: Butler): Promise<void> => {
    await butler.registerDatasetType({ name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' });
    await butler.registerDatasetType({ name: 'other', dimensions: ['visit'], storageClass: 'TaskMetadata' });
  };

  test('returns what was put, and nothing after it was removed', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    await prepare(butler);
    const ref = await butler.put({ rms: 1.5, text: 'ä' }, 'metric', dataId(2), { run: 'a/b' });
    expect(await butler.get(ref)).toEqual({ rms: 1.5, text: 'ä' });
    expect([await butler.exists(ref), (await butler.getUris(ref)).length]).toEqual([true, 1]);
    await pruneDatasets(butler, [ref], { unstore: true });
    expect(await butler.exists(ref)).toBe(false);
    await expect(butler.get(ref)).rejects.toMatchObject({ code: 'butler.artifact-missing' });
    expect(await collect(butler)).toEqual([]);
  });

  test('keeps all of a batch or nothing', async () => {
    await using repository = await makeRepository();
    const { butler } = repository;
    await prepare(butler);
    const refs = [await butler.makeRef('metric', dataId(2), { run: 'a' }), await butler.makeRef('metric', dataId(3), { run: 'a' })];
    const bad = await butler.makeRef('other', dataId(2), { run: 'a' });
    await expect(butler.putMany([...refs.map((ref) => ({ ref, value: { ok: 1 } })), { ref: bad, value: () => 1 }])).rejects.toMatchObject({
      code: 'butler.wrong-storage-class',
    });
    expect(await collect(butler)).toEqual([]);
    const twice = { ...refs[0]!, id: (await butler.makeRef('metric', dataId(2), { run: 'a' })).id };
    await expect(butler.putMany([refs[0]!, twice].map((ref) => ({ ref, value: { ok: 1 } })))).rejects.toMatchObject({
      code: 'butler.dataset-conflict',
    });
    expect(await collect(butler)).toEqual([]);
    await butler.putMany(refs.map((ref) => ({ ref, value: { ok: 1 } })));
    await butler.putMany(
      refs.map((ref) => ({ ref, value: { ok: 2 } })),
      { existing: 'skip' },
    );
    expect(await butler.get(refs[1]!)).toEqual({ ok: 1 });
    expect((await collect(butler)).length).toBe(2);
    expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
  });

  test('takes files over, several datasets in one', async () => {
    await using repository = await makeRepository();
    const { butler, folder } = repository;
    await prepare(butler);
    const path = join(folder, '../incoming.yaml');
    writeFileSync(path, 'rms: 7\n');
    const refs: DatasetRef[] = [
      await butler.makeRef('metric', dataId(2), { run: 'in' }),
      await butler.makeRef('metric', dataId(3), { run: 'in' }),
    ];
    await ingestFiles(butler, [{ path, refs }], { mode: 'move' });
    expect([existsSync(path), await butler.get(refs[0]!), await butler.get(refs[1]!)]).toEqual([false, { rms: 7 }, { rms: 7 }]);
    await pruneDatasets(butler, [refs[0]!], { purge: true });
    expect(await butler.get(refs[1]!)).toEqual({ rms: 7 });
    await pruneDatasets(butler, [refs[1]!], { purge: true });
    expect(await collect(butler)).toEqual([]);
    await expect(ingestFiles(butler, [{ path, refs }], { mode: 'copy' })).rejects.toMatchObject({ code: 'butler.artifact-missing' });
  });

  test('gives artifacts out again: as files, as a bundle that stays whole, and to another repository', async () => {
    await using repository = await makeRepository();
    const { butler, folder } = repository;
    await prepare(butler);
    const refs = [
      await butler.put({ n: 1 }, 'metric', dataId(2), { run: 'a' }),
      await butler.put({ n: 2 }, 'metric', dataId(3), { run: 'a' }),
    ];
    const files = await retrieveArtifacts(butler, refs, join(folder, '../out'));
    expect(files.map((file) => readFileSync(file, 'utf8').trim()).toSorted()).toEqual(['n: 1', 'n: 2']);
    const bundle = await writeBundle(butler, refs, join(folder, '../bundle'));
    await pruneDatasets(butler, refs, { purge: true });
    await ingestBundle(butler, bundle);
    expect((await collect(butler)).map((path) => extname(path))).toEqual(['.zip']);
    expect([await butler.get(refs[0]!), await butler.get(refs[1]!), await butler.exists(refs[1]!)]).toEqual([{ n: 1 }, { n: 2 }, true]);
    expect((await checkRepository(butler, { checksums: true })).problems).toEqual([]);
    const unpacked = await retrieveArtifacts(butler, refs, join(folder, '../unpacked'), { preservePath: false });
    expect(unpacked.map((file) => readFileSync(file, 'utf8').trim()).toSorted()).toEqual(['n: 1', 'n: 2']);
    await using other = await Butler.create(join(folder, '../other'));
    await insertCamera(other);
    expect(await transferDatasets(butler, other, refs, { records: false })).toHaveLength(2);
    expect(await transferDatasets(butler, other, refs, { records: false })).toEqual([]);
    expect([await other.get(refs[0]!), await other.get(refs[1]!)]).toEqual([{ n: 1 }, { n: 2 }]);
    const text = await exportToFolder(butler, join(folder, '../export'), { datasets: refs });
    await pruneDatasets(other, refs, { purge: true });
    await importDatasets(other, text, { mode: 'copy', skipExisting: true });
    expect([await other.get(refs[0]!), await other.get(refs[1]!)]).toEqual([{ n: 1 }, { n: 2 }]);
    await pruneDatasets(butler, [refs[0]!], { purge: true });
    expect(await butler.get(refs[1]!)).toEqual({ n: 2 });
    await pruneDatasets(butler, [refs[1]!], { purge: true });
    expect(await collect(butler)).toEqual([]);
  });

  test('stores composites in parts where it is asked to, and puts them together again', async () => {
    await using repository = await makeRepository({ composites: { default: false, disassembled: { ExposureF: true } } });
    const { butler, folder } = repository;
    await butler.registerDatasetType({ name: 'calexp', dimensions: ['visit', 'detector'], storageClass: 'ExposureF' });
    const image = createImage(20, 10, { x0: 3, y0: 4 });
    image.data.forEach((_, i) => (image.data[i] = i));
    const mask = createMask(20, 10, { x0: 3, y0: 4 });
    mask.data[5] = planeBits(mask.planes, ['SAT']);
    const exposure = exposureOf(maskedImageOf(image, mask, createImage(20, 10, { x0: 3, y0: 4 })), {
      wcs: createWcs({ crpix: [10, 5], cd: [-5e-5, 0, 0, 5e-5], projection: 'TAN', crval: [57, -28], frame: { system: 'ICRS' } }),
      visitInfo: { visitId: 2n, exposureSec: 30 },
      photoCalib: { calibrationMean: 2, calibrationErr: 0.1 },
      filter: { band: 'g', physical: 'Cam-G' },
      detectorId: 1,
      detectorName: 'S01',
      metadata: new Map([['OBSNOTE', 'thin clouds']]),
    });
    const at = { ...dataId(2), detector: 1 };
    const ref = await butler.put(exposure, 'calexp', at, { run: 'parts' });
    const records = (await butler.registry.fetchFileRecords([ref.id])).get(ref.id)!;
    expect(records.map((record) => [record.component, record.storageClass]).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))).toEqual([
      ['detector', 'Detector'],
      ['filter', 'FilterLabel'],
      ['image', 'ImageF'],
      ['mask', 'MaskX'],
      ['metadata', 'PropertyList'],
      ['photoCalib', 'PhotoCalib'],
      ['variance', 'ImageF'],
      ['visitInfo', 'VisitInfo'],
      ['wcs', 'Wcs'],
    ]);
    expect(records.find((record) => record.component === 'wcs')!.path).toContain('calexp.wcs/');
    const whole = async (from: Butler, wanted: DatasetRef): Promise<void> => {
      const back = (await from.get(wanted)) as Exposure;
      expect(back.maskedImage.image.data).toEqual(image.data);
      expect(back.maskedImage.mask.data[5]).toBe(mask.data[5]);
      expect(back).toMatchObject({ visitInfo: exposure.visitInfo, photoCalib: exposure.photoCalib, filter: exposure.filter });
      expect([back.detectorId, back.detectorName, back.metadata.get('OBSNOTE')]).toEqual([1, 'S01', 'thin clouds']);
      expect(back.wcs!.pixelToSky(7, 8)).toEqual(exposure.wcs!.pixelToSky(7, 8));
    };
    await whole(butler, ref);
    const collections = ['parts'];
    expect(await butler.get('calexp.bbox', at, { collections })).toEqual({ x0: 3, y0: 4, width: 20, height: 10 });
    expect(await butler.get('calexp.filter', at, { collections })).toEqual({ band: 'g', physical: 'Cam-G' });
    expect(await butler.get('calexp.coaddInputs', at, { collections })).toBeNull();
    const part = (await butler.get(ref, {}, { parameters: { bbox: { x0: 5, y0: 6, width: 2, height: 2 } } })) as Exposure;
    expect([part.maskedImage.image.width, part.maskedImage.image.data[0]]).toEqual([2, 42]);
    await using other = await Butler.create(join(folder, '../other'));
    await transferDatasets(butler, other, [ref]);
    await whole(other, ref);
    expect((await checkRepository(other, { checksums: true })).problems).toEqual([]);
    // A bundle keeps the parts; the exchange format, which knows none, gets one file.
    const bundle = await writeBundle(butler, [ref], join(folder, '../bundle'));
    const text = await exportToFolder(butler, join(folder, '../export'), { datasets: [ref] });
    for (const [name, bring, parts] of [
      ['unbundled', async (into: Butler) => await ingestBundle(into, bundle), records.length],
      ['imported', async (into: Butler) => await importDatasets(into, text, { mode: 'copy', skipExisting: true }), 1],
    ] as const) {
      await using third = await Butler.create(join(folder, `../${name}`));
      await bring(third);
      expect((await third.registry.fetchFileRecords([ref.id])).get(ref.id)).toHaveLength(parts);
      await whole(third, ref);
      expect(await third.get('calexp.filter', at, { collections })).toEqual({ band: 'g', physical: 'Cam-G' });
      expect((await checkRepository(third, { checksums: true })).problems).toEqual([]);
    }
    await pruneDatasets(butler, [ref], { purge: true });
    expect(await collect(butler)).toEqual([]);
  });
}

async function collect(butler: Butler): Promise<readonly string[]> {
  const paths: string[] = [];
  for await (const { path } of butler.datastore.listArtifacts()) paths.push(path);
  return paths.toSorted();
}
