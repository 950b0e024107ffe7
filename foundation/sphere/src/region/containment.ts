import { lonHas } from '../vector/interval.ts';
import { HALF_PI, lonLatFromUnit, separation, TWO_PI } from '../vector/lon-lat.ts';
import { orientation } from '../vector/orientation.ts';
import { dot, norm, squaredLength, subtract, type Vec3 } from '../vector/vec3.ts';
import { type Arc, boundaryArcs, distanceToArc } from './boundary.ts';
import { type ConvexPolygon, type Ellipse, isEmptyRegion, isFullRegion, type Region } from './region.ts';

/**
 * Says whether a point lies in a region, edges included.
 *
 * @param v - Unit vector.
 * @remarks Polygons answer exactly for the doubles given; the other kinds within 4e-16 rad of their edge.
 */
export function regionHas(region: Region, v: Vec3): boolean {
  switch (region.kind) {
    case 'circle':
      return region.squaredChord >= 4 || squaredLength(subtract(v, region.center)) <= region.squaredChord;
    case 'box': {
      const { lon, lat } = lonLatFromUnit(v);
      if (!(lat >= region.lat.a && lat <= region.lat.b)) return false;
      return Math.abs(lat) === HALF_PI || (lonHas(region.lon, lon) && region.lon.a === region.lon.a);
    }
    case 'ellipse':
      return ellipseHas(region, v);
    case 'polygon':
      return polygonHas(region, v);
    case 'simple-polygon':
      return region.triangles.some((triangle) => polygonHas(triangle, v));
    case 'union':
      return region.operands.some((operand) => regionHas(operand, v));
    case 'intersection':
      return region.operands.every((operand) => regionHas(operand, v));
  }
}

function polygonHas(polygon: ConvexPolygon, v: Vec3): boolean {
  const { vertices } = polygon;
  for (let i = 0, j = vertices.length - 1; i < vertices.length; j = i++) if (orientation(vertices[j], vertices[i], v) < 0) return false;
  return true;
}

function ellipseHas(ellipse: Ellipse, v: Vec3): boolean {
  const [major, minor, center] = ellipse.axes;
  const x = dot(v, major) / Math.tan(ellipse.alpha);
  const y = dot(v, minor) / Math.tan(ellipse.beta);
  const z = dot(v, center);
  const insideCone = x * x + y * y <= z * z;
  if (ellipse.alpha < HALF_PI) return z >= 0 && insideCone;
  // Beyond a hemisphere the ellipse is what the opposite cone leaves.
  return z >= 0 || x * x + y * y >= z * z;
}

/** How far points are from a region's edge. */
export interface DistanceField {
  /**
   * Negative inside, positive outside [rad]; changes by at most the angle moved, so its size never exceeds the distance
   * to the edge. Equal to that distance for circles, boxes and polygons.
   */
  readonly signedDistance: (v: Vec3) => number;
}

/** Prepares a region for many distance questions. */
export function distanceField(region: Region): DistanceField {
  return { signedDistance: distanceFunction(region) };
}

function distanceFunction(region: Region): (v: Vec3) => number {
  if (isEmptyRegion(region)) return () => TWO_PI;
  if (isFullRegion(region)) return () => -TWO_PI;
  switch (region.kind) {
    case 'circle':
      return (v) => nearSeparation(v, region.center) - region.radius;
    case 'ellipse': {
      const { foci, alpha } = fociOf(region);
      // The mean of two distances changes no faster than either.
      return (v) => (separation(v, foci[0]) + separation(v, foci[1])) / 2 - alpha;
    }
    case 'union': {
      const each = region.operands.map(distanceFunction);
      return (v) => each.reduce((least, f) => Math.min(least, f(v)), TWO_PI);
    }
    case 'intersection': {
      const each = region.operands.map(distanceFunction);
      return (v) => each.reduce((most, f) => Math.max(most, f(v)), -TWO_PI);
    }
    default: {
      const arcs = boundaryArcs(region);
      const points = region.kind === 'box' ? polePoints(region) : [];
      return (v) => {
        const distance = nearest(arcs, points, v);
        return regionHas(region, v) ? -distance : distance;
      };
    }
  }
}

/** Separation [rad] within 4e-16 by the chord up to 90 degrees, which costs a third; {@link separation} beyond. */
function nearSeparation(a: Vec3, b: Vec3): number {
  const x = a.x - b.x;
  const y = a.y - b.y;
  const z = a.z - b.z;
  const chord2 = x * x + y * y + z * z;
  return chord2 <= 2 ? 2 * Math.asin(Math.sqrt(chord2) / 2) : separation(a, b);
}

function fociOf(ellipse: Ellipse): { foci: readonly [Vec3, Vec3]; alpha: number } {
  const [major, , center] = ellipse.axes;
  const cos = Math.cos(ellipse.gamma);
  const sin = Math.sin(ellipse.gamma);
  const at = (sign: number): Vec3 => ({
    x: cos * center.x + sign * sin * major.x,
    y: cos * center.y + sign * sin * major.y,
    z: cos * center.z + sign * sin * major.z,
  });
  return { foci: [at(1), at(-1)], alpha: ellipse.alpha };
}

/** A box that is a pole and nothing else has a point for its edge. */
function polePoints(box: { readonly lat: { readonly a: number; readonly b: number } }): readonly Vec3[] {
  if (box.lat.a >= HALF_PI) return [{ x: 0, y: 0, z: 1 }];
  return box.lat.b <= -HALF_PI ? [{ x: 0, y: 0, z: -1 }] : [];
}

function nearest(arcs: readonly Arc[], points: readonly Vec3[], v: Vec3): number {
  let least = Math.PI;
  for (const arc of arcs) least = Math.min(least, distanceToArc(arc, v));
  for (const point of points) least = Math.min(least, 2 * Math.asin(Math.min(1, norm(subtract(point, v)) / 2)));
  return least;
}
