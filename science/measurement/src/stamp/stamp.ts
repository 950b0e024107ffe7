import type { Plane } from '@almagest/kernels';

/** The surroundings of one source, cut out so that its neighbours do not count. */
export interface Stamp {
  /** Pixels; (0, 0) is the parent's (x0, y0). Its data are overwritten by the next cut. */
  plane: Plane;
  x0: number;
  y0: number;
  /** Pixels that were a neighbour's, masked, NaN or off the image, and were replaced. */
  replaced: number;
  /** Whether a part of the stamp lies off the image. */
  truncated: boolean;
}

/** Room for stamps; it grows with the largest one cut. */
export function createStamp(): Stamp {
  return { plane: { data: new Float32Array(1024), width: 0, height: 0, stride: 0 }, x0: 0, y0: 0, replaced: 0, truncated: false };
}

export interface StampRequest {
  /** Background-subtracted. */
  readonly image: Plane;
  /** Source number + 1 on its pixels, -1 where a pixel is unusable, else 0. */
  readonly segmentation: Plane<Int32Array>;
  /** Number + 1 of the source. */
  readonly own: number;
  readonly x: number;
  readonly y: number;
  /** The stamp has 2 half + 1 pixels a side. */
  readonly half: number;
}

/**
 * Cuts the square about a source. A pixel of another source, or one that cannot be used, takes the value opposite about the
 * centre, or 0 if that one cannot be used either.
 */
export function cutStampInto(stamp: Stamp, request: StampRequest): void {
  const { image, segmentation, own, x, y, half } = request;
  const side = 2 * half + 1;
  const out = stamp.plane.data.length >= side * side ? stamp.plane.data : new Float32Array(side * side);
  stamp.plane = { data: out, width: side, height: side, stride: side };
  const x0 = Math.round(x) - half;
  const y0 = Math.round(y) - half;
  stamp.x0 = x0;
  stamp.y0 = y0;
  stamp.replaced = 0;
  const { data, width, height, stride } = image;
  const labels = segmentation.data;
  stamp.truncated = x0 < 0 || y0 < 0 || x0 + side > width || y0 + side > height;
  const from = Math.max(0, -x0);
  const to = Math.min(side, width - x0);
  for (let j = 0; j < side; j++) {
    const row = y0 + j;
    const inside = row >= 0 && row < height;
    const a = inside ? from : side;
    const b = inside ? to : side;
    for (let i = 0; i < a; i++) out[j * side + i] = replace(request, stamp, x0 + i, row);
    const p = row * stride + x0;
    const q = row * segmentation.stride + x0;
    for (let i = a; i < b; i++) {
      const value = data[p + i];
      const label = labels[q + i];
      out[j * side + i] = (label === 0 || label === own) && value === value ? value : replace(request, stamp, x0 + i, row);
    }
    for (let i = b; i < side; i++) out[j * side + i] = replace(request, stamp, x0 + i, row);
  }
}

function replace({ image, segmentation, own, x, y }: StampRequest, stamp: Stamp, i: number, j: number): number {
  stamp.replaced++;
  const u = Math.round(2 * x) - i;
  const v = Math.round(2 * y) - j;
  if (u < 0 || v < 0 || u >= image.width || v >= image.height) return 0;
  const label = segmentation.data[v * segmentation.stride + u];
  const value = image.data[v * image.stride + u];
  return (label === 0 || label === own) && value === value ? value : 0;
}
