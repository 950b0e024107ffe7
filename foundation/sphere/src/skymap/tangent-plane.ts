import { type LonLat, lonLatFromUnit, unitFromLonLat } from '../vector/lon-lat.ts';
import { add, dot, normalize, scale, type Vec3, vec3 } from '../vector/vec3.ts';

/** A gnomonic (TAN) projection to pixels with square pixels; pixel centres at whole numbers from (0, 0). */
export interface TangentPlane {
  /** Tangent point. */
  readonly center: LonLat;
  /** Pixel of the tangent point. */
  readonly x0: number;
  readonly y0: number;
  /** Pixel side at the tangent point [rad]. */
  readonly pixelScale: number;
  /** Position angle of the +y axis [rad], north through east; +x then points west. */
  readonly rotation: number;
}

export interface PixelPoint {
  readonly x: number;
  readonly y: number;
}

/** Projects a direction to pixels; undefined on the far hemisphere. */
export function planeFromSky(plane: TangentPlane, sky: LonLat): PixelPoint | undefined {
  const { center, east, north } = frameAt(plane.center);
  const v = unitFromLonLat(sky);
  const depth = dot(v, center);
  if (!(depth > 0)) return undefined;
  const xi = dot(v, east) / depth / plane.pixelScale;
  const eta = dot(v, north) / depth / plane.pixelScale;
  const [sin, cos] = [Math.sin(plane.rotation), Math.cos(plane.rotation)];
  return { x: plane.x0 - cos * xi + sin * eta, y: plane.y0 + sin * xi + cos * eta };
}

/** Direction of a pixel. */
export function skyFromPlane(plane: TangentPlane, pixel: PixelPoint): LonLat {
  return lonLatFromUnit(vectorFromPlane(plane, pixel));
}

/** Unit vector of a pixel. */
export function vectorFromPlane(plane: TangentPlane, pixel: PixelPoint): Vec3 {
  const { center, east, north } = frameAt(plane.center);
  const [sin, cos] = [Math.sin(plane.rotation), Math.cos(plane.rotation)];
  const [dx, dy] = [(pixel.x - plane.x0) * plane.pixelScale, (pixel.y - plane.y0) * plane.pixelScale];
  return normalize(add(center, add(scale(east, -cos * dx + sin * dy), scale(north, sin * dx + cos * dy))));
}

/** FITS keywords of the projection (degrees, one-based pixels). */
export function planeToFitsKeywords(plane: TangentPlane): Readonly<Record<string, string | number>> {
  const degree = 180 / Math.PI;
  const step = plane.pixelScale * degree;
  const [sin, cos] = [Math.sin(plane.rotation) * step, Math.cos(plane.rotation) * step];
  return {
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRPIX1: plane.x0 + 1,
    CRPIX2: plane.y0 + 1,
    CRVAL1: plane.center.lon * degree,
    CRVAL2: plane.center.lat * degree,
    CUNIT1: 'deg',
    CUNIT2: 'deg',
    CD1_1: -cos,
    CD1_2: sin,
    CD2_1: sin,
    CD2_2: cos,
    RADESYS: 'ICRS',
  };
}

function frameAt({ lon, lat }: LonLat): { center: Vec3; east: Vec3; north: Vec3 } {
  const [sinLon, cosLon, sinLat, cosLat] = [Math.sin(lon), Math.cos(lon), Math.sin(lat), Math.cos(lat)];
  return {
    center: vec3(cosLat * cosLon, cosLat * sinLon, sinLat),
    east: vec3(-sinLon, cosLon, 0),
    north: vec3(-sinLat * cosLon, -sinLat * sinLon, cosLat),
  };
}
