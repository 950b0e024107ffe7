import { computeQuantileLimits, computeZscale, type DisplayLimits, type Image, type Mask, renderGray, type Stretch } from '@almagest/image';

export const STRETCHES: readonly Stretch[] = ['asinh', 'linear', 'sqrt', 'log'];

/** How the values that become black and white are found. */
export const LIMITS = { auto: 'sky to bright stars', zscale: 'zscale', p99: '99 %', p999: '99.9 %', all: 'all values' } as const;
export type LimitsName = keyof typeof LIMITS;

export function limitsOf(image: Image, name: LimitsName): DisplayLimits {
  if (name === 'zscale') return computeZscale(image);
  // The sky dark but its noise in sight, the brightest five in a thousand white.
  if (name === 'auto') return computeQuantileLimits(image, 0.1, 0.995);
  const outside = { p99: 0.005, p999: 0.0005, all: 0 }[name];
  return computeQuantileLimits(image, outside, 1 - outside);
}

export interface PaintOptions {
  readonly stretch: Stretch;
  readonly limits: DisplayLimits;
  readonly inverted: boolean;
}

/** A picture of the whole image, first row on top, that is drawn at any scale. */
export function paintImage(image: Image, { stretch, limits, inverted }: PaintOptions): OffscreenCanvas {
  const { data, width, height } = renderGray(image, { stretch, limits });
  const picture = new ImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let k = 0; k < data.length; k++) {
    const gray = inverted ? 255 - data[k]! : data[k]!;
    pixels[k] = 0xff000000 | (gray << 16) | (gray << 8) | gray;
  }
  return canvasOf(picture);
}

/** Colours of mask planes: those with a usual colour have it, others take the rest in turn. */
const PLANE_COLOURS: Readonly<Record<string, string>> = {
  BAD: '#e8554e',
  SAT: '#45c46f',
  INTRP: '#3fb8d8',
  CR: '#e36bd8',
  EDGE: '#e0c343',
  DETECTED: '#4d8dff',
  DETECTED_NEGATIVE: '#39d0d0',
  SUSPECT: '#f0a23c',
  NO_DATA: '#ff8d6b',
};
const OTHERS = ['#b7a6ff', '#9fd88f', '#ffb3c7', '#8fc7ff'];

export function planeColour(name: string, bit: number): string {
  return PLANE_COLOURS[name] ?? OTHERS[bit % OTHERS.length] ?? '#b7a6ff';
}

/** The chosen planes as a see-through picture; undefined where none is chosen. */
export function paintMask(mask: Mask, chosen: ReadonlySet<string>): OffscreenCanvas | undefined {
  const planes = Object.entries(mask.planes)
    .filter(([name]) => chosen.has(name))
    .map(([name, bit]) => ({ bits: 1 << bit, colour: rgba(planeColour(name, bit)) }));
  if (planes.length === 0) return undefined;
  const { width, height, stride, data } = mask;
  const picture = new ImageData(width, height);
  const pixels = new Uint32Array(picture.data.buffer);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const value = data[j * stride + i]!;
      if (value === 0) continue;
      const plane = planes.find(({ bits }) => (value & bits) !== 0);
      if (plane) pixels[(height - 1 - j) * width + i] = plane.colour;
    }
  return canvasOf(picture);
}

/** Pixels of each plane that has any, most first. */
export function countPlanes(mask: Mask): readonly { readonly name: string; readonly bit: number; readonly count: number }[] {
  const counts = new Uint32Array(32);
  for (let j = 0; j < mask.height; j++)
    for (let i = 0; i < mask.width; i++) {
      let value = mask.data[j * mask.stride + i]!;
      while (value !== 0) {
        counts[31 - Math.clz32(value)]!++;
        value &= ~(1 << (31 - Math.clz32(value)));
      }
    }
  return Object.entries(mask.planes)
    .map(([name, bit]) => ({ name, bit, count: counts[bit]! }))
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => b.count - a.count);
}

function canvasOf(picture: ImageData): OffscreenCanvas {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  canvas.getContext('2d')?.putImageData(picture, 0, 0);
  return canvas;
}

/** Two thirds opaque, in the byte order of a canvas on a little-endian machine. */
function rgba(hex: string): number {
  const value = Number.parseInt(hex.slice(1), 16);
  return ((0xa8 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
}
