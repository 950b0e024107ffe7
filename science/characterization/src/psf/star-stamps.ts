import type { Plane } from '@almagest/kernels';

/** One star on its way through the fit. */
export interface PsfStar {
  /** Number among the candidates. */
  readonly candidate: number;
  x: number;
  y: number;
  flux: number;
  /** Chi-square per pixel of the core, model errors included; NaN before the first fit. */
  chi2: number;
  /** Kept out of the fit, to judge it. */
  readonly reserved: boolean;
  /** False once rejected. */
  used: boolean;
  /** Whole pixel in the middle of the stamp. */
  readonly i0: number;
  readonly j0: number;
  /** Pixels [image units] and whether each may be used, side x side. */
  readonly pixels: Float32Array;
  readonly valid: Uint8Array;
  /** Noise of a sky pixel here. */
  readonly sigma: number;
}

export interface StampSource {
  /** Background-subtracted. */
  readonly image: Plane;
  /** Source number + 1 on its pixels; pixels of other sources are left out. */
  readonly labels?: Plane<Int32Array> | undefined;
  readonly mask?: Plane<Int32Array> | undefined;
  readonly badBits?: number | undefined;
}

/** Copies a star's square of 2 half + 1 pixels a side; undefined where it hangs over the edge or lacks pixels of its core. */
export function cutStar(
  source: StampSource,
  star: { readonly x: number; readonly y: number; readonly label: number },
  half: number,
  coreRadius: number,
): { pixels: Float32Array; valid: Uint8Array; i0: number; j0: number } | undefined {
  const { image, labels, mask, badBits = -1 } = source;
  const i0 = Math.round(star.x);
  const j0 = Math.round(star.y);
  if (i0 < half || j0 < half || i0 + half >= image.width || j0 + half >= image.height) return undefined;
  const side = 2 * half + 1;
  const pixels = new Float32Array(side * side);
  const valid = new Uint8Array(side * side);
  for (let j = -half; j <= half; j++)
    for (let i = -half; i <= half; i++) {
      const value = image.data[(j0 + j) * image.stride + i0 + i];
      const label = labels ? labels.data[(j0 + j) * labels.stride + i0 + i] : 0;
      const masked = mask !== undefined && (mask.data[(j0 + j) * mask.stride + i0 + i] & badBits) !== 0;
      const usable = Number.isFinite(value) && !masked && (label === 0 || label === star.label);
      const at = (j + half) * side + i + half;
      valid[at] = usable ? 1 : 0;
      pixels[at] = usable ? value : 0;
      if (!usable && Math.hypot(i0 + i - star.x, j0 + j - star.y) < coreRadius) return undefined;
    }
  return { pixels, valid, i0, j0 };
}
