import { PolygonError } from '../errors.ts';
import { orientation } from '../vector/orientation.ts';
import { add, dot, normalize, scale, type Vec3 } from '../vector/vec3.ts';
import type { ConvexPolygon, SimplePolygon } from './region.ts';

/**
 * Makes a convex polygon from vertices in counter-clockwise order as seen from outside the sphere (longitude to the left).
 *
 * @throws {PolygonError} unless at least three vertices turn left all around, once.
 */
export function makeConvexPolygon(vertices: readonly Vec3[]): ConvexPolygon {
  const n = vertices.length;
  if (n < 3) throw polygonError('a polygon has at least three vertices', n);
  for (let i = 0; i < n; i++) {
    const a = vertices[i];
    const b = vertices[(i + 1) % n];
    for (let k = 2; k < n; k++)
      if (orientation(a, b, vertices[(i + k) % n]) <= 0)
        throw polygonError(`a convex polygon lies left of all its edges; vertex ${(i + k) % n} does not lie left of edge ${i}`, n);
  }
  return { kind: 'polygon', vertices };
}

/**
 * Smallest convex polygon that holds all points.
 *
 * @throws {PolygonError} if the points do not lie within the open hemisphere about their mean, or all on one great circle.
 * @remarks Monotone chain, n log n. The order from left to right is decided by exact predicates too: rounded coordinates would sort
 * points that are almost in line otherwise than the turns see them.
 */
export function convexHull(points: readonly Vec3[]): ConvexPolygon {
  const center = hemisphereCenter(points);
  const [u, v] = tangentFrame(center);
  const sorted = points.toSorted((p, q) => orientation(q, p, v) || orientation(p, q, u));
  const hull = [...chain(sorted).slice(0, -1), ...chain(sorted.toReversed()).slice(0, -1)];
  if (hull.length < 3) throw polygonError('the points all lie on one great circle', points.length);
  return makeConvexPolygon(hull);
}

function chain(sorted: readonly Vec3[]): Vec3[] {
  const kept: Vec3[] = [];
  for (const p of sorted) {
    while (kept.length >= 2 && orientation(kept[kept.length - 2], kept[kept.length - 1], p) <= 0) kept.pop();
    kept.push(p);
  }
  return kept;
}

/**
 * Makes a polygon that need not be convex, from vertices in counter-clockwise order; clockwise vertices are reversed.
 *
 * @throws {PolygonError} for fewer than three vertices, repeated vertices, crossing edges, or vertices not in one hemisphere.
 * @remarks Ear clipping with exact predicates: n^2 and no sliver is lost; meant for up to a few thousand vertices.
 */
export function makeSimplePolygon(vertices: readonly Vec3[]): SimplePolygon {
  if (vertices.length < 3) throw polygonError('a polygon has at least three vertices', vertices.length);
  hemisphereCenter(vertices);
  requireSimple(vertices);
  const ordered = turnsLeft(vertices) ? vertices : vertices.toReversed();
  return { kind: 'simple-polygon', vertices: ordered, triangles: triangulate(ordered) };
}

function triangulate(vertices: readonly Vec3[]): readonly ConvexPolygon[] {
  const ring = [...vertices];
  const triangles: ConvexPolygon[] = [];
  let misses = 0;
  for (let i = 0; ring.length > 3;) {
    const n = ring.length;
    const [a, b, c] = [ring[(i + n - 1) % n], ring[i % n], ring[(i + 1) % n]];
    const turn = orientation(a, b, c);
    if (turn === 0 || (turn > 0 && isEar(ring, i % n))) {
      if (turn > 0) triangles.push({ kind: 'polygon', vertices: [a, b, c] });
      ring.splice(i % n, 1);
      misses = 0;
      i = i % n === 0 ? 0 : (i % n) - 1;
    } else {
      if (++misses > n) throw polygonError('edges cross or touch', vertices.length);
      i = (i + 1) % n;
    }
  }
  if (orientation(ring[0], ring[1], ring[2]) > 0) triangles.push({ kind: 'polygon', vertices: [ring[0], ring[1], ring[2]] });
  if (triangles.length === 0) throw polygonError('the polygon has no area', vertices.length);
  return triangles;
}

