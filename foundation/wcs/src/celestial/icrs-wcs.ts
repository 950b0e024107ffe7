import type { PixelPoint, SkyPoint, SkyWcs } from '../model/sky-wcs.ts';
import { frameToIcrsInPlace, icrsToFrameInPlace } from './frames.ts';

/**
 * The same pixels with sky positions in ICRS, whatever the frame of the header; a WCS in ICRS comes back as it is.
 *
 * @throws {UnknownFrameError} when the frame has no defined relation to ICRS.
 */
export function toIcrsWcs(wcs: SkyWcs): SkyWcs {
  const { frame } = wcs;
  if (frame.system === 'ICRS') return wcs;
  const v = new Float64Array(3);
  const turn = (convert: typeof frameToIcrsInPlace, ra: number, dec: number): SkyPoint => {
    const c = Math.cos(dec);
    v[0] = c * Math.cos(ra);
    v[1] = c * Math.sin(ra);
    v[2] = Math.sin(dec);
    convert(frame, v);
    const lon = Math.atan2(v[1], v[0]);
    return { ra: lon < 0 ? lon + 2 * Math.PI : lon, dec: Math.atan2(v[2], Math.hypot(v[0], v[1])) };
  };
  turn(frameToIcrsInPlace, 0, 0); // an unknown frame is refused here rather than at the first pixel
  const skyToPixel = (ra: number, dec: number): PixelPoint => {
    const own = turn(icrsToFrameInPlace, ra, dec);
    return wcs.skyToPixel(own.ra, own.dec);
  };
  return {
    frame: { system: 'ICRS' },
    definition: undefined,
    pixelToSky: (x, y) => {
      const own = wcs.pixelToSky(x, y);
      return turn(frameToIcrsInPlace, own.ra, own.dec);
    },
    skyToPixel,
    pixelToSkyArray: (x, y, ra, dec) => {
      wcs.pixelToSkyArray(x, y, ra, dec);
      for (let i = 0; i < ra.length; i++) {
        const point = turn(frameToIcrsInPlace, ra[i], dec[i]);
        ra[i] = point.ra;
        dec[i] = point.dec;
      }
    },
    skyToPixelArray: (ra, dec, x, y) => {
      for (let i = 0; i < ra.length; i++) {
        const point = skyToPixel(ra[i], dec[i]);
        x[i] = point.x;
        y[i] = point.y;
      }
    },
  };
}
