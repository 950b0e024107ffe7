import type { Camera, Detector } from '../camera/camera.ts';
import type { ObservationInfo } from '../properties/observation-info.ts';
import { focalPlaneToPixel } from './focal-plane.ts';

/** Where the boresight points [deg], ICRS; rotation is the position angle of the camera's +y axis, east of north. */
export interface PointingDeg {
  readonly raDeg: number;
  readonly decDeg: number;
  readonly rotationDeg: number;
}

/**
 * The WCS that camera geometry and pointing imply for an assembled detector, as TAN-SIP cards.
 *
 * With rotation 0 north is +y and east is -x (a focal plane as seen on the sky), unless the camera says that it is mirrored.
 * Exact for a camera whose radial distortion has at most one term; further terms are left out.
 *
 * @returns Keyword to value, angles in degrees, pixels one-based; undefined where the camera file has no plate scale or no position
 * of the detector.
 */
export function nominalWcsCards(
  camera: Camera,
  detector: Detector,
  pointing: PointingDeg,
): Readonly<Record<string, string | number>> | undefined {
  const { plateScaleArcsecPerMm, radialDistortion, flipX } = camera.optics;
  if (plateScaleArcsecPerMm === null || detector.centerMm === null) return undefined;
  const scale = (plateScaleArcsecPerMm * detector.pixelMm) / 3600;
  const radians = Math.PI / 180;
  // Pixel axes on the focal plane: rotation of the detector, then of the camera on the sky.
  const [mirrorDetector, mirrorCamera] = [detector.flipX ? -1 : 1, flipX ? -1 : 1];
  const inner = detector.rotationDeg * radians;
  const outer = pointing.rotationDeg * radians;
  const toField = (u: number, v: number): readonly [number, number] => {
    const x = u * mirrorDetector;
    return [mirrorCamera * (x * Math.cos(inner) - v * Math.sin(inner)), x * Math.sin(inner) + v * Math.cos(inner)];
  };
  const toSky = ([x, y]: readonly [number, number]): readonly [number, number] => [
    scale * (-x * Math.cos(outer) + y * Math.sin(outer)),
    scale * (x * Math.sin(outer) + y * Math.cos(outer)),
  ];
  const [xi1, eta1] = toSky(toField(1, 0));
  const [xi2, eta2] = toSky(toField(0, 1));
  const axis = focalPlaneToPixel(detector, { xMm: 0, yMm: 0 });
  const cubic = (radialDistortion[0] ?? 0) * detector.pixelMm ** 2;
  return {
    WCSAXES: 2,
    CTYPE1: 'RA---TAN-SIP',
    CTYPE2: 'DEC--TAN-SIP',
    CUNIT1: 'deg',
    CUNIT2: 'deg',
    CRVAL1: pointing.raDeg,
    CRVAL2: pointing.decDeg,
    CRPIX1: axis.x + 1,
    CRPIX2: axis.y + 1,
    CD1_1: xi1,
    CD1_2: xi2,
    CD2_1: eta1,
    CD2_2: eta2,
    RADESYS: 'ICRS',
    A_ORDER: 3,
    A_3_0: cubic,
    A_1_2: cubic,
    B_ORDER: 3,
    B_0_3: cubic,
    B_2_1: cubic,
  };
}

/** The pointing that a header in standard form gives; undefined where it has none on the sky. */
export function pointingOf(info: ObservationInfo): PointingDeg | undefined {
  const { tracking_radec: radec, boresight_rotation_angle: rotation, boresight_rotation_coord: coord } = info;
  if (!Array.isArray(radec) || info.can_see_sky === false) return undefined;
  const [raDeg, decDeg] = radec as readonly number[];
  if (raDeg === undefined || decDeg === undefined) return undefined;
  return { raDeg, decDeg, rotationDeg: typeof rotation === 'number' && coord === 'sky' ? rotation : 0 };
}
