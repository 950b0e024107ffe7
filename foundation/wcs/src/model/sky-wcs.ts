import type { CelestialFrame } from '../celestial/frames.ts';
import type { WcsDefinition } from './definition.ts';

/** A point of the sky [rad]: right ascension and declination, or longitude and latitude of the WCS's frame. */
export interface SkyPoint {
  readonly ra: number;
  readonly dec: number;
}

/** A point of the image, zero-based: the centre of the first pixel is (0, 0). */
export interface PixelPoint {
  readonly x: number;
  readonly y: number;
}

/**
 * Pixel to sky and back.
 *
 * Longitudes come out in [0, 2 pi). A point without an image gives NaN in both coordinates, never an exception.
 * Instances hold scratch memory and are not shared between threads; send `definition` and rebuild.
 */
export interface SkyWcs {
  readonly frame: CelestialFrame;
  /** The parts of a FITS WCS; undefined for one composed of other transforms, which {@link approximateTanSip} turns into one. */
  readonly definition: WcsDefinition | undefined;
  pixelToSky(x: number, y: number): SkyPoint;
  skyToPixel(ra: number, dec: number): PixelPoint;
  /** Fills `ra` and `dec`, which may be the input arrays; all four have one length. */
  pixelToSkyArray(x: Float64Array, y: Float64Array, ra: Float64Array, dec: Float64Array): void;
  /** Fills `x` and `y`, which may be the input arrays; all four have one length. */
  skyToPixelArray(ra: Float64Array, dec: Float64Array, x: Float64Array, y: Float64Array): void;
}
