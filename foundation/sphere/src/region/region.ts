import { SphereRangeError } from '../errors.ts';
import {
  EMPTY_INTERVAL,
  EMPTY_LON,
  FULL_LON,
  type Interval,
  isEmptyInterval,
  isEmptyLon,
  isFullLon,
  lonInterval,
  type LonInterval,
} from '../vector/interval.ts';
import { DEGREE, HALF_PI, type LonLat, unitFromLonLat } from '../vector/lon-lat.ts';
import { add, normalize, scale, vec3, type Vec3 } from '../vector/vec3.ts';

/** All points within `radius` [rad] of the centre; a negative radius is empty, pi or more is the whole sphere. */
export interface Circle {
  readonly kind: 'circle';
  /** Unit vector. */
  readonly center: Vec3;
  /** 4 sin^2(radius / 2); what containment compares, exact near radius zero. */
  readonly squaredChord: number;
  readonly radius: number;
}

/** A rectangle in longitude and latitude [rad], edges included. */
export interface Box {
  readonly kind: 'box';
  readonly lon: LonInterval;
  /** Within -pi/2 to pi/2. */
  readonly lat: Interval;
}

/**
 * All points whose distances from two foci sum to at most twice `alpha`: the sphere cut by an elliptic cone.
 * Both semi-axes lie on the same side of pi/2.
 */
export interface Ellipse {
  readonly kind: 'ellipse';
  /** Unit vectors: along the major axis, along the minor axis, centre (a left-handed set, as sphgeom stores it). */
  readonly axes: readonly [Vec3, Vec3, Vec3];
  /** Semi-major axis [rad]. */
  readonly alpha: number;
  /** Semi-minor axis [rad]. */
  readonly beta: number;
  /** Half the angle between the foci [rad]. */
  readonly gamma: number;
}

/** A convex polygon of great-circle edges, counter-clockwise as seen from outside; it is smaller than a hemisphere. */
export interface ConvexPolygon {
  readonly kind: 'polygon';
  readonly vertices: readonly Vec3[];
}

/** A polygon without crossing edges that need not be convex, counter-clockwise, inside one hemisphere. */
export interface SimplePolygon {
  readonly kind: 'simple-polygon';
  readonly vertices: readonly Vec3[];
  /** Triangles that cover it without overlap. */
  readonly triangles: readonly ConvexPolygon[];
}

/** Points in any operand. */
export interface UnionRegion {
  readonly kind: 'union';
  readonly operands: readonly Region[];
}

/** Points in every operand. */
export interface IntersectionRegion {
  readonly kind: 'intersection';
  readonly operands: readonly Region[];
}

export type Region = Circle | Box | Ellipse | ConvexPolygon | SimplePolygon | UnionRegion | IntersectionRegion;

export const EMPTY_CIRCLE: Circle = { kind: 'circle', center: vec3(0, 0, 1), squaredChord: -1, radius: -1 };
export const FULL_CIRCLE: Circle = { kind: 'circle', center: vec3(0, 0, 1), squaredChord: 4, radius: Math.PI };
export const EMPTY_BOX: Box = { kind: 'box', lon: EMPTY_LON, lat: EMPTY_INTERVAL };
export const FULL_BOX: Box = { kind: 'box', lon: FULL_LON, lat: { a: -HALF_PI, b: HALF_PI } };

/** Makes a circle about a unit vector. Throws {@link SphereRangeError} where centre or radius is not finite. */
export function makeCircle(center: Vec3, radius: number): Circle {
  requireFinite('circle', [center.x, center.y, center.z, radius]);
  if (radius < 0) return { ...EMPTY_CIRCLE, center };
  if (radius >= Math.PI) return { ...FULL_CIRCLE, center };
  const sinHalf = Math.sin(radius / 2);
  return { kind: 'circle', center, squaredChord: 4 * sinHalf * sinHalf, radius };
}

/** Makes a circle from degrees. */
export function circleDeg(lonDeg: number, latDeg: number, radiusDeg: number): Circle {
  return makeCircle(unitFromLonLat({ lon: lonDeg * DEGREE, lat: latDeg * DEGREE }), radiusDeg * DEGREE);
}

/** Makes a box; latitudes beyond the poles are cut off, and if either interval is empty the box is. */
export function makeBox(lon: LonInterval, lat: Interval): Box {
  const clipped = { a: Math.max(lat.a, -HALF_PI), b: Math.min(lat.b, HALF_PI) };
  return isEmptyLon(lon) || isEmptyInterval(clipped) ? EMPTY_BOX : { kind: 'box', lon, lat: clipped };
}

