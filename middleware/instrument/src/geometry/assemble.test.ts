import { openFits, readImage } from '@almagest/fits';
import { openFile } from '@almagest/resources';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { loadCamera } from '../camera/load-camera.ts';
import { RawGeometryError } from '../errors.ts';
import { type AnyPixels, assembleAmplifierInto, assembleDetector, disassembleAmplifierInto, type PixelPlane, rawSize } from './assemble.ts';
import { formatFitsSection, makeBox, parseFitsSection } from './box.ts';
import { fieldToFocalPlane, focalPlaneToField, focalPlaneToPixel, getDetector, pixelToFocalPlane } from './focal-plane.ts';

test.skipIf(!haveData)('assembles the LSSTCam raw to the expected detector, every pixel equal', async () => {
  await using rawFile = await openFile(dataPath('amp-assembly-lsstcam/e2v_spot.fits.gz'));
  await using wantFile = await openFile(dataPath('amp-assembly-lsstcam/e2v_expected_assembled.fits.gz'));
  const raw = await openFits(rawFile);
  const detector = getDetector(loadCamera('lsstcam'), 'R22_S11');
  const planes = new Map<string, PixelPlane<AnyPixels>>();
  for (const amp of detector.amplifiers) {
    const { data, shape } = await readImage(await raw.hdu(amp.hdu));
    planes.set(amp.name, { data: data as AnyPixels, width: shape[1] ?? 0, height: shape[0] ?? 0 });
  }
  const got = assembleDetector(detector, (amp) => planes.get(amp.name)!);
  const want = await readImage(await (await openFits(wantFile)).hdu(0));
  expect([got.height, got.width]).toEqual(want.shape);
  let different = 0;
  for (const [i, value] of got.data.entries()) if (value !== want.data[i]) different++;
  expect(different).toBe(0);
});

test('disassembly undoes assembly for every flip', () => {
  const detector = getDetector(loadCamera('lsstcam'), 94);
  const size = rawSize(detector.amplifiers);
  expect(size).toEqual({ width: 576, height: 2048 });
  for (const [flipX, flipY] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const) {
    const amp = { ...detector.amplifiers[0]!, flipX, flipY, box: makeBox(1, 2, 3, 2), rawData: makeBox(2, 1, 3, 2) };
    const assembled = { data: Int32Array.from({ length: 30 }, (_, i) => i), width: 6, height: 5 };
    const raw = { data: new Int32Array(24), width: 6, height: 4 };
    disassembleAmplifierInto(assembled, amp, raw);
    const back = { data: new Int32Array(30), width: 6, height: 5 };
    assembleAmplifierInto(raw, amp, back);
    expect([...back.data].filter((v) => v !== 0)).toEqual([13, 14, 15, 19, 20, 21]);
  }
});

test('a raw that is too small is refused by name', () => {
  const amp = getDetector(loadCamera('simcam-tiny'), 0).amplifiers[0]!;
  const raw = { data: new Uint16Array(100), width: 10, height: 10 };
  expect(() => assembleAmplifierInto(raw, amp, { data: new Float32Array(512 * 512), width: 512, height: 512 })).toThrow(RawGeometryError);
});

test('FITS sections with flips and blanks go both ways', () => {
  expect(parseFitsSection('[2048:1025,4096:1]')).toEqual({ box: makeBox(1024, 0, 1024, 4096), flipX: true, flipY: true });
  expect(parseFitsSection('[   4:  13,   1: 520]')).toEqual({ box: makeBox(3, 0, 10, 520), flipX: false, flipY: false });
  expect(formatFitsSection(parseFitsSection('[512:1,1:2002]')!)).toBe('[512:1,1:2002]');
  expect(parseFitsSection('[0:1,1:2]')).toBeUndefined();
});

test('the focal plane goes both ways to 1e-9 pixel with distortion', () => {
  const camera = loadCamera('simcam');
  const detector = getDetector(camera, 'S22');
  for (const [x, y] of [
    [0, 0],
    [4095, 10],
    [2047.5, 4000],
  ] as const) {
    const field = focalPlaneToField(camera, pixelToFocalPlane(detector, x, y));
    const back = focalPlaneToPixel(detector, fieldToFocalPlane(camera, field));
    expect(Math.hypot(back.x - x, back.y - y)).toBeLessThan(1e-9);
  }
  expect(fieldToFocalPlane(camera, { xArcsec: 0, yArcsec: 0 })).toEqual({ xMm: 0, yMm: 0 });
});
