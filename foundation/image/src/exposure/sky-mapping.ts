/**
 * Pixel to sky and back, vectorized; angles in radians, pixels with the first pixel's centre at (0, 0).
 *
 * `SkyWcs` of the wcs room is one; anything else that has these two functions warps as well.
 */
export interface SkyMapping {
  pixelToSkyArray(x: Float64Array, y: Float64Array, ra: Float64Array, dec: Float64Array): void;
  skyToPixelArray(ra: Float64Array, dec: Float64Array, x: Float64Array, y: Float64Array): void;
}