/** Makes a box from degrees; longitude goes east from the first to the second value and may pass 0. */
export function boxDeg(lonADeg: number, latADeg: number, lonBDeg: number, latBDeg: number): Box {
  requireFinite('box', [lonADeg, latADeg, lonBDeg, latBDeg]);
  return makeBox(lonInterval(lonADeg * DEGREE, lonBDeg * DEGREE), { a: latADeg * DEGREE, b: latBDeg * DEGREE });
}

/**
 * Makes an ellipse.
 *
 * @param center - Not a pole where the angle is to mean something; there north is along longitude 0's meridian (towards -x at +z).
 * @param options.alpha - One semi-axis [rad], at the position angle `angle` [rad] from north through east.
 * @param options.beta - The other [rad]; the longer becomes the major axis.
 * @throws {SphereRangeError} unless both semi-axes are positive and on the same side of pi/2.
 */
export function makeEllipse(center: LonLat, options: { readonly alpha: number; readonly beta: number; readonly angle: number }): Ellipse {
  const { alpha, beta, angle } = options;
  requireFinite('ellipse', [center.lon, center.lat, alpha, beta, angle]);
  if (beta > alpha) return makeEllipse(center, { alpha: beta, beta: alpha, angle: angle + HALF_PI });
  if (!(beta > 0) || alpha > Math.PI || alpha < HALF_PI !== beta < HALF_PI)
    throw new SphereRangeError(
      `ellipse semi-axes must be positive and both below or both above 90 degrees; found ${alpha}, ${beta} (radian)`,
      {
        details: { value: `${alpha}, ${beta}` },
      },
    );
  const c = unitFromLonLat(center);
  const north = vec3(-Math.sin(center.lat) * Math.cos(center.lon), -Math.sin(center.lat) * Math.sin(center.lon), Math.cos(center.lat));
  const east = vec3(-Math.sin(center.lon), Math.cos(center.lon), 0);
  const major = normalize(add(scale(north, Math.cos(angle)), scale(east, Math.sin(angle))));
  const minor = normalize(add(scale(east, Math.cos(angle)), scale(north, -Math.sin(angle))));
  return { kind: 'ellipse', axes: [major, minor, c], alpha, beta, gamma: halfFocalAngle(alpha, beta) };
}

/** The two foci of an ellipse. */
export function ellipseFoci(ellipse: Ellipse): readonly [Vec3, Vec3] {
  const [major, , center] = ellipse.axes;
  const along = scale(center, Math.cos(ellipse.gamma));
  const across = scale(major, Math.sin(ellipse.gamma));
  return [add(along, across), add(along, scale(across, -1))];
}

/** Makes the region of all points that are in some operand. */
export function unionOf(...operands: readonly Region[]): UnionRegion {
  return { kind: 'union', operands };
}

/** Makes the region of all points that are in every operand. */
export function intersectionOf(...operands: readonly Region[]): IntersectionRegion {
  return { kind: 'intersection', operands };
}

/** Says whether the region is known to have no point. */
export function isEmptyRegion(region: Region): boolean {
  switch (region.kind) {
    case 'circle':
      return !(region.radius >= 0);
    case 'box':
      return isEmptyLon(region.lon) || isEmptyInterval(region.lat);
    case 'union':
      return region.operands.every(isEmptyRegion);
    case 'intersection':
      return region.operands.length > 0 && region.operands.some(isEmptyRegion);
    default:
      return false;
  }
}

/** Says whether the region is known to be the whole sphere. */
export function isFullRegion(region: Region): boolean {
  switch (region.kind) {
    case 'circle':
      return region.radius >= Math.PI;
    case 'box':
      return isFullLon(region.lon) && region.lat.a <= -HALF_PI && region.lat.b >= HALF_PI;
    case 'union':
      return region.operands.some(isFullRegion);
    case 'intersection':
      return region.operands.every(isFullRegion);
    default:
      return false;
  }
}

/** cos(gamma) = cos(alpha) / cos(beta), by half angles so that near-circles keep their digits. */
function halfFocalAngle(alpha: number, beta: number): number {
  const ratio = (Math.sin((alpha + beta) / 2) * Math.sin((alpha - beta) / 2)) / Math.cos(beta);
  return 2 * Math.asin(Math.sqrt(Math.min(1, Math.abs(ratio))));
}

function requireFinite(what: string, values: readonly number[]): void {
  if (!values.every(Number.isFinite))
    throw new SphereRangeError(`${what}: every coordinate and size must be finite; found ${values.join(', ')}`, {
      details: { value: values.join(', ') },
    });
}
