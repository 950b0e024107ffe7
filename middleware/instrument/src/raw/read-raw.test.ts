import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { loadCamera } from '../camera/load-camera.ts';
import { RawGeometryError } from '../errors.ts';
import { readRaw } from './read-raw.ts';

test.skipIf(!haveData)('reads an amplifier with its overscan', async () => {
  const raw = await readRaw(dataPath('m92-kpno-1987/raw/m92010_M92_V.fits'));
  expect(raw.info.instrument).toBe('KPNO-RCA1');
  expect(raw.amplifiers.map(({ width, height }) => [width, height])).toEqual([[352, 512]]);
  expect(raw.amplifiers[0]?.amplifier.rawSerialOverscan).toEqual({ x: 320, y: 0, width: 32, height: 512 });
});

test.skipIf(!haveData)('reads sixteen amplifiers from sixteen extensions', async () => {
  const raw = await readRaw(dataPath('amp-assembly-lsstcam/e2v_spot.fits.gz'));
  expect(raw.detector.name).toBe('R22_S11');
  expect(raw.amplifiers.map((a) => a.amplifier.name).join(' ')).toBe('C10 C11 C12 C13 C14 C15 C16 C17 C07 C06 C05 C04 C03 C02 C01 C00');
});

test.skipIf(!haveData)('the generic camera takes its geometry from the header', async () => {
  const raw = await readRaw(dataPath('single-raw-frames/saao-ste3-rf0420-raw.fits'), { cameras: [loadCamera('generic')] });
  expect([raw.detector.width, raw.detector.height]).toEqual([512, 520]);
  expect(raw.amplifiers[0]?.amplifier).toMatchObject({
    gain: 1.9,
    readNoise: 5,
    rawData: { x: 16, width: 512 },
    rawSerialOverscan: { x: 3, width: 10 },
  });
});

test.skipIf(!haveData)('a camera that does not fit the raw is refused', async () => {
  const path = dataPath('single-raw-frames/saao-ste3-rf0420-raw.fits');
  await expect(readRaw(path, { detector: 7 })).rejects.toThrow(RawGeometryError);
  await expect(readRaw(path, { cameras: [loadCamera('asi120')], strict: false })).rejects.toThrow(RawGeometryError);
});
