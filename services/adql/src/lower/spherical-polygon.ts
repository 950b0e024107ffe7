/** Vectors and polygons on the unit sphere, only as far as turning constant shapes into arithmetic needs them. */

export type Vector = readonly [number, number, number];
export type LonLat = readonly [number, number];

const DEGREE = Math.PI / 180;

export function vectorOf([lon, lat]: LonLat): Vector {
  const c = Math.cos(lat * DEGREE);
  return [c * Math.cos(lon * DEGREE), c * Math.sin(lon * DEGREE), Math.sin(lat * DEGREE)];
}

export function lonLatOf([x, y, z]: Vector): LonLat {
  const lon = Math.atan2(y, x) / DEGREE;
  return [lon < 0 ? lon + 360 : lon, Math.atan2(z, Math.hypot(x, y)) / DEGREE];
}

export function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

export function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

export function unit(a: Vector): Vector {
  const n = Math.hypot(...a);
  return [a[0] / n, a[1] / n, a[2] / n];
}

/** Sum of the vertices, normalised: inside any convex polygon smaller than a hemisphere. */
export function middleOf(vertices: readonly Vector[]): Vector {
  return unit(vertices.reduce<Vector>((s, v) => [s[0] + v[0], s[1] + v[1], s[2] + v[2]], [0, 0, 0]));
}

/** Unit normals of the edges, pointing inside; a point is inside when its product with each is not negative. */
export function edgeNormals(vertices: readonly Vector[]): Vector[] {
  return vertices.map((v, i) => unit(cross(v, vertices[(i + 1) % vertices.length] as Vector)));
}

/**
 * Cuts a simple polygon, smaller than a hemisphere and of either orientation, into convex parts that turn to the left
 * seen from outside. A convex polygon comes back as one part; others are cut into triangles by ear clipping in the
 * gnomonic plane, where great circles are straight.
 */
export function convexParts(polygon: readonly LonLat[]): Vector[][] {
  let vertices = polygon.map(vectorOf).filter((v, i, all) => dot(v, all[(i + 1) % all.length] as Vector) < 1 - 1e-16);
  const middle = middleOf(vertices);
  const plane = project(vertices, middle);
  if (signedArea(plane) < 0) vertices = vertices.toReversed();
  const normals = edgeNormals(vertices);
  if (normals.every((n) => vertices.every((v) => dot(n, v) > -1e-12))) return [vertices];
  return clipEars(vertices, project(vertices, middle));
}

type Flat = readonly [number, number];

function project(vertices: readonly Vector[], middle: Vector): Flat[] {
  const east = unit(Math.abs(middle[2]) > 0.9 ? cross([1, 0, 0], middle) : cross([0, 0, 1], middle));
  const north = cross(middle, east);
  return vertices.map((v) => [dot(v, east) / dot(v, middle), dot(v, north) / dot(v, middle)]);
}

function signedArea(points: readonly Flat[]): number {
  return points.reduce((sum, [x, y], i) => {
    const [u, v] = points[(i + 1) % points.length] as Flat;
    return sum + (x * v - u * y) / 2;
  }, 0);
}

function clipEars(vertices: readonly Vector[], points: readonly Flat[]): Vector[][] {
  const left = points.map((_, i) => i);
  const parts: Vector[][] = [];
  const turn = (a: number, b: number, c: number): number => {
    const [[ax, ay], [bx, by], [cx, cy]] = [points[a] as Flat, points[b] as Flat, points[c] as Flat];
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax);
  };
  while (left.length > 2) {
    const ear = left.findIndex((b, i) => {
      const [a, c] = [left[(i + left.length - 1) % left.length] as number, left[(i + 1) % left.length] as number];
      if (turn(a, b, c) <= 0) return false;
      return left.every((p) => p === a || p === b || p === c || !(turn(a, b, p) >= 0 && turn(b, c, p) >= 0 && turn(c, a, p) >= 0));
    });
    const i = Math.max(0, ear);
    const [a, b, c] = [left[(i + left.length - 1) % left.length], left[i], left[(i + 1) % left.length]] as [number, number, number];
    if (turn(a, b, c) > 0) parts.push([vertices[a], vertices[b], vertices[c]] as Vector[]);
    left.splice(i, 1);
  }
  return parts;
}

/** Area of convex parts in steradians, by the excess of their angles. */
export function areaOf(parts: readonly (readonly Vector[])[]): number {
  return parts.reduce((sum, part) => {
    const normals = edgeNormals(part);
    const angles = normals.map(
      (n, i) => Math.PI - Math.acos(Math.max(-1, Math.min(1, dot(normals[(i + normals.length - 1) % normals.length] as Vector, n)))),
    );
    return sum + angles.reduce((s, a) => s + a, 0) - (part.length - 2) * Math.PI;
  }, 0);
}
