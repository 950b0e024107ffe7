import type { SkyPoint, SkyWcs } from '../model/sky-wcs.ts';
import { toVector } from './local.ts';

export interface FootprintOptions {
  readonly width: number;
  readonly height: number;
  /** Points on each side of the image, the corner included; more for distorted or wide images. Default 1: the corners. */
  readonly pointsPerSide?: number;
}

/**
 * The outline of an image on the sky, counter-clockwise as seen from inside the sphere for an image of sky parity.
 *
 * @returns Points of the outer pixel edges, which lie half a pixel outside the centres of the border pixels; NaN where the
 * outline leaves the projection.
 */
export function computeFootprint(wcs: SkyWcs, { width, height, pointsPerSide = 1 }: FootprintOptions): SkyPoint[] {
  const [left, right, bottom, top] = [-0.5, width - 0.5, -0.5, height - 0.5];
  const corners = [
    [left, bottom],
    [right, bottom],
    [right, top],
    [left, top],
  ] as const;
  const outline: SkyPoint[] = [];
  for (let side = 0; side < 4; side++) {
    const [x0, y0] = corners[side];
    const [x1, y1] = corners[(side + 1) % 4];
    for (let k = 0; k < pointsPerSide; k++) {
      const t = k / pointsPerSide;
      outline.push(wcs.pixelToSky(x0 + t * (x1 - x0), y0 + t * (y1 - y0)));
    }
  }
  return outline;
}

/** A circle on the sky [rad] about the middle of the image that holds its whole outline; NaN when a part has no image. */
export function computeBoundingCircle(wcs: SkyWcs, options: FootprintOptions): { centre: SkyPoint; radius: number } {
  const centre = wcs.pixelToSky((options.width - 1) / 2, (options.height - 1) / 2);
  const c = toVector(centre);
  let radius = 0;
  for (const point of computeFootprint(wcs, { ...options, pointsPerSide: Math.max(8, options.pointsPerSide ?? 8) })) {
    const v = toVector(point);
    const half = Math.hypot(v[0] - c[0], v[1] - c[1], v[2] - c[2]) / 2;
    radius = Math.max(radius, 2 * Math.asin(Math.min(1, half)));
  }
  return { centre, radius };
}
