import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@almagest/numerics';
import { afterAll, expect, test } from 'vitest';
import { combineFrames } from './combine/combine-frames.ts';

const PYTHON = '/usr/bin/python3';
const hasCcdproc = spawnSync(PYTHON, ['-c', 'import ccdproc']).status === 0;
const folder = mkdtempSync(join(tmpdir(), 'almagest-calibration-peers-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(!hasCcdproc)('means of frames agree with ccdproc to float32 rounding, scaled and weighted too', async () => {
  const [width, height] = [100, 60];
  const random = createRandom('combine');
  const planes = [1, 2, 3, 4].map((n) => Float32Array.from({ length: width * height }, () => random.normal(1000 * n, 30)));
  for (const [k, plane] of planes.entries()) writeFileSync(join(folder, `f${k}`), new Uint8Array(plane.buffer));
  const frames = planes.map((plane) => ({ width, height, readRows: (y0: number, y1: number) => plane.subarray(y0 * width, y1 * width) }));
  const scales = [1, 1 / 2, 1 / 3, 1 / 4];
  const weights = [1, 2, 3, 4];
  const ours = [await combineFrames(frames, { clipSigma: 1e6 }), await combineFrames(frames, { clipSigma: 1e6, scales, weights })];
  execFileSync(PYTHON, [
    '-W',
    'ignore',
    '-c',
    `
import sys, numpy as np, ccdproc
from astropy.nddata import CCDData
frames = [CCDData(np.fromfile(sys.argv[1] + '/f%d' % k, '<f4').reshape(60, 100), unit='adu') for k in range(4)]
ccdproc.combine(frames, method='average', dtype='f8').data.astype('<f8').tofile(sys.argv[1] + '/plain')
ccdproc.combine(frames, method='average', scale=[1, 1 / 2, 1 / 3, 1 / 4], weights=np.array([1.0, 2, 3, 4]), dtype='f8').data.astype('<f8').tofile(sys.argv[1] + '/scaled')
`,
    folder,
  ]);
  for (const [k, name] of ['plain', 'scaled'].entries()) {
    const bytes = readFileSync(join(folder, name));
    const theirs = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    const worst = theirs.reduce((most, v, i) => Math.max(most, Math.abs(ours[k].image.data[i] / v - 1)), 0);
    // Four additions in single precision.
    expect(worst).toBeLessThan(4 * 2 ** -23);
  }
});
