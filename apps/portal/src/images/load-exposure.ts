import { bytesSource, openFits } from '@almagest/fits';
import { type Exposure, planeNames, readExposure } from '@almagest/image';
import { ask } from '../services/problem.ts';

/** Exposures that were opened lately; blinking asks for the same three again and again. */
const kept = new Map<string, Promise<Exposure>>();
const KEPT = 6;

/** Fetches a FITS file of our own server and reads it here in the page. */
export function loadExposure(url: string): Promise<Exposure> {
  let exposure = kept.get(url);
  if (!exposure) {
    exposure = fetchExposure(url);
    exposure.catch(() => kept.delete(url));
  }
  kept.delete(url);
  kept.set(url, exposure);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return exposure;
}

async function fetchExposure(url: string): Promise<Exposure> {
  const bytes = new Uint8Array(await (await ask(url)).arrayBuffer());
  return await readExposure(await openFits(bytesSource(bytes)));
}

/** What one pixel holds. */
export interface PixelReading {
  readonly x: number;
  readonly y: number;
  readonly value: number;
  readonly sigma: number;
  readonly planes: readonly string[];
  /** ICRS [deg]; undefined without world coordinates. */
  readonly sky: { readonly ra: number; readonly dec: number } | undefined;
}

/** Reads the pixel at parent coordinates; undefined outside of the image. */
export function readPixel({ maskedImage, wcs }: Exposure, x: number, y: number): PixelReading | undefined {
  const { image, mask, variance } = maskedImage;
  const [i, j] = [Math.round(x) - image.x0, Math.round(y) - image.y0];
  if (i < 0 || j < 0 || i >= image.width || j >= image.height) return undefined;
  const point = wcs?.pixelToSky(x, y);
  const degrees = 180 / Math.PI;
  return {
    x,
    y,
    value: image.data[j * image.stride + i] ?? Number.NaN,
    sigma: Math.sqrt(variance.data[j * variance.stride + i] ?? Number.NaN),
    planes: planeNames(mask.planes, mask.data[j * mask.stride + i] ?? 0),
    sky: point && Number.isFinite(point.ra) ? { ra: (((point.ra * degrees) % 360) + 360) % 360, dec: point.dec * degrees } : undefined,
  };
}
