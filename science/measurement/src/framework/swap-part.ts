import type { Plane } from '@almagest/kernels';
import type { Scene, SourcePart } from './plugin.ts';

/** What stood in the box of a part before; kept from source to source. */
export interface SwappedPart {
  part: SourcePart | undefined;
  /** Pixels and labels that were there; label 0 where nothing was changed. */
  pixels: Float32Array;
  labels: Int32Array;
}

export function createSwap(): SwappedPart {
  return { part: undefined, pixels: new Float32Array(0), labels: new Int32Array(0) };
}

/** Puts the light of a source in place of its blend's, and its label on the blend's pixels. */
export function swapInInPlace({ image, detections, parts }: Scene, index: number, swap: SwappedPart): void {
  swap.part = parts?.get(index);
  const { segmentation, group } = detections;
  if (!swap.part || !segmentation || !group) return;
  const { width, height, pixels } = swap.part;
  if (swap.pixels.length < width * height) {
    swap.pixels = new Float32Array(width * height);
    swap.labels = new Int32Array(width * height);
  }
  eachInside(swap.part, image, (at, x, y) => {
    const p = y * image.stride + x;
    const q = y * segmentation.stride + x;
    const label = segmentation.data[q];
    const own = label > 0 && group[label - 1] === group[index];
    swap.labels[at] = own ? label : 0;
    if (!own) return;
    swap.pixels[at] = image.data[p];
    // What cannot be used stays so.
    if (image.data[p] === image.data[p]) image.data[p] = pixels[at];
    segmentation.data[q] = index + 1;
  });
}

/** Puts back what {@link swapInInPlace} took away. */
export function swapOutInPlace({ image, detections }: Scene, swap: SwappedPart): void {
  const { segmentation, group } = detections;
  if (!swap.part || !segmentation || !group) return;
  eachInside(swap.part, image, (at, x, y) => {
    if (swap.labels[at] === 0) return;
    image.data[y * image.stride + x] = swap.pixels[at];
    segmentation.data[y * segmentation.stride + x] = swap.labels[at];
  });
  swap.part = undefined;
}

/** The pixel of the whole blend. */
export function undividedAt({ part, pixels, labels }: SwappedPart, { data, stride }: Plane, x: number, y: number): number {
  if (part && x >= part.x0 && y >= part.y0 && x < part.x0 + part.width && y < part.y0 + part.height) {
    const at = (y - part.y0) * part.width + x - part.x0;
    if (labels[at] !== 0) return pixels[at];
  }
  return data[y * stride + x];
}

function eachInside(
  { x0, y0, width, height }: SourcePart,
  image: { readonly width: number; readonly height: number },
  use: (at: number, x: number, y: number) => void,
): void {
  for (let j = Math.max(0, -y0); j < Math.min(height, image.height - y0); j++)
    for (let i = Math.max(0, -x0); i < Math.min(width, image.width - x0); i++) use(j * width + i, x0 + i, y0 + j);
}
