import { bytesSource, emptyHdu, fitsBytes, Header, imageHdu, openFits } from '@almagest/fits';
import { createWcs, type WcsDefinition } from '@almagest/wcs';
import { expect, test } from 'vitest';
import {
  type ChebyshevField,
  createMaskedImage,
  cutOut,
  DEFAULT_MASK_PLANES,
  type Exposure,
  exposureHdus,
  exposureOf,
  ExposurePartError,
  gaussianPsf,
  MaskPlanesError,
  moffatPsf,
  NoImageError,
  type PixelBasisModel,
  pixelBasisPsf,
  readExposure,
  subExposure,
  withPlanes,
} from '../index.ts';

const DEFINITION: WcsDefinition = {
  crpix: [130, 220],
  cd: [-5e-5, 1e-6, 1e-6, 5e-5],
  projection: 'TAN',
  crval: [150.1, -30.5],
  frame: { system: 'ICRS' },
};

function sample(): Exposure {
  const masked = createMaskedImage(12, 9, { x0: 120, y0: 210, planes: withPlanes(DEFAULT_MASK_PLANES, ['STREAK']) });
  masked.image.data.forEach((_, k) => (masked.image.data[k] = Math.sin(k)));
  masked.image.data[7] = Number.NaN;
  masked.mask.data.set([1, 2, 512, -(2 ** 31)], 3);
  masked.variance.data.fill(2.5);
  return exposureOf(masked, {
    wcs: createWcs(DEFINITION),
    photoCalib: { calibrationMean: 0.5, calibrationErr: 0.001 },
    filter: { band: 'r', physical: 'r_03' },
    detectorId: 42,
    detectorName: 'R11_S20',
    visitInfo: {
      visitId: 2024112600120n,
      midpointTaiNs: 1732600000123456789n,
      exposureSec: 30,
      boresightRa: 2.5,
      humidity: 0.4,
      instrument: 'X',
    },
    metadata: new Map<string, string | number | boolean>([
      ['SEEING', 0.75],
      ['GOOD', true],
      ['A LONG KEY', 'text'],
    ]),
  });
}

async function roundTrip(exposure: Exposure, options: Parameters<typeof readExposure>[1] = {}): Promise<Exposure> {
  return readExposure(await openFits(bytesSource(await fitsBytes(exposureHdus(exposure)))), options);
}

test('an exposure comes back from its file identically', async () => {
  const exposure = sample();
  const back = await roundTrip(exposure);
  expect(back.maskedImage.image).toMatchObject({ x0: 120, y0: 210, width: 12, height: 9 });
  expect(back.maskedImage.image.data).toEqual(exposure.maskedImage.image.data);
  expect(back.maskedImage.variance.data).toEqual(exposure.maskedImage.variance.data);
  expect(back.maskedImage.mask.data).toEqual(exposure.maskedImage.mask.data);
  expect(back.maskedImage.mask.planes).toEqual(exposure.maskedImage.mask.planes);
  expect(back.visitInfo).toEqual({ ...exposure.visitInfo, boresightRa: expect.closeTo(2.5, 14) as number });
  expect(back.filter).toEqual(exposure.filter);
  expect([back.detectorId, back.detectorName]).toEqual([42, 'R11_S20']);
  expect(back.photoCalib?.calibrationMean).toBeCloseTo(0.5, 14);
  expect(back.photoCalib?.calibrationErr).toBeCloseTo(0.001, 14);
  expect(back.metadata).toEqual(exposure.metadata);
  const [here, there] = [exposure, back].map((each) => each.wcs?.pixelToSky(125, 215));
  expect(there?.ra).toBeCloseTo(here?.ra ?? 0, 14);
  expect(there?.dec).toBeCloseTo(here?.dec ?? 0, 14);
});

