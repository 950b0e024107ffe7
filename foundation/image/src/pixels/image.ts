import { PixelBoundsError } from '../errors.ts';

/** The pixel types that images are made of. */
export type PixelArray = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

/** A half-open box of pixels: x0 <= x < x0 + width, y0 <= y < y0 + height. */
export interface PixelBox {
  readonly x0: number;
  readonly y0: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A rectangle of pixels, row-major.
 *
 * The pixel in column i and row j is `data[j * stride + i]` and lies at (x0 + i, y0 + j) in the coordinates of the
 * parent (detector, patch); the centre of a pixel is at whole coordinates.
 * A view of a part of an image is an image too: it has the parent's `stride` and a subarray of the parent's `data`.
 * So loops run over rows with `stride`; only where `stride === width` are the pixels one run.
 */
export interface Image<A extends PixelArray = Float32Array> extends PixelBox {
  /** Elements from one row to the next, at least `width`. */
  readonly stride: number;
  readonly data: A;
}

const MAX_PIXELS = 2 ** 30;

/**
 * Makes an image of zeros over fresh memory of {@link pixelMemory}.
 *
 * @throws {PixelBoundsError} if a side is no whole number from 0, or if there are more than 2^30 pixels.
 */
export function createImage(width: number, height: number, origin: { readonly x0?: number; readonly y0?: number } = {}): Image {
  return { ...checkedBox(width, height, origin), stride: width, data: new Float32Array(pixelMemory(4 * width * height)) };
}

/** Makes an integer image (a mask, labels) of zeros; see {@link createImage}. */
export function createIntImage(
  width: number,
  height: number,
  origin: { readonly x0?: number; readonly y0?: number } = {},
): Image<Int32Array> {
  return { ...checkedBox(width, height, origin), stride: width, data: new Int32Array(pixelMemory(4 * width * height)) };
}

/**
 * Adopts an array as an image.
 *
 * @param data - Row-major pixels, width * height of them; kept, not copied.
 * @throws {PixelBoundsError} if the array is shorter than the image.
 */
export function imageOf<A extends PixelArray>(
  data: A,
  width: number,
  height: number,
  origin: { readonly x0?: number; readonly y0?: number } = {},
): Image<A> {
  const box = checkedBox(width, height, origin);
  if (data.length < width * height)
    throw new PixelBoundsError(`an image of ${width} x ${height} needs ${width * height} pixels; found ${data.length}`, { details: box });
  return { ...box, stride: width, data };
}

/**
 * Views a part of an image without copying; writing to the view writes to the image.
 *
 * @param box - In the image's own coordinates (x0, y0 included).
 * @throws {PixelBoundsError} if the box reaches outside the image.
 */
export function subImage<A extends PixelArray>(image: Image<A>, box: PixelBox): Image<A> {
  const i = box.x0 - image.x0;
  const j = box.y0 - image.y0;
  if (!containsBox(image, box))
    throw new PixelBoundsError(`box ${boxText(box)} must lie inside the image ${boxText(image)}`, { details: plainBox(box) });
  const start = j * image.stride + i;
  const end = box.height === 0 || box.width === 0 ? start : start + (box.height - 1) * image.stride + box.width;
  return { ...plainBox(box), stride: image.stride, data: image.data.subarray(start, end) as A };
}

/** Copies an image, or a view, to a fresh image with stride = width; NaN and origin are kept. */
export function copyImage<A extends PixelArray>(image: Image<A>): Image<A> {
  const { width, height, stride } = image;
  const data = newLike(image.data, width * height);
  for (let j = 0; j < height; j++) data.set(image.data.subarray(j * stride, j * stride + width), j * width);
  return { ...plainBox(image), stride: width, data };
}

/** The image's pixels as one run without gaps: the image's own array where it has none, else a copy. */
export function contiguous<A extends PixelArray>(image: Image<A>): Image<A> {
  return image.stride === image.width ? image : copyImage(image);
}

/** Copies the pixels of `source` that lie inside `target` there, by parent coordinates. */
export function copyPixelsInto<A extends PixelArray>(target: Image<A>, source: Image<A>): void {
  const box = intersectBoxes(target, source);
  if (box.width === 0 || box.height === 0) return;
  for (let y = box.y0; y < box.y0 + box.height; y++) {
    const from = (y - source.y0) * source.stride + box.x0 - source.x0;
    target.data.set(source.data.subarray(from, from + box.width), (y - target.y0) * target.stride + box.x0 - target.x0);
  }
}

/** Sets every pixel of an image or view. */
export function fillImage(image: Image<PixelArray>, value: number): void {
  for (let j = 0; j < image.height; j++) image.data.fill(value, j * image.stride, j * image.stride + image.width);
}

/** The pixel at parent coordinates (x, y), whole numbers; undefined outside. */
export function pixelAt(image: Image<PixelArray>, x: number, y: number): number | undefined {
  const i = x - image.x0;
  const j = y - image.y0;
  return i >= 0 && j >= 0 && i < image.width && j < image.height ? image.data[j * image.stride + i] : undefined;
}

/** The pixels that two boxes have in common; width and height are 0 where there are none. */
export function intersectBoxes(a: PixelBox, b: PixelBox): PixelBox {
  const x0 = Math.max(a.x0, b.x0);
  const y0 = Math.max(a.y0, b.y0);
  const width = Math.max(0, Math.min(a.x0 + a.width, b.x0 + b.width) - x0);
  const height = Math.max(0, Math.min(a.y0 + a.height, b.y0 + b.height) - y0);
  return width === 0 || height === 0 ? { x0, y0, width: 0, height: 0 } : { x0, y0, width, height };
}

/** Says whether every pixel of `inner` is in `outer`; an empty box must lie inside too. */
export function containsBox(outer: PixelBox, inner: PixelBox): boolean {
  return (
    Number.isInteger(inner.x0) &&
    Number.isInteger(inner.y0) &&
    inner.width >= 0 &&
    inner.height >= 0 &&
    inner.x0 >= outer.x0 &&
    inner.y0 >= outer.y0 &&
    inner.x0 + inner.width <= outer.x0 + outer.width &&
    inner.y0 + inner.height <= outer.y0 + outer.height
  );
}

/** A fresh array of the same type. */
function newLike<A extends PixelArray>(data: A, length: number): A {
  const Type = data.constructor as new (buffer: ArrayBufferLike) => A;
  return new Type(pixelMemory(data.BYTES_PER_ELEMENT * length));
}

/**
 * Fresh zeros that threads share without copying: a SharedArrayBuffer, or an ordinary buffer where there is none, as in a web
 * page that is not isolated from other origins.
 */
export function pixelMemory(bytes: number): ArrayBufferLike {
  return typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(bytes) : new SharedArrayBuffer(bytes);
}

function checkedBox(width: number, height: number, origin: { readonly x0?: number; readonly y0?: number }): PixelBox {
  const box = { x0: origin.x0 ?? 0, y0: origin.y0 ?? 0, width, height };
  const sound = Number.isInteger(width) && Number.isInteger(height) && width >= 0 && height >= 0 && width * height <= MAX_PIXELS;
  if (!sound || !Number.isInteger(box.x0) || !Number.isInteger(box.y0))
    throw new PixelBoundsError(`an image needs whole sides from 0 and at most 2^30 pixels; found ${boxText(box)}`, { details: box });
  return box;
}

function plainBox(box: PixelBox): PixelBox {
  return { x0: box.x0, y0: box.y0, width: box.width, height: box.height };
}

function boxText(box: PixelBox): string {
  return `${box.width} x ${box.height} at (${box.x0}, ${box.y0})`;
}
