import {
  type Camera,
  type Detector,
  fieldToFocalPlane,
  focalPlaneToField,
  focalPlaneToPixel,
  nominalWcsCards,
  pixelToFocalPlane,
} from '@almagest/instrument';

/** Where the boresight points. Angles in radians, ICRS; rotation is the position angle of the camera's +y axis, east of north. */
export interface Pointing {
  readonly ra: number;
  readonly dec: number;
  readonly rotation: number;
}

const ARCSEC = Math.PI / 180 / 3600;

/** Tangent-plane coordinates [arcsec], xi to the east and eta to the north; undefined behind the tangent point. */
export function skyToTangent(pointing: Pointing, ra: number, dec: number): { readonly xi: number; readonly eta: number } | undefined {
  const sinDec = Math.sin(dec);
  const cosDec = Math.cos(dec);
  const sin0 = Math.sin(pointing.dec);
  const cos0 = Math.cos(pointing.dec);
  const cosRa = Math.cos(ra - pointing.ra);
  const cosDistance = sin0 * sinDec + cos0 * cosDec * cosRa;
  if (cosDistance <= 0.1) return undefined;
  return {
    xi: (cosDec * Math.sin(ra - pointing.ra)) / cosDistance / ARCSEC,
    eta: (cos0 * sinDec - sin0 * cosDec * cosRa) / cosDistance / ARCSEC,
  };
}

/** The inverse of {@link skyToTangent}. */
export function tangentToSky(pointing: Pointing, xi: number, eta: number): { readonly ra: number; readonly dec: number } {
  const x = xi * ARCSEC;
  const y = eta * ARCSEC;
  const sin0 = Math.sin(pointing.dec);
  const cos0 = Math.cos(pointing.dec);
  const denominator = cos0 - y * sin0;
  const ra = pointing.ra + Math.atan2(x, denominator);
  const dec = Math.atan2(sin0 + y * cos0, Math.hypot(x, denominator));
  return { ra: ra - 2 * Math.PI * Math.floor(ra / (2 * Math.PI)), dec };
}

/** The exact mapping of one detector in one exposure: gnomonic projection, rotation, plate scale, distortion, layout. */
export interface DetectorMapping {
  skyToPixel(ra: number, dec: number): { readonly x: number; readonly y: number } | undefined;
  pixelToSky(x: number, y: number): { readonly ra: number; readonly dec: number };
  /** Pixel of a point of the tangent plane [arcsec]. */
  tangentToPixel(xi: number, eta: number): { readonly x: number; readonly y: number };
}

/** Makes the mapping of a detector under a pointing. */
export function makeMapping(camera: Camera, detector: Detector, pointing: Pointing): DetectorMapping {
  const c = Math.cos(pointing.rotation);
  const s = Math.sin(pointing.rotation);
  // With rotation 0 north is up (+y) and east is left (-x), as seen on the sky.
  const tangentToPixel = (xi: number, eta: number): { x: number; y: number } =>
    focalPlaneToPixel(detector, fieldToFocalPlane(camera, { xArcsec: -xi * c + eta * s, yArcsec: xi * s + eta * c }));
  return {
    tangentToPixel,
    skyToPixel(ra, dec) {
      const tangent = skyToTangent(pointing, ra, dec);
      return tangent && tangentToPixel(tangent.xi, tangent.eta);
    },
    pixelToSky(x, y) {
      const { xArcsec, yArcsec } = focalPlaneToField(camera, pixelToFocalPlane(detector, x, y));
      return tangentToSky(pointing, -xArcsec * c + yArcsec * s, xArcsec * s + yArcsec * c);
    },
  };
}

/**
 * The mapping as TAN-SIP cards; exact for a camera whose radial distortion has one term.
 *
 * @returns Keyword to value, angles in degrees, pixels one-based; empty for a camera without plate scale or layout.
 */
export function sipCards(camera: Camera, detector: Detector, pointing: Pointing): Readonly<Record<string, string | number>> {
  const degrees = 180 / Math.PI;
  return (
    nominalWcsCards(camera, detector, {
      raDeg: pointing.ra * degrees,
      decDeg: pointing.dec * degrees,
      rotationDeg: pointing.rotation * degrees,
    }) ?? {}
  );
}
