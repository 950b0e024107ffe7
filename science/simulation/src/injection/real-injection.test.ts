import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { bytesSource, openFits, readImage } from '@almagest/fits';
import { createMaskedImage, type Exposure, exposureOf, gaussianPsf } from '@almagest/image';
import { runTask } from '@almagest/pipeline';
import { median, SIGMA_PER_MAD } from '@almagest/numerics';
import { columnFromCells, getColumn, makeTable, type Table } from '@almagest/table';
import { dataPath, haveData } from '@almagest/test-data';
import { readWcs } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { injectionTask } from './injection-task.ts';

/** A real DECam exposure of 2018, sky-subtracted, with its TPV world coordinates. */
async function decam(): Promise<Exposure> {
  const packed = readFileSync(dataPath('decam-diff-2018/input_data', 'DEC-OBS04a.mini.fits'));
  const bytes = packed[0] === 0x1f ? gunzipSync(packed) : packed;
  const hdu = await (await openFits(bytesSource(bytes))).hdu(0);
  const { data, shape } = await readImage(hdu, { as: 'float32' });
  const [height, width] = shape;
  const maskedImage = createMaskedImage(width, height);
  maskedImage.image.data.set(data as Float32Array);
  const center = median(data as Float32Array);
  const sigma = SIGMA_PER_MAD * median((data as Float32Array).map((v) => Math.abs(v - center)));
  maskedImage.variance.data.fill(sigma * sigma);
  const fwhm = hdu.header.getNumber('FWHM') ?? 4;
  return exposureOf(maskedImage, {
    psf: gaussianPsf(fwhm / 2.3548),
    photoCalib: { calibrationMean: 3, calibrationErr: 0 },
    wcs: readWcs(hdu.header),
    filter: { band: 'i', physical: 'i' },
  });
}

function catalogue(exposure: Exposure, places: readonly (readonly [number, number, number])[]): Table {
  const sky = places.map(([x, y]) => exposure.wcs!.pixelToSky(x, y));
  const real = (name: string, values: readonly number[]): ReturnType<typeof columnFromCells> =>
    columnFromCells({ name, datatype: 'float64' }, values);
  return makeTable([
    columnFromCells(
      { name: 'id', datatype: 'int64' },
      places.map((_, k) => BigInt(k + 1)),
    ),
    real(
      'ra',
      sky.map(({ ra }) => (ra * 180) / Math.PI),
    ),
    real(
      'dec',
      sky.map(({ dec }) => (dec * 180) / Math.PI),
    ),
    real(
      'i_mag',
      places.map(([, , mag]) => mag),
    ),
    real(
      'radius',
      places.map((_, k) => (k === 2 ? 0.7 : 0)),
    ),
  ]);
}

test.skipIf(!haveData)(
  'stars and a galaxy go into a real DECam exposure, with their flux, their truth, and the same bits again',
  async () => {
    const run = async (): Promise<{ before: Float32Array; injected: Exposure; truth: Table }> => {
      const exposure = await decam();
      const before = exposure.maskedImage.image.data.slice();
      const table = catalogue(exposure, [
        [60.3, 80.6, 18],
        [200.5, 40.2, 19],
        [120, 210, 18.5],
        [5000, 5000, 18],
      ]);
      const { outputs } = await runTask(injectionTask, {
        inputs: { exposure, catalogue: table },
        config: { magnitudeColumn: '{band}_mag', seed: 'real' },
        dataId: { instrument: 'DECam', visit: 1, detector: 2 },
      });
      return { before, injected: outputs['injected'] as Exposure, truth: outputs['truth'] as Table };
    };
    const [first, second] = [await run(), await run()];
    expect(second.injected.maskedImage.image.data).toEqual(first.injected.maskedImage.image.data);
    expect(second.injected.maskedImage.variance.data).toEqual(first.injected.maskedImage.variance.data);
    const { before, injected, truth } = first;
    const [x, y, counts] = ['x', 'y', 'counts'].map((name) => getColumn(truth, name).data as Float64Array);
    expect([...(getColumn(truth, 'skipped').data as readonly string[])]).toEqual(['', '', '', 'outside']);
    expect(x[0]).toBeCloseTo(60.3, 2);
    expect(y[0]).toBeCloseTo(80.6, 2);
    const { width } = injected.maskedImage.image;
    for (const k of [0, 1, 2]) {
      let sum = 0;
      for (let j = -20; j <= 20; j++)
        for (let i = -20; i <= 20; i++) {
          const at = (Math.round(y[k]) + j) * width + Math.round(x[k]) + i;
          sum += injected.maskedImage.image.data[at] - before[at];
        }
      // Its own photons scatter the sum.
      expect(Math.abs(sum - counts[k])).toBeLessThan(5 * Math.sqrt(counts[k]) + 0.02 * counts[k]);
    }
    const core = 1 << injected.maskedImage.mask.planes['INJECTED_CORE']!;
    expect(injected.maskedImage.mask.data[Math.round(y[0]) * width + Math.round(x[0])] & core).toBe(core);
  },
);
