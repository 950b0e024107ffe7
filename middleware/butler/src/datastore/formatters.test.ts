import {
  type ChebyshevField,
  createImage,
  createMask,
  type Exposure,
  exposureOf,
  type Image,
  maskedImageOf,
  moffatPsf,
  planeBits,
  type Psf,
} from '@almagest/image';
import { cellAt, makeColumn, makeTable, type Table } from '@almagest/table';
import { expect, test } from 'vitest';
import { makeTestRepository } from '../../test/test-repository.ts';
import { ReadParameterError, StorageClassError } from '../index.ts';

function sampleExposure(): Exposure {
  const image = createImage(20, 10, { x0: 3, y0: 4 });
  for (let i = 0; i < image.data.length; i += 1) image.data[i] = i;
  const mask = createMask(20, 10, { x0: 3, y0: 4 });
  mask.data[5] = planeBits(mask.planes, ['SAT']);
  const variance = createImage(20, 10, { x0: 3, y0: 4 });
  variance.data.fill(2);
  return exposureOf(maskedImageOf(image, mask, variance), {
    metadata: new Map([['SEEINGX', 'M13']]),
    filter: { band: 'g', physical: 'Cam-G' },
  });
}

test('exposures come back with components, boxes and provenance', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'calexp', dimensions: ['visit', 'detector'], storageClass: 'ExposureF' });
  const dataId = { instrument: 'Cam', visit: 2, detector: 1 };
  const ref = await butler.put(sampleExposure(), 'calexp', dataId);
  const back = (await butler.get('calexp', dataId)) as Exposure;
  expect(back.maskedImage.image.data).toEqual(sampleExposure().maskedImage.image.data);
  expect(back.filter).toEqual({ band: 'g', physical: 'Cam-G' });
  expect(back.metadata.get('SEEINGX')).toBe('M13');
  expect(Array.from(back.metadata.values())).toContain(ref.id);
  expect(await butler.get('calexp.bbox', dataId)).toEqual({ x0: 3, y0: 4, width: 20, height: 10 });
  expect(((await butler.get('calexp.variance', dataId)) as Image).data[0]).toBe(2);
  expect(await butler.get('calexp.filter', dataId)).toEqual({ band: 'g', physical: 'Cam-G' });
  const part = (await butler.get('calexp.image', dataId, { parameters: { bbox: { x0: 5, y0: 6, width: 2, height: 2 } } })) as Image;
  expect(Array.from(part.data.subarray(0, 4))).toEqual([42, 43, 62, 63]);
  await expect(butler.get('calexp', dataId, { parameters: { columns: ['x'] } })).rejects.toThrow(ReadParameterError);
  await expect(butler.get('calexp.nothing', dataId)).rejects.toThrow(StorageClassError);
  await expect(butler.put({ no: 'exposure' }, 'calexp', { instrument: 'Cam', visit: 3, detector: 1 })).rejects.toThrow(StorageClassError);
});

test('an exposure keeps its PSF, calibrations and valid region, and each is read alone', async () => {
  const scaling: ChebyshevField = {
    box: { x0: 3, y0: 4, width: 20, height: 10 },
    coefficients: [
      [1, 0.1],
      [0.02, 0.003],
    ],
  };
  const parts = {
    psf: moffatPsf(3.2, { beta: 3 }),
    photoCalib: { calibrationMean: 0.1 + 0.2, calibrationErr: 1e-3, scaling },
    apCorrMap: new Map([['psfFlux', { field: scaling, error: 1 / 3 }]]),
    validPolygon: [3, 5, 7].map((k) => ({ x: k / 3, y: k * k })),
  };
  for (const disassembled of [false, true]) {
    await using repository = await makeTestRepository({
      run: 'u/me',
      composites: { default: false, disassembled: { ExposureF: disassembled } },
    });
    const { butler } = repository;
    await butler.registerDatasetType({ name: 'calexp', dimensions: ['visit', 'detector'], storageClass: 'ExposureF' });
    const dataId = { instrument: 'Cam', visit: 2, detector: 1 };
    await butler.put({ ...sampleExposure(), ...parts }, 'calexp', dataId);
    const whole = (await butler.get('calexp', dataId)) as Exposure;
    const psf = (await butler.get('calexp.psf', dataId)) as Psf;
    for (const found of [whole.psf, psf]) expect(found?.computeKernelImage(5, 5)).toEqual(parts.psf.computeKernelImage(5, 5));
    for (const name of ['photoCalib', 'apCorrMap', 'validPolygon'] as const) {
      expect(whole[name]).toEqual(parts[name]);
      expect(await butler.get(`calexp.${name}`, dataId)).toEqual(parts[name]);
    }
  }
});

