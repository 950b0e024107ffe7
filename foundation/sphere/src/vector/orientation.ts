import type { Vec3 } from './vec3.ts';

/**
 * Bound of the rounding error of the determinant below for vectors of length up to 1 + 1e-15.
 *
 * Each of its six triple products passes at most five roundings of 2^-53 (minor 2, product 1, sum 2), and the sum of the
 * absolute triple products of three unit vectors is at most sqrt(6); 5 * 2^-53 * sqrt(6) = 1.36e-15.
 */
const DETERMINANT_ERROR = 1.4e-15;

/**
 * Says on which side of the plane through `a`, `b` and the origin `c` lies: 1 where a, b, c turn counter-clockwise as seen
 * from outside, -1 clockwise, 0 exactly in the plane.
 *
 * The answer is exact for the doubles given: where the floating-point determinant is below its error bound it is computed again in integers.
 */
export function orientation(a: Vec3, b: Vec3, c: Vec3): -1 | 0 | 1 {
  const determinant = a.x * (b.y * c.z - b.z * c.y) + a.y * (b.z * c.x - b.x * c.z) + a.z * (b.x * c.y - b.y * c.x);
  if (determinant > DETERMINANT_ERROR) return 1;
  if (determinant < -DETERMINANT_ERROR) return -1;
  return exactOrientation(a, b, c);
}

function exactOrientation(a: Vec3, b: Vec3, c: Vec3): -1 | 0 | 1 {
  const [ax, ay, az] = integers(a);
  const [bx, by, bz] = integers(b);
  const [cx, cy, cz] = integers(c);
  const determinant = ax * (by * cz - bz * cy) + ay * (bz * cx - bx * cz) + az * (bx * cy - by * cx);
  if (determinant > 0n) return 1;
  return determinant < 0n ? -1 : 0;
}

const WORD = new DataView(new ArrayBuffer(8));

/** Scales the three doubles by one power of two so that all are integers. */
function integers(v: Vec3): readonly [bigint, bigint, bigint] {
  const x = parts(v.x);
  const y = parts(v.y);
  const z = parts(v.z);
  const least = Math.min(x.exponent, y.exponent, z.exponent);
  return [x.mantissa << BigInt(x.exponent - least), y.mantissa << BigInt(y.exponent - least), z.mantissa << BigInt(z.exponent - least)];
}

function parts(value: number): { mantissa: bigint; exponent: number } {
  // A zero must not drag the common exponent down.
  if (value === 0) return { mantissa: 0n, exponent: 1024 };
  WORD.setFloat64(0, value);
  const high = WORD.getUint32(0);
  const biased = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(WORD.getUint32(4));
  const mantissa = biased === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: high >>> 31 === 1 ? -mantissa : mantissa, exponent: Math.max(biased, 1) };
}
