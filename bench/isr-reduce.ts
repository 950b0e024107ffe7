import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getDetector, loadCamera, rawSize } from '@almagest/instrument';
import { DEFAULT_ISR, findCosmicRaysByLaplacian, type IsrCalibrations, reduceRaw } from '@almagest/isr';
import { createRandom } from '@almagest/numerics';

/** Best of a few runs [s]. */
function best(runs: number, work: () => unknown): number {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < runs; n++) {
    const start = performance.now();
    work();
    least = Math.min(least, (performance.now() - start) / 1000);
  }
  return least;
}

const PEER_ISR = `
import sys, time, numpy as np
folder, mode = sys.argv[1], sys.argv[2]
W, H = 568, 2080
raws = np.fromfile(folder + '/raw.u16', '<u2').reshape(16, H, W)
bias, dark, flat = (np.fromfile(folder + f'/{n}.f32', '<f4').reshape(4096, 4096) for n in ('bias', 'dark', 'flat'))
def assemble():
    out = np.empty((4096, 4096), np.float32)
    mask = np.zeros((4096, 4096), np.int32)
    for k in range(16):
        d = raws[k].astype(np.float32)
        d -= np.median(d[:, 522:568], axis=1)[:, None]
        d *= 1.5
        s = d[:2048, 8:520]
        m = (raws[k][:2048, 8:520] >= 55000)
        if k >= 8: s, m = s[::-1], m[::-1]
        y, x = (k // 8) * 2048, (k % 8) * 512
        out[y:y + 2048, x:x + 512] = s
        mask[y:y + 2048, x:x + 512] = m
    return out, mask
def numpy_isr():
    out, mask = assemble()
    out -= bias
    out -= 30 * dark
    var = np.maximum(out, 0) + 36
    out /= flat
    var /= flat * flat
    return out, mask, var
def ccdproc_isr():
    import ccdproc, astropy.units as u
    from astropy.nddata import CCDData, StdDevUncertainty
    out, mask = assemble()
    ccd = CCDData(out, unit='electron', mask=mask.astype(bool))
    ccd = ccdproc.create_deviation(ccd, readnoise=6 * u.electron)
    ccd = ccdproc.subtract_bias(ccd, CCDData(bias, unit='electron'))
    ccd = ccdproc.subtract_dark(ccd, CCDData(dark, unit='electron'), dark_exposure=1 * u.s, data_exposure=30 * u.s, scale=True)
    ccd = ccdproc.flat_correct(ccd, CCDData(flat, unit='adu'))
    return ccd
work = {'numpy': numpy_isr, 'ccdproc': ccdproc_isr}.get(mode)
if mode == 'astroscrappy':
    import astroscrappy
    image = np.fromfile(folder + '/image.f32', '<f4').reshape(4096, 4096)
    work = lambda: astroscrappy.detect_cosmics(image, sigclip=4.5, sigfrac=0.3, objlim=5, gain=1, readnoise=6, satlevel=1e9, niter=4, sepmed=False)
times = []
for _ in range(1 if mode == 'astroscrappy' else 3):
    t = time.time(); work(); times.append(time.time() - t)
print(min(times))
`;

const PYTHON = '/usr/bin/python3';

function peer(folder: string, mode: string): number | null {
  if (!existsSync(PYTHON)) return null;
  try {
    return Number(
      execFileSync(PYTHON, ['-W', 'ignore', '-c', PEER_ISR, folder, mode], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
        .trim()
        .split('\n')
        .at(-1),
    );
  } catch {
    return null;
  }
}

function report(bench: string, ours: number, name: string, peerSec: number | null, target: number): void {
  if (peerSec === null) console.log(JSON.stringify({ bench, ours_s: ours, peer: name, skipped: `${name} is not installed` }));
  else console.log(JSON.stringify({ bench, ours_s: ours, peer: name, peer_s: peerSec, ratio: ours / peerSec, target }));
}

const detector = getDetector(loadCamera('simcam-field'), 0);
const size = rawSize(detector.amplifiers);
const random = createRandom('bench');
const amplifiers = detector.amplifiers.map((amplifier) => {
  const data = new Uint16Array(size.width * size.height);
  for (let i = 0; i < data.length; i++) data[i] = (i % size.width < 520 ? 1500 : 1000) + 4 * random.normal();
  return { amplifier, data, ...size };
});
const pixels = 4096 * 4096;
const plane = (mean: number, sigma: number): Float32Array => {
  const out = new Float32Array(pixels);
  random.fillNormal(out, mean, sigma);
  return out;
};
const calibrations = { bias: plane(0, 1), dark: plane(0.01, 0.001), flat: plane(1, 0.01) } satisfies IsrCalibrations;
const config = { ...DEFAULT_ISR, defects: false, interpolation: null };
const folder = await mkdtemp(join(tmpdir(), 'almagest-bench-isr-'));
try {
  const bytes = (a: Float32Array | Uint16Array): Uint8Array => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  await writeFile(join(folder, 'raw.u16'), Buffer.concat(amplifiers.map((a) => bytes(a.data))));
  for (const [name, data] of Object.entries(calibrations)) await writeFile(join(folder, `${name}.f32`), bytes(data));
  const raw = { detector, amplifiers, darkSec: 30, seed: 'bench' };
  const ours = best(5, () => reduceRaw(raw, calibrations, config));
  report('ISR of a 4k x 4k raw of 16 amplifiers', ours, 'numpy', peer(folder, 'numpy'), 1);
  report('ISR of a 4k x 4k raw of 16 amplifiers', ours, 'ccdproc', peer(folder, 'ccdproc'), 0.5);
  const image = plane(800, 28);
  for (let n = 0; n < 4000; n++) {
    const at = random.integer(pixels - 5000);
    for (let k = 0; k < 6; k++) image[at + k * 4097] += 800 + 400 * random.exponential();
  }
  await writeFile(join(folder, 'image.f32'), bytes(image));
  const request = { image, width: 4096, height: 4096, mask: new Int32Array(pixels), badBits: 1, readNoise: 6 };
  const cosmic = best(2, () => findCosmicRaysByLaplacian(request));
  report('cosmic rays on 4k x 4k by Laplacian', cosmic, 'astroscrappy', peer(folder, 'astroscrappy'), 0.2);
} finally {
  await rm(folder, { recursive: true });
}
