/** A vector of three doubles; where a unit vector is meant, the name says so. */
export interface Vec3 {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** Makes a vector of its components. */
export function vec3(x: number, y: number, z: number): Vec3 {
  return { x, y, z };
}

/** Scalar product. */
export function dot(a: Vec3, b: Vec3): number {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}

/** Vector product a x b. */
export function cross(a: Vec3, b: Vec3): Vec3 {
  return { x: a.y * b.z - a.z * b.y, y: a.z * b.x - a.x * b.z, z: a.x * b.y - a.y * b.x };
}

/** Sum of two vectors. */
export function add(a: Vec3, b: Vec3): Vec3 {
  return { x: a.x + b.x, y: a.y + b.y, z: a.z + b.z };
}

/** Difference a - b. */
export function subtract(a: Vec3, b: Vec3): Vec3 {
  return { x: a.x - b.x, y: a.y - b.y, z: a.z - b.z };
}

/** Multiplies every component by a factor. */
export function scale(a: Vec3, factor: number): Vec3 {
  return { x: a.x * factor, y: a.y * factor, z: a.z * factor };
}

/** The opposite vector; for a unit vector the antipode. */
export function negate(a: Vec3): Vec3 {
  return { x: -a.x, y: -a.y, z: -a.z };
}

/** Length. */
export function norm(a: Vec3): number {
  return Math.sqrt(a.x * a.x + a.y * a.y + a.z * a.z);
}

export function squaredLength(a: Vec3): number {
  return a.x * a.x + a.y * a.y + a.z * a.z;
}

/** Scales to length one; the zero vector and NaN give NaN. */
export function normalize(a: Vec3): Vec3 {
  const length = norm(a);
  return { x: a.x / length, y: a.y / length, z: a.z / length };
}

/**
 * Gives a unit vector normal to both arguments, in the direction of their cross product.
 *
 * (a + b) x (b - a) = 2 a x b, but keeps its digits when a and b are near each other or near opposite.
 * Where both are (anti)parallel, any unit vector normal to `a` is given.
 */
export function robustNormal(a: Vec3, b: Vec3): Vec3 {
  const n = cross(add(b, a), subtract(b, a));
  const largest = Math.max(Math.abs(n.x), Math.abs(n.y), Math.abs(n.z));
  if (largest === 0) return orthogonalTo(a);
  // Squares of subnormal components would vanish.
  return normalize(largest > 1e-150 ? n : { x: n.x / largest, y: n.y / largest, z: n.z / largest });
}

/** Gives some unit vector normal to `a`. */
export function orthogonalTo(a: Vec3): Vec3 {
  const ax = Math.abs(a.x);
  const ay = Math.abs(a.y);
  const az = Math.abs(a.z);
  if (ax <= ay && ax <= az) return normalize(cross(a, { x: 1, y: 0, z: 0 }));
  return ay <= az ? normalize(cross(a, { x: 0, y: 1, z: 0 })) : normalize(cross(a, { x: 0, y: 0, z: 1 }));
}

/** Rotates `a` by `angle` [rad] counter-clockwise about the unit vector `axis` (Rodrigues). */
export function rotateAbout(a: Vec3, axis: Vec3, angle: number): Vec3 {
  const cos = Math.cos(angle);
  return add(add(scale(a, cos), scale(cross(axis, a), Math.sin(angle))), scale(axis, dot(axis, a) * (1 - cos)));
}
