import { requireSameShape } from '../pixels/masked-image.ts';
import { createImage, type Image } from '../pixels/image.ts';
import { computeZscale, type DisplayLimits } from './limits.ts';

/** Brightness of a picture against the pixel value between black (0) and white (1). */
export type Stretch = 'linear' | 'sqrt' | 'log' | 'asinh';

export interface RenderOptions {
  /** Default: zscale. */
  readonly limits?: DisplayLimits;
  /** Default: asinh. */
  readonly stretch?: Stretch;
  /** How soon asinh turns from linear to logarithmic: at 1 / softening of the range; default 10. */
  readonly softening?: number;
}

/** Eight-bit picture, first row at the top: the image's last row, as the sky is drawn. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  /** 1 gray, 3 red green blue. */
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/**
 * Renders an image in gray; NaN is black.
 *
 * @remarks The last row of the image is the first of the picture (FITS counts rows upwards, pictures downwards).
 */
export function renderGray(image: Image, options: RenderOptions = {}): Picture {
  const { black, white } = options.limits ?? computeZscale(image);
  const { width, height, stride } = image;
  const data = new Uint8Array(width * height);
  const curve = curveOf(options);
  const scale = white > black ? 1 / (white - black) : 0;
  for (let j = 0; j < height; j++) {
    const row = (height - 1 - j) * width;
    for (let i = 0; i < width; i++) {
      const t = (image.data[j * stride + i] - black) * scale;
      data[row + i] = t > 0 ? 255 * (t >= 1 ? 1 : curve(t)) + 0.5 : 0;
    }
  }
  return { width, height, channels: 1, data };
}

export interface LuptonOptions {
  /** Values that become black, one a channel or one for all; default 0. */
  readonly minimum?: number | readonly [number, number, number];
  /** Linear range of the stretch, default 5. */
  readonly stretch?: number;
  /** Asinh softening, default 8. */
  readonly q?: number;
}

/**
 * Renders three images in colour so that an object's colour does not depend on its brightness.
 *
 * The mean intensity is stretched by asinh and the channels share the factor; where one would pass 1 all three are scaled
 * down together. Pixels with a NaN are black.
 *
 * @throws {ShapeMismatchError} if the images differ in shape. @see Lupton et al. 2004, PASP 116, 133.
 */
export function renderLupton(red: Image, green: Image, blue: Image, options: LuptonOptions = {}): Picture {
  requireSameShape(red, green, 'green');
  requireSameShape(red, blue, 'blue');
  const { width, height } = red;
  const minimum =
    typeof options.minimum === 'object' ? options.minimum : [options.minimum ?? 0, options.minimum ?? 0, options.minimum ?? 0];
  const q = options.q ?? 8;
  const stretch = options.stretch ?? 5;
  // Slope 1 / stretch at zero, and asinh(q) / q there where the linear form would reach 1, as in section 2 with a fraction of 0.1.
  const soften = q / stretch;
  const slope = 0.1 / Math.asinh(0.1 * q);
  const data = new Uint8Array(3 * width * height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      const r = red.data[j * red.stride + i] - minimum[0];
      const g = green.data[j * green.stride + i] - minimum[1];
      const b = blue.data[j * blue.stride + i] - minimum[2];
      const intensity = (r + g + b) / 3;
      if (!(intensity > 0)) continue;
      const factor = (slope * Math.asinh(soften * intensity)) / intensity;
      const largest = Math.max(r, g, b) * factor;
      const scale = largest > 1 ? (255 * factor) / largest : 255 * factor;
      const at = 3 * ((height - 1 - j) * width + i);
      data[at] = clip(r * scale);
      data[at + 1] = clip(g * scale);
      data[at + 2] = clip(b * scale);
    }
  return { width, height, channels: 3, data };
}

/** Averages blocks of `factor` x `factor` pixels, NaN left out; a rest at the right and upper edge is averaged over what is there. */
export function shrinkImage(image: Image, factor: number): Image {
  const width = Math.ceil(image.width / factor);
  const height = Math.ceil(image.height / factor);
  const out = createImage(width, height);
  for (let j = 0; j < height; j++)
    for (let i = 0; i < width; i++) {
      let [sum, count] = [0, 0];
      for (let y = j * factor; y < Math.min(image.height, (j + 1) * factor); y++)
        for (let x = i * factor; x < Math.min(image.width, (i + 1) * factor); x++) {
          const value = image.data[y * image.stride + x];
          if (Number.isNaN(value)) continue;
          sum += value;
          count++;
        }
      out.data[j * width + i] = sum / count;
    }
  return out;
}

function curveOf({ stretch = 'asinh', softening = 10 }: RenderOptions): (t: number) => number {
  if (stretch === 'linear') return (t) => t;
  if (stretch === 'sqrt') return Math.sqrt;
  // 1000 as in DS9: value 1 in a thousand is a third of full brightness.
  if (stretch === 'log') return (t) => Math.log1p(1000 * t) / Math.log(1001);
  const scale = 1 / Math.asinh(softening);
  return (t) => Math.asinh(softening * t) * scale;
}

function clip(value: number): number {
  return value > 0 ? Math.min(255, Math.round(value)) : 0;
}
