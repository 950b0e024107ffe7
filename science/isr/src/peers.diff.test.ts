import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCamera } from '@almagest/instrument';
import { createRandom } from '@almagest/numerics';
import { afterAll, expect, test } from 'vitest';
import { DEFAULT_ISR, findCosmicRaysByLaplacian, findCosmicRaysBySharpness, gaussianRatios, reduceRaw } from './index.ts';

const PYTHON = '/usr/bin/python3';
const has = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0;
const hasCcdproc = has('ccdproc');
const hasAstroscrappy = has('astroscrappy');
const folder = mkdtempSync(join(tmpdir(), 'almagest-isr-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SIDE = 512;
const write = (name: string, data: Float32Array | Uint16Array): void =>
  writeFileSync(join(folder, name), new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
const floats = (name: string): Float32Array => {
  const bytes = readFileSync(join(folder, name));
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
const python = (script: string): string => execFileSync(PYTHON, ['-W', 'ignore', '-c', script, folder], { encoding: 'utf8' });

test.skipIf(!hasCcdproc)('bias, dark and flat agree with ccdproc to float32 rounding', () => {
  const [detector] = loadCamera('simcam-tiny').detectors;
  // One amplifier that is the whole detector, without overscan: what is compared are the steps after it.
  const box = { x: 0, y: 0, width: SIDE, height: SIDE };
  const amplifier = {
    ...detector.amplifiers[0],
    box,
    rawData: box,
    rawSerialOverscan: null,
    flipX: false,
    flipY: false,
    gain: 1.5,
    readNoise: 6,
  };
  const random = createRandom('ccdproc');
  const data = Float32Array.from({ length: SIDE * SIDE }, () => random.normal(2000, 40));
  const plane = (mean: number, sigma: number): Float32Array => Float32Array.from({ length: SIDE * SIDE }, () => random.normal(mean, sigma));
  const [bias, dark, flat] = [plane(300, 4), plane(0.2, 0.05), plane(1, 0.03)];
  const { maskedImage } = reduceRaw(
    {
      detector: { ...detector, amplifiers: [amplifier] },
      amplifiers: [{ amplifier, data, width: SIDE, height: SIDE }],
      darkSec: 33,
      seed: 'p',
    },
    { bias, dark, flat },
    { ...DEFAULT_ISR, serialOverscan: null, saturation: false, defects: false, interpolation: null },
  );
  for (const [name, each] of Object.entries({ data, bias, dark, flat })) write(name, each);
  python(`
import sys, numpy as np, ccdproc, astropy.units as u
from astropy.nddata import CCDData
data, bias, dark, flat = (np.fromfile(sys.argv[1] + '/' + n, '<f4').reshape(512, 512) for n in ('data', 'bias', 'dark', 'flat'))
c = ccdproc.gain_correct(CCDData(data, unit='adu'), 1.5 * u.electron / u.adu)
c = ccdproc.subtract_bias(c, CCDData(bias, unit='electron'))
c = ccdproc.subtract_dark(c, CCDData(dark, unit='electron'), dark_exposure=1 * u.s, data_exposure=33 * u.s, scale=True)
c = ccdproc.flat_correct(c, CCDData(flat, unit=u.dimensionless_unscaled), norm_value=1.0)
c.data.astype('<f4').tofile(sys.argv[1] + '/out')
`);
  const theirs = floats('out');
  // Each of the four steps rounds once: at the largest value on the way, 3000 electrons, to 1.2e-4 in the last place.
  let worst = 0;
  for (const [i, value] of maskedImage.image.data.entries()) worst = Math.max(worst, Math.abs(value - theirs[i]));
  expect(worst).toBeLessThan(4 * 2 ** -12);
});

/** A sky with stars of all brightness and straight tracks; the truth is where tracks left over 3 sigma. */
function crowdedField(): { image: Float32Array; truth: Uint8Array; stars: readonly { x: number; y: number; flux: number }[] } {
  const random = createRandom('peers field');
  const image = new Float32Array(SIDE * SIDE).fill(800);
  const sigma = 3.5 / 2.3548;
  const stars = Array.from({ length: 150 }, () => ({
    x: random.uniform(10, SIDE - 10),
    y: random.uniform(10, SIDE - 10),
    flux: 10 ** random.uniform(2.5, 5.5),
  }));
  for (const { x, y, flux } of stars)
    for (let j = Math.max(0, Math.round(y) - 9); j <= Math.min(SIDE - 1, Math.round(y) + 9); j++)
      for (let i = Math.max(0, Math.round(x) - 9); i <= Math.min(SIDE - 1, Math.round(x) + 9); i++)
        image[j * SIDE + i] += (flux / (2 * Math.PI * sigma * sigma)) * Math.exp(-((i - x) ** 2 + (j - y) ** 2) / (2 * sigma * sigma));
  const light = Float32Array.from(image);
  for (let i = 0; i < image.length; i++) image[i] = random.poisson(image[i]) + random.normal(0, 7);
  const hits = new Float32Array(SIDE * SIDE);
  for (let n = 0; n < 60; n++) {
    const [x, y, angle] = [random.uniform(20, SIDE - 20), random.uniform(20, SIDE - 20), random.uniform(0, 2 * Math.PI)];
    const [length, charge] = [random.uniform(1, 15), 600 + 1500 * random.exponential()];
    for (let k = 0; k < 4 * length; k++) {
      const i = Math.floor(y + (k / 4) * Math.sin(angle)) * SIDE + Math.floor(x + (k / 4) * Math.cos(angle));
      hits[i] += charge / 4;
    }
  }
  const truth = new Uint8Array(SIDE * SIDE);
  for (let i = 0; i < image.length; i++) {
    image[i] += hits[i];
    truth[i] = hits[i] > 3 * Math.sqrt(light[i] + 49) ? 1 : 0;
  }
  return { image, truth, stars };
}

test.skipIf(!hasAstroscrappy)('cosmic rays are found with precision and recall at least as good as by astroscrappy', () => {
  const { image, truth } = crowdedField();
  write('image', image);
  python(`
import sys, numpy as np, astroscrappy
image = np.fromfile(sys.argv[1] + '/image', '<f4').reshape(512, 512)
mask, _ = astroscrappy.detect_cosmics(image, gain=1.0, readnoise=7.0, satlevel=1e9, sepmed=False)
mask.astype('u1').tofile(sys.argv[1] + '/mask')
`);
  const score = (found: (i: number) => boolean): { precision: number; recall: number } => {
    let [right, all, wanted] = [0, 0, 0];
    for (let i = 0; i < truth.length; i++) {
      if (found(i)) all++;
      if (truth[i]) wanted++;
      if (found(i) && truth[i]) right++;
    }
    return { precision: right / all, recall: right / wanted };
  };
  const peer = readFileSync(join(folder, 'mask'));
  const theirs = score((i) => peer[i] === 1);
  const request = { image, width: SIDE, height: SIDE, mask: new Int32Array(SIDE * SIDE), badBits: 1, readNoise: 7 };
  const ours = [findCosmicRaysByLaplacian(request), findCosmicRaysBySharpness({ ...request, sky: 800, psf: gaussianRatios(3.4) })].map(
    ({ pixels }) => {
      const set = new Set(pixels);
      return score((i) => set.has(i));
    },
  );
  for (const { precision, recall } of ours) {
    expect(precision).toBeGreaterThanOrEqual(theirs.precision);
    expect(recall).toBeGreaterThanOrEqual(theirs.recall - 0.005);
    expect(precision).toBeGreaterThan(0.94);
    expect(recall).toBeGreaterThan(0.95);
  }
});
