/**
 * A distortion lookup table: shifts [pixel] on a regular grid, bilinear between nodes, constant beyond the edge.
 *
 * Node k (zero-based) stands at the zero-based pixel crval + (k - crpix) cdelt: the reading of astropy and of the tables of the
 * Hubble archive, which differs from the draft standard by (cdelt - 1) pixels.
 *
 * @see Calabretta et al. (2004), "Representations of distortions in FITS world coordinate systems" (Paper IV draft), section 3.4.
 */
export interface LookupTable {
  readonly width: number;
  readonly height: number;
  /** Row-major, shape [height, width]. */
  readonly data: ArrayLike<number>;
  /** CRPIX, CRVAL and CDELT of the extension, by axis. */
  readonly crpix: readonly [number, number];
  readonly crval: readonly [number, number];
  readonly cdelt: readonly [number, number];
}

/** Writes the shift at a zero-based pixel and its two derivatives to out[0..2]. */
export function evaluateLookupInto(table: LookupTable, x: number, y: number, out: Float64Array): void {
  const { width, height, data, crpix, crval, cdelt } = table;
  const rawX = (x - crval[0]) / cdelt[0] + crpix[0];
  const rawY = (y - crval[1]) / cdelt[1] + crpix[1];
  const tx = Math.min(Math.max(rawX, 0), width - 1);
  const ty = Math.min(Math.max(rawY, 0), height - 1);
  const i = Math.min(Math.floor(tx), Math.max(0, width - 2));
  const j = Math.min(Math.floor(ty), Math.max(0, height - 2));
  const right = width > 1 ? 1 : 0;
  const up = height > 1 ? width : 0;
  const fx = tx - i;
  const fy = ty - j;
  const k = j * width + i;
  const bottom = data[k] + fx * (data[k + right] - data[k]);
  const top = data[k + up] + fx * (data[k + up + right] - data[k + up]);
  out[0] = bottom + fy * (top - bottom);
  const slopeBottom = data[k + right] - data[k];
  const slopeTop = data[k + up + right] - data[k + up];
  out[1] = rawX === tx ? (slopeBottom + fy * (slopeTop - slopeBottom)) / cdelt[0] : 0;
  out[2] = rawY === ty ? (top - bottom) / cdelt[1] : 0;
}
