import type { Camera, Detector } from '../camera/camera.ts';
import { DetectorNotFoundError } from '../errors.ts';

/** A place on the focal plane [mm]. */
export interface FocalPoint {
  readonly xMm: number;
  readonly yMm: number;
}

/** A direction from the boresight, in the frame of the camera [arcsec]. */
export interface FieldAngle {
  readonly xArcsec: number;
  readonly yArcsec: number;
}

/** Focal-plane position of an assembled pixel; (0, 0) is the centre of the first pixel. */
export function pixelToFocalPlane(detector: Detector, x: number, y: number): FocalPoint {
  const dx = (x - (detector.width - 1) / 2) * detector.pixelMm * (detector.flipX ? -1 : 1);
  const dy = (y - (detector.height - 1) / 2) * detector.pixelMm;
  const angle = (detector.rotationDeg * Math.PI) / 180;
  const [centerX, centerY] = detector.centerMm ?? [0, 0];
  return { xMm: centerX + dx * Math.cos(angle) - dy * Math.sin(angle), yMm: centerY + dx * Math.sin(angle) + dy * Math.cos(angle) };
}

/** The inverse of {@link pixelToFocalPlane}. */
export function focalPlaneToPixel(detector: Detector, { xMm, yMm }: FocalPoint): { readonly x: number; readonly y: number } {
  const [centerX, centerY] = detector.centerMm ?? [0, 0];
  const angle = (detector.rotationDeg * Math.PI) / 180;
  const dx = (xMm - centerX) * Math.cos(angle) + (yMm - centerY) * Math.sin(angle);
  const dy = -(xMm - centerX) * Math.sin(angle) + (yMm - centerY) * Math.cos(angle);
  return {
    x: (detector.flipX ? -dx : dx) / detector.pixelMm + (detector.width - 1) / 2,
    y: dy / detector.pixelMm + (detector.height - 1) / 2,
  };
}

/** Field angle of a focal-plane position through plate scale and radial distortion. */
export function focalPlaneToField(camera: Camera, { xMm, yMm }: FocalPoint): FieldAngle {
  const scale = plateScale(camera) * distortionFactor(camera.optics.radialDistortion, xMm * xMm + yMm * yMm);
  return { xArcsec: (camera.optics.flipX ? -1 : 1) * scale * xMm, yArcsec: scale * yMm };
}

/**
 * The inverse of {@link focalPlaneToField}, by Newton's method on the radius.
 *
 * @remarks Converges to 1e-12 of the radius for distortions that keep field angle growing with radius.
 */
export function fieldToFocalPlane(camera: Camera, { xArcsec, yArcsec }: FieldAngle): FocalPoint {
  const scale = plateScale(camera);
  const wanted = Math.hypot(xArcsec, yArcsec) / scale;
  const terms = camera.optics.radialDistortion;
  let radius = wanted;
  for (let i = 0; i < 20; i++) {
    let derivative = 1;
    for (const [k, term] of terms.entries()) derivative += (2 * k + 3) * term * radius ** (2 * k + 2);
    const step = (radius * distortionFactor(terms, radius * radius) - wanted) / derivative;
    radius -= step;
    if (Math.abs(step) <= 1e-13 * wanted) break;
  }
  const ratio = wanted === 0 ? 1 / scale : radius / (wanted * scale);
  return { xMm: (camera.optics.flipX ? -1 : 1) * xArcsec * ratio, yMm: yArcsec * ratio };
}

function plateScale(camera: Camera): number {
  return camera.optics.plateScaleArcsecPerMm ?? 1;
}

function distortionFactor(terms: readonly number[], r2: number): number {
  let factor = 0;
  for (let k = terms.length - 1; k >= 0; k--) factor = (factor + (terms[k] ?? 0)) * r2;
  return 1 + factor;
}

/** Finds a detector by number or name. @throws {DetectorNotFoundError} if the camera has none. */
export function getDetector(camera: Camera, wanted: number | string): Detector {
  const found = camera.detectors.find((d) => d.id === wanted || d.name === wanted);
  if (found) return found;
  const some = camera.detectors
    .slice(0, 8)
    .map((d) => `${d.id} (${d.name})`)
    .join(', ');
  throw new DetectorNotFoundError(
    `camera ${camera.name} has no detector "${wanted}"; it has ${camera.detectors.length}: ${some}${camera.detectors.length > 8 ? ' ...' : ''}`,
    {
      details: { camera: camera.name, wanted: String(wanted) },
    },
  );
}
