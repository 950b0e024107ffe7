import type { Camera, Detector } from '@almagest/instrument';
import type { TransformSpec } from '@almagest/wcs';

const ARCSEC = Math.PI / 648_000;

/**
 * Where the camera's geometry puts the pixels of a detector: zero-based pixel to field angle [rad], x to the east when the camera is not
 * turned.
 *
 * @returns undefined where the camera file has no plate scale or no position of the detector.
 * @remarks The WCS with a boresight behind it is the nominal one of the instrument room (field-of-detector.test.ts).
 */
export function fieldOfDetector({ optics }: Camera, detector: Detector): TransformSpec | undefined {
  const { plateScaleArcsecPerMm, radialDistortion, flipX } = optics;
  if (plateScaleArcsecPerMm === null || detector.centerMm === null) return undefined;
  const scale = plateScaleArcsecPerMm * ARCSEC;
  const step = detector.pixelMm * scale;
  const turn = (detector.rotationDeg * Math.PI) / 180;
  const [c, s] = [Math.cos(turn) * step, Math.sin(turn) * step];
  const mirror = detector.flipX ? -1 : 1;
  // The focal plane's x runs to the west.
  const east = flipX ? 1 : -1;
  const [middleX, middleY] = [(detector.width - 1) / 2, (detector.height - 1) / 2];
  const [a, b, d, e] = [mirror * c, -s, mirror * s, c];
  const [centerX, centerY] = [detector.centerMm[0] * scale, detector.centerMm[1] * scale];
  return {
    kind: 'sequence',
    steps: [
      {
        kind: 'affine',
        matrix: [east * a, east * b, d, e],
        offset: [east * (centerX - a * middleX - b * middleY), centerY - d * middleX - e * middleY],
      },
      { kind: 'radial', coefficients: [1, ...radialDistortion.flatMap((term, k) => [0, term / scale ** (2 * k + 2)])] },
    ],
  };
}