function isEar(ring: readonly Vec3[], i: number): boolean {
  const n = ring.length;
  const [a, b, c] = [ring[(i + n - 1) % n], ring[i], ring[(i + 1) % n]];
  for (let k = 2; k < n - 1; k++) {
    const p = ring[(i + k) % n];
    if (orientation(a, b, p) >= 0 && orientation(b, c, p) >= 0 && orientation(c, a, p) >= 0) return false;
  }
  return true;
}

function requireSimple(vertices: readonly Vec3[]): void {
  const n = vertices.length;
  for (let i = 0; i < n; i++)
    for (let j = i + 1; j < n; j++) {
      const [a, b, c, d] = [vertices[i], vertices[(i + 1) % n], vertices[j], vertices[(j + 1) % n]];
      if (a.x === c.x && a.y === c.y && a.z === c.z) throw polygonError(`vertices ${i} and ${j} are the same point`, n);
      if (j === i + 1 || (i === 0 && j === n - 1)) continue;
      if (edgesCross(a, b, c, d)) throw polygonError(`edges ${i} and ${j} cross`, n);
    }
}

/** For edges inside one hemisphere: whether the open edges ab and cd cross. */
function edgesCross(a: Vec3, b: Vec3, c: Vec3, d: Vec3): boolean {
  return orientation(a, b, c) * orientation(a, b, d) < 0 && orientation(c, d, a) * orientation(c, d, b) < 0;
}

/** Sign of the area, as the sum of triangles seen from the first vertex in the tangent plane of the mean direction. */
function turnsLeft(vertices: readonly Vec3[]): boolean {
  const center = hemisphereCenter(vertices);
  const [u, v] = tangentFrame(center);
  const plane = vertices.map((p) => [dot(p, u) / dot(p, center), dot(p, v) / dot(p, center)] as const);
  let doubleArea = 0;
  for (let i = 0; i < plane.length; i++) {
    const [x0, y0] = plane[i];
    const [x1, y1] = plane[(i + 1) % plane.length];
    doubleArea += x0 * y1 - x1 * y0;
  }
  return doubleArea > 0;
}

function hemisphereCenter(points: readonly Vec3[]): Vec3 {
  let sum = { x: 0, y: 0, z: 0 };
  for (const p of points) sum = add(sum, p) as typeof sum;
  const center = normalize(sum);
  if (points.length === 0 || !points.every((p) => dot(p, center) > 1e-12))
    throw polygonError('the points must lie in one hemisphere about their mean direction', points.length);
  return center;
}

/** Two unit vectors that complete `center` to a right-handed frame. */
function tangentFrame(center: Vec3): readonly [Vec3, Vec3] {
  const pick = Math.abs(center.z) < 0.9 ? { x: 0, y: 0, z: 1 } : { x: 1, y: 0, z: 0 };
  const u = normalize({
    x: pick.y * center.z - pick.z * center.y,
    y: pick.z * center.x - pick.x * center.z,
    z: pick.x * center.y - pick.y * center.x,
  });
  const v = { x: center.y * u.z - center.z * u.y, y: center.z * u.x - center.x * u.z, z: center.x * u.y - center.y * u.x };
  return [u, v];
}

/** Mean direction of the vertices, inside any convex polygon. */
export function polygonCenter(polygon: ConvexPolygon | SimplePolygon): Vec3 {
  let sum = { x: 0, y: 0, z: 0 };
  for (const p of polygon.vertices) sum = add(sum, p) as typeof sum;
  return normalize(scale(sum, 1 / polygon.vertices.length));
}

function polygonError(why: string, vertices: number): PolygonError {
  return new PolygonError(`polygon of ${vertices} vertices: ${why}`, { details: { vertices } });
}
