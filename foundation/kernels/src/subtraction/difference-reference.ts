import type { Plane } from '../memory/frame.ts';
import { DIFFERENCE_BLOCK, type DifferenceCounts, type DifferenceRequest } from './difference.ts';

/** What {@link computeDifference} computes, pixel by pixel; every operation is rounded to float32. */
export function computeDifferenceReference(
  request: DifferenceRequest,
  out: { readonly difference: Plane; readonly variance: Plane },
): DifferenceCounts {
  const { kept, other, matched, levels, noise, ownSigma } = request;
  const { width, height } = kept;
  const f = Math.fround;
  const blocks = Math.ceil(width / DIFFERENCE_BLOCK);
  const saturated = new Uint8Array(height * blocks);
  const own2 = f(ownSigma * ownSigma);
  let covered = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const b = Math.floor(x / DIFFERENCE_BLOCK);
      const left = levels[y * (blocks + 1) + b];
      const step = f(f(levels[y * (blocks + 1) + b + 1] - left) / DIFFERENCE_BLOCK);
      const model = f(matched.data[y * matched.stride + x] + f(left + f(step * (x % DIFFERENCE_BLOCK))));
      const image = kept.data[y * kept.stride + x];
      const value = f(image - model);
      const at = 3 * (Math.floor(y / DIFFERENCE_BLOCK) * blocks + b);
      const light = request.fresh === 'kept' ? model : image;
      const expected = f(noise[at] + f(noise[at + 1] * (light > 0 ? light : 0)));
      const own = request.fresh === 'kept' ? value : -value;
      const beyond = own > 0 && f(own * own) > f(own2 * expected);
      matched.data[y * matched.stride + x] = model;
      out.difference.data[y * out.difference.stride + x] = value;
      out.variance.data[y * out.variance.stride + x] = beyond ? f(expected + f(noise[at + 2] * own)) : expected;
      if (!Number.isNaN(value)) covered++;
      if (image >= request.keptLimit || other.data[y * other.stride + x] >= request.otherLimit) saturated[y * blocks + b] = 1;
    }
  return { covered, saturated };
}
