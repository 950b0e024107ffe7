import { Header } from '@almagest/fits';
import { type Camera, loadCamera, nominalWcsCards } from '@almagest/instrument';
import { createTransform, readWcs, skyWcsFromTransform } from '@almagest/wcs';
import { expect, test } from 'vitest';
import { fieldOfDetector } from './field-of-detector.ts';

const RAD = Math.PI / 180;

test.each(['plain', 'mirrored camera', 'mirrored and turned detector'])('camera model and boresight are the nominal WCS (%s)', (kind) => {
  const shipped = loadCamera('simcam');
  const camera: Camera = kind === 'mirrored camera' ? { ...shipped, optics: { ...shipped.optics, flipX: true } } : shipped;
  for (const plain of camera.detectors) {
    const detector = kind.startsWith('mirrored and') ? { ...plain, flipX: true, rotationDeg: 90 } : plain;
    const pointing = { raDeg: 150, decDeg: -30, rotationDeg: 37 };
    const nominal = readWcs(Header.of({ NAXIS: 2, NAXIS1: 4096, NAXIS2: 4096, ...nominalWcsCards(camera, detector, pointing) }));
    const boresight = { kind: 'boresight', ra: 150 * RAD, dec: -30 * RAD, rotation: 37 * RAD } as const;
    const wcs = skyWcsFromTransform(createTransform({ kind: 'sequence', steps: [fieldOfDetector(camera, detector)!, boresight] }));
    for (const [x, y] of [
      [0, 0],
      [4095, 0],
      [1000, 3000],
    ] as const) {
      const [a, b] = [nominal.pixelToSky(x, y), wcs.pixelToSky(x, y)];
      expect(Math.hypot((a.ra - b.ra) * Math.cos(a.dec), a.dec - b.dec)).toBeLessThan(1e-12);
    }
  }
});

test('a camera without plate scale or place of a detector has no model', () => {
  const camera = loadCamera('simcam');
  const [detector] = camera.detectors;
  expect(fieldOfDetector({ ...camera, optics: { ...camera.optics, plateScaleArcsecPerMm: null } }, detector!)).toBeUndefined();
  expect(fieldOfDetector(camera, { ...detector!, centerMm: null })).toBeUndefined();
});