test('PSF, varying calibration, aperture corrections and valid region come back from the file identically', async () => {
  const box = { x0: 120, y0: 210, width: 12, height: 9 };
  const model: PixelBasisModel = {
    halfWidth: 4,
    sampling: 0.5,
    order: 1,
    box,
    coefficients: Float64Array.from({ length: 3 * 81 }, (_, k) =>
      k < 81 ? Math.exp(-(((k % 9) - 4) ** 2 + (Math.floor(k / 9) - 4) ** 2) / 6) : 1e-3 * Math.sin(k),
    ),
    averagePosition: { x: 125.25, y: 214 },
    fwhmPixels: 3.25,
  };
  const field: ChebyshevField = {
    box,
    coefficients: [
      [1, 0.1 + 0.2],
      [1 / 3, 0],
    ],
  };
  const parts: Partial<Exposure> = {
    photoCalib: { calibrationMean: 1 / 7, calibrationErr: 0, scaling: field },
    apCorrMap: new Map([
      ['psfFlux', { field, error: 0.01 }],
      ['gaussianFlux', { field: { box, coefficients: [[0.99]] }, error: Number.NaN }],
    ]),
    validPolygon: [
      { x: 119.5, y: 209.5 },
      { x: 131.5, y: 209.5 },
      { x: 125, y: 218.25 },
    ],
  };
  for (const psf of [pixelBasisPsf(model), gaussianPsf(1.3), moffatPsf(3.1, { halfWidth: 9 })]) {
    const back = await roundTrip({ ...sample(), ...parts, psf });
    expect(back.psf?.description).toEqual(psf.description);
    expect(back.psf?.computeImage(124.3, 213.6)).toEqual(psf.computeImage(124.3, 213.6));
    expect([back.photoCalib, back.apCorrMap, back.validPolygon]).toEqual([parts.photoCalib, parts.apCorrMap, parts.validPolygon]);
  }
});

test('a part that is not laid out as its cards say is refused', async () => {
  const plane = imageHdu({ data: new Float32Array(4), shape: [2, 2], name: 'IMAGE' });
  const psf = (cards: Record<string, string | number>): Promise<Exposure> =>
    fitsBytes([emptyHdu(), plane, imageHdu({ data: new Float64Array(8), shape: [2, 2, 2], name: 'PSF', header: Header.of(cards) })]).then(
      async (bytes) => readExposure(await openFits(bytesSource(bytes))),
    );
  await expect(psf({ PSFKIND: 'pixel-basis', PSFORDER: 1 })).rejects.toThrow('3 squares of odd side; found 2 x 2 x 2');
  await expect(psf({ PSFKIND: 'pixel-basis' })).rejects.toThrow('PSFORDER');
  await expect(psf({ PSFKIND: 'other' })).rejects.toThrow(ExposurePartError);
  expect((await psf({})).psf).toBeUndefined();
});

test('a view is written as what it shows, and a box is read alone, both with their places', async () => {
  const box = { x0: 123, y0: 212, width: 5, height: 4 };
  const view = subExposure(sample(), box);
  for (const back of [await roundTrip(view), await roundTrip(sample(), { box })]) {
    expect(back.maskedImage.image).toMatchObject(box);
    expect(back.maskedImage.image.data[0]).toBe(Math.fround(Math.sin(2 * 12 + 3)));
    expect(back.wcs?.pixelToSky(125, 215).ra).toBeCloseTo(sample().wcs?.pixelToSky(125, 215).ra ?? 0, 14);
  }
  await expect(roundTrip(sample(), { box: { ...box, width: 50 } })).rejects.toThrow('inside');
});

test('a plain image gets a mask of its NaN pixels and unknown variance', async () => {
  const data = Float32Array.of(1, Number.NaN, 3, 4);
  const file = await openFits(bytesSource(await fitsBytes([imageHdu({ data, shape: [2, 2] })])));
  const { maskedImage, wcs } = await readExposure(file);
  expect([...maskedImage.mask.data]).toEqual([0, 256, 0, 0]);
  expect(maskedImage.variance.data.every(Number.isNaN)).toBe(true);
  expect(wcs).toBeUndefined();
});

test('files without an image and with impossible mask planes are refused', async () => {
  const empty = await openFits(bytesSource(await fitsBytes([])));
  await expect(readExposure(empty)).rejects.toThrow(NoImageError);
  const data = new Int32Array(4);
  const bad = await fitsBytes([
    imageHdu({ data: new Float32Array(4), shape: [2, 2], name: 'IMAGE' }),
    imageHdu({ data, shape: [2, 2], name: 'MASK', header: Header.of({ MP_BAD: 99 }) }),
  ]);
  await expect(readExposure(await openFits(bytesSource(bad)))).rejects.toThrow(MaskPlanesError);
});

test('a cutout is a view about the point, clipped at the edge; off the image there is none', () => {
  const exposure = sample();
  const at = exposure.wcs?.pixelToSky(121, 214) ?? { ra: 0, dec: 0 };
  expect(cutOut(exposure, at, 5)?.maskedImage.image).toMatchObject({ x0: 120, y0: 212, width: 4, height: 5 });
  expect(cutOut(exposure, { ra: 0, dec: 0 }, 5)).toBeUndefined();
});
