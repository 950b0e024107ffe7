import { isFullLon } from '../vector/interval.ts';
import { HALF_PI, TWO_PI, unitFromLonLat, wrapTwoPi } from '../vector/lon-lat.ts';
import { add, cross, dot, norm, normalize, orthogonalTo, robustNormal, scale, type Vec3, vec3 } from '../vector/vec3.ts';
import type { Box, Circle, ConvexPolygon, SimplePolygon } from './region.ts';

/**
 * A piece of a circle on the sphere: the points at angle `angle` from `axis`, from `start` counter-clockwise about the axis
 * through `sweep` [rad]. Great circles have angle pi/2.
 */
export interface Arc {
  readonly axis: Vec3;
  readonly angle: number;
  readonly cosAngle: number;
  /** With axis x u = w they give the azimuth of a point; `start` has azimuth 0. */
  readonly u: Vec3;
  readonly w: Vec3;
  readonly sweep: number;
  readonly start: Vec3;
  readonly end: Vec3;
}

/** Regions whose boundary is made of arcs. */
export type ArcRegion = Circle | Box | ConvexPolygon | SimplePolygon;

/** Arcs that bound a region, in no particular order; none for the empty and the full one. Poles of a box have no arc. */
export function boundaryArcs(region: ArcRegion): readonly Arc[] {
  switch (region.kind) {
    case 'circle':
      return region.radius > 0 && region.radius < Math.PI ? [fullArc(region.center, region.radius)] : [];
    case 'box':
      return boxArcs(region);
    default:
      return region.vertices.map((a, i) => greatArc(a, region.vertices[(i + 1) % region.vertices.length]));
  }
}

/** The shorter great-circle arc from a to b. */
export function greatArc(a: Vec3, b: Vec3): Arc {
  const axis = robustNormal(a, b);
  return { axis, angle: HALF_PI, cosAngle: 0, u: a, w: cross(axis, a), sweep: Math.atan2(norm(cross(a, b)), dot(a, b)), start: a, end: b };
}

/** Azimuth of a point about the arc's axis [rad], 0 to 2 pi, from the arc's start. */
export function azimuthOnArc(arc: Arc, p: Vec3): number {
  const azimuth = Math.atan2(dot(arc.w, p), dot(arc.u, p));
  return azimuth < 0 ? azimuth + TWO_PI : azimuth;
}

/** Point of the arc at an azimuth from its start. */
export function pointOnArc(arc: Arc, azimuth: number): Vec3 {
  const sin = Math.sin(arc.angle);
  return add(scale(arc.axis, arc.cosAngle), add(scale(arc.u, sin * Math.cos(azimuth)), scale(arc.w, sin * Math.sin(azimuth))));
}

/** Angular distance of a point from the arc [rad]. */
export function distanceToArc(arc: Arc, p: Vec3): number {
  if (azimuthOnArc(arc, p) <= arc.sweep) return Math.abs(Math.atan2(norm(cross(arc.axis, p)), dot(arc.axis, p)) - arc.angle);
  return Math.min(angleBetween(p, arc.start), angleBetween(p, arc.end));
}

function angleBetween(a: Vec3, b: Vec3): number {
  return Math.atan2(norm(cross(a, b)), dot(a, b));
}

function fullArc(axis: Vec3, angle: number): Arc {
  const u = orthogonalTo(axis);
  const arc = { axis, angle, cosAngle: Math.cos(angle), u, w: cross(axis, u), sweep: TWO_PI };
  const start = pointOnArc(arc as Arc, 0);
  return { ...arc, start, end: start };
}

function boxArcs(box: Box): readonly Arc[] {
  const arcs: Arc[] = [];
  const full = isFullLon(box.lon);
  const width = full ? TWO_PI : wrapTwoPi(box.lon.b - box.lon.a);
  for (const lat of box.lat.a === box.lat.b ? [box.lat.a] : [box.lat.a, box.lat.b]) {
    if (Math.abs(lat) >= HALF_PI) continue;
    const start = unitFromLonLat({ lon: box.lon.a, lat });
    const end = unitFromLonLat({ lon: box.lon.b, lat });
    const u = vec3(Math.cos(box.lon.a), Math.sin(box.lon.a), 0);
    arcs.push({ axis: vec3(0, 0, 1), angle: HALF_PI - lat, cosAngle: Math.sin(lat), u, w: vec3(-u.y, u.x, 0), sweep: width, start, end });
  }
  if (full) return arcs;
  for (const lon of width === 0 ? [box.lon.a] : [box.lon.a, box.lon.b]) {
    const start = unitFromLonLat({ lon, lat: box.lat.a });
    const axis = vec3(Math.sin(lon), -Math.cos(lon), 0);
    arcs.push({
      axis,
      angle: HALF_PI,
      cosAngle: 0,
      u: start,
      w: normalize(cross(axis, start)),
      sweep: box.lat.b - box.lat.a,
      start,
      end: unitFromLonLat({ lon, lat: box.lat.b }),
    });
  }
  return arcs;
}