test('tables come back whole or by columns and rows', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'stars', dimensions: ['visit'], storageClass: 'ArrowAstropy' });
  await butler.registerDatasetType({ name: 'src', dimensions: ['visit'], storageClass: 'SourceCatalog' });
  const table = makeTable([
    makeColumn({ name: 'id', datatype: 'int64', data: BigInt64Array.of(1n, 2n ** 60n, 3n) }),
    makeColumn({
      name: 'coord_ra',
      datatype: 'float64',
      unit: 'deg',
      description: 'right ascension',
      data: Float64Array.of(1.5, 2.5, 3.5),
    }),
  ]);
  const dataId = { instrument: 'Cam', visit: 2 };
  for (const type of ['stars', 'src']) {
    await butler.put(table, type, dataId);
    const back = (await butler.get(type, dataId)) as Table;
    expect(back.columns.map((column) => [column.name, cellAt(column, 1)])).toEqual([
      ['id', 2n ** 60n],
      ['coord_ra', 2.5],
    ]);
    expect(back.columns[1]!.unit).toBe('deg');
  }
  const part = (await butler.get('stars', dataId, { parameters: { columns: ['coord*'], filters: [['id', '>', 2]] } })) as Table;
  expect([part.nrows, part.columns.map((column) => column.name)]).toEqual([2, ['coord_ra']]);
  expect(await butler.get('stars.columns', dataId)).toEqual(['id', 'coord_ra']);
  expect(await butler.get('stars.rowcount', dataId)).toBe(3);
});

test('values of our own keep typed arrays, maps and special numbers', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'kernel', dimensions: ['visit'], storageClass: 'BrighterFatterKernel' });
  const kernel = {
    kind: 'grid',
    pixels: Float32Array.of(1, NaN, 3),
    $x: [NaN, -0, Infinity],
    big: 2n ** 70n,
    planes: new Map([['a', 1]]),
    none: null,
  };
  await butler.put(kernel, 'kernel', { instrument: 'Cam', visit: 2 });
  expect(await butler.get('kernel', { instrument: 'Cam', visit: 2 })).toEqual(kernel);
  await expect(butler.put(new URL('http://a.b'), 'kernel', { instrument: 'Cam', visit: 3 })).rejects.toThrow(StorageClassError);
});

test('what is stored under one storage class is read as those that it converts to, and as no other', async () => {
  await using repository = await makeTestRepository({ run: 'u/me' });
  const { butler } = repository;
  await butler.registerDatasetType({ name: 'stars', dimensions: ['visit'], storageClass: 'ArrowAstropy' });
  await butler.registerDatasetType({ name: 'note', dimensions: ['visit'], storageClass: 'TaskMetadata' });
  const at = { instrument: 'Cam', visit: 2 };
  const stars = makeTable([makeColumn({ name: 'ra', datatype: 'float64', unit: 'deg', data: Float64Array.of(1, 2) })]);
  const ref = await butler.put(stars, 'stars', at);
  for (const storageClass of ['ArrowAstropy', 'ArrowTable', 'ArrowNumpy', 'DataFrame', 'AstropyTable']) {
    const read = (await butler.get(ref, {}, { storageClass })) as Table;
    expect([read.nrows, read.columns[0]!.unit, cellAt(read.columns[0]!, 1)]).toEqual([2, 'deg', 2]);
  }
  await expect(butler.get(ref, {}, { storageClass: 'ExposureF' })).rejects.toThrow('cannot be read as ExposureF');
  expect(await butler.get('stars.columns', at)).toEqual(['ra']);
  expect(await butler.get('stars.rowcount', at)).toBe(2);
  const note = await butler.put({ seeing: 0.7 }, 'note', at);
  expect(await butler.get(note, {}, { storageClass: 'StructuredDataDict' })).toEqual({ seeing: 0.7 });
});
