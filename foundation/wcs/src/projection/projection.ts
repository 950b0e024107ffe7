/**
 * A map projection of the sphere in native coordinates.
 *
 * | symbol | meaning | unit |
 * | --- | --- | --- |
 * | phi | native longitude | rad, (-pi, pi] |
 * | theta | native latitude | rad |
 * | x, y | plane coordinates of the generating sphere of unit radius | rad |
 *
 * Both directions write two numbers to `out` and answer false where the point has no image.
 *
 * @see Calabretta and Greisen (2002), A&A 395, 1077 (Paper II).
 */
export interface Projection {
  /** Three-letter code. */
  readonly code: string;
  /** Native latitude of the reference point [rad]; its native longitude is 0. */
  readonly theta0: number;
  toPlane(phi: number, theta: number, out: Float64Array): boolean;
  toNative(x: number, y: number, out: Float64Array): boolean;
}

export const DEG: number = Math.PI / 180;
export const HALF_PI: number = Math.PI / 2;

/** Slack on the edge of a projection's domain, so that a point on the edge survives rounding. */
export const EDGE: number = 1e-13;

/** Native longitude inside [-pi, pi] up to rounding. */
export function isLongitude(phi: number): boolean {
  return Math.abs(phi) <= Math.PI * (1 + EDGE);
}

/** asin of a sine that rounding may have pushed out of [-1, 1]; NaN when it is farther out. */
export function asinEdge(sine: number): number {
  if (Math.abs(sine) <= 1) return Math.asin(sine);
  return Math.abs(sine) <= 1 + EDGE ? Math.sign(sine) * HALF_PI : Number.NaN;
}

/** Writes a plane or native point; false when it is not finite. */
export function put(out: Float64Array, a: number, b: number): boolean {
  out[0] = a;
  out[1] = b;
  return a - a === 0 && b - b === 0;
}

/**
 * Root of a monotonic function by Newton steps that fall back on bisection; to full precision.
 *
 * @param f - Writes value and slope to `out`.
 */
export function findRoot(f: (t: number, out: Float64Array) => void, low: number, high: number): number {
  const out = new Float64Array(2);
  f(low, out);
  const rising = out[0] < 0;
  let t = 0.5 * (low + high);
  for (let i = 0; i < 200; i++) {
    f(t, out);
    if (out[0] === 0) return t;
    if (out[0] < 0 === rising) low = t;
    else high = t;
    const newton = t - out[0] / out[1];
    const next = newton > Math.min(low, high) && newton < Math.max(low, high) ? newton : 0.5 * (low + high);
    if (Math.abs(next - t) <= 2e-16 * Math.abs(t) || next === low || next === high) return next;
    t = next;
  }
  return t;
}
