/** A star bright enough to spoil its surroundings. */
export interface BrightStar {
  readonly x: number;
  readonly y: number;
  readonly magnitude: number;
}

export interface StarMaskOptions {
  /** Radius of the mask [pixel] of a star of `referenceMag`, and pixels more for each magnitude brighter. */
  readonly referenceMag: number;
  readonly radius: number;
  readonly radiusPerMag: number;
  /** Ghosts of stars brighter than this: images mirrored about the optical axis, as rings. */
  readonly ghostMag: number;
}

export const DEFAULT_STAR_MASK: StarMaskOptions = { referenceMag: 15, radius: 20, radiusPerMag: 15, ghostMag: 9 };

/** A reflection between optical surfaces: where it appears about the axis and how large it is. */
export interface Ghost {
  /** Position of the ghost = axis + magnification * (star - axis). */
  readonly magnification: number;
  readonly innerRadius: number;
  readonly outerRadius: number;
}

/**
 * Flags the halos of bright stars and the ghosts of the brightest, in place.
 *
 * @param axis - Where the optical axis meets this detector [pixel]; may lie outside.
 * @returns Number of pixels flagged.
 */
export function maskBrightStarsInPlace(
  mask: Int32Array,
  shape: { readonly width: number; readonly height: number },
  stars: readonly BrightStar[],
  request: { readonly bits: number; readonly axis: { readonly x: number; readonly y: number }; readonly ghosts: readonly Ghost[] },
  options: StarMaskOptions = DEFAULT_STAR_MASK,
): number {
  const { axis, bits, ghosts } = request;
  let count = 0;
  for (const { x, y, magnitude } of stars) {
    if (magnitude <= options.referenceMag) {
      const outer = options.radius + options.radiusPerMag * (options.referenceMag - magnitude);
      count += maskRing(mask, shape, { x, y, inner: 0, outer, bits });
    }
    if (magnitude > options.ghostMag) continue;
    for (const { magnification, innerRadius, outerRadius } of ghosts) {
      const at = { x: axis.x + magnification * (x - axis.x), y: axis.y + magnification * (y - axis.y) };
      count += maskRing(mask, shape, { ...at, inner: innerRadius, outer: outerRadius, bits });
    }
  }
  return count;
}

interface Ring {
  readonly x: number;
  readonly y: number;
  readonly inner: number;
  readonly outer: number;
  readonly bits: number;
}

function maskRing(
  mask: Int32Array,
  { width, height }: { readonly width: number; readonly height: number },
  { x, y, inner, outer, bits }: Ring,
): number {
  let count = 0;
  for (let j = Math.max(0, Math.ceil(y - outer)); j <= Math.min(height - 1, Math.floor(y + outer)); j++) {
    for (let i = Math.max(0, Math.ceil(x - outer)); i <= Math.min(width - 1, Math.floor(x + outer)); i++) {
      const r2 = (i - x) ** 2 + (j - y) ** 2;
      if (r2 > outer * outer || r2 < inner * inner) continue;
      if ((mask[j * width + i] & bits) === 0) count++;
      mask[j * width + i] |= bits;
    }
  }
  return count;
}
