/** t = a s + b over the complex plane, after mirroring s (its conjugate) when `mirrored`. */
export interface Similarity {
  readonly aRe: number;
  readonly aIm: number;
  readonly bRe: number;
  readonly bIm: number;
  readonly mirrored: boolean;
}

/** Least-squares similarity from pairs of points, interleaved x, y; undefined for coincident points. */
export function fitSimilarity(s: ArrayLike<number>, t: ArrayLike<number>, mirrored: boolean): Similarity | undefined {
  const n = s.length / 2;
  const flip = mirrored ? -1 : 1;
  let [sx, sy, tx, ty] = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    sx += s[2 * i] / n;
    sy += (flip * s[2 * i + 1]) / n;
    tx += t[2 * i] / n;
    ty += t[2 * i + 1] / n;
  }
  let [norm, re, im] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [px, py] = [s[2 * i] - sx, flip * s[2 * i + 1] - sy];
    const [qx, qy] = [t[2 * i] - tx, t[2 * i + 1] - ty];
    norm += px * px + py * py;
    re += qx * px + qy * py;
    im += qy * px - qx * py;
  }
  if (!(norm > 0)) return undefined;
  const [aRe, aIm] = [re / norm, im / norm];
  return { aRe, aIm, bRe: tx - (aRe * sx - aIm * sy), bIm: ty - (aIm * sx + aRe * sy), mirrored };
}

/** Writes t of s to out[at], out[at + 1]. */
export function applySimilarity({ aRe, aIm, bRe, bIm, mirrored }: Similarity, x: number, y: number, out: Float64Array, at = 0): void {
  const v = mirrored ? -y : y;
  out[at] = aRe * x - aIm * v + bRe;
  out[at + 1] = aIm * x + aRe * v + bIm;
}

/** An affine map t = M s + o. */
export interface AffineMap {
  readonly m: readonly [number, number, number, number];
  readonly o: readonly [number, number];
}

export function toAffine({ aRe, aIm, bRe, bIm, mirrored }: Similarity): AffineMap {
  const f = mirrored ? -1 : 1;
  return { m: [aRe, -aIm * f, aIm, aRe * f], o: [bRe, bIm] };
}

export function invertAffine({ m, o }: AffineMap): AffineMap {
  const det = m[0] * m[3] - m[1] * m[2];
  const i: [number, number, number, number] = [m[3] / det, -m[1] / det, -m[2] / det, m[0] / det];
  return { m: i, o: [-(i[0] * o[0] + i[1] * o[1]), -(i[2] * o[0] + i[3] * o[1])] };
}
