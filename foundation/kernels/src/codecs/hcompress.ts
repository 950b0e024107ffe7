import { bytesAt, withFrame } from '../memory/frame.ts';
import { kernelMemory } from '../memory/kernel-memory.ts';

/** Shape of a tile, and whether to smooth what quantization left free. */
export interface HcompressTile {
  readonly width: number;
  readonly height: number;
  readonly smooth: boolean;
}

/**
 * Decodes an HCOMPRESS tile.
 *
 * @param out - Pixels, shape [height, width]; overwritten.
 * @returns False where the bytes are damaged or made for another shape.
 * @see R. L. White, Space Telescope Science Institute (1992); FITS standard 4.0, section 10.4.4.
 */
export function hcompressDecode(bytes: Uint8Array, { width, height, smooth }: HcompressTile, out: Int32Array): boolean {
  const { functions } = kernelMemory();
  const count = width * height;
  return withFrame((frame) => {
    const work = frame.scratch(8 * count);
    const scratch = frame.scratch(scratchBytes(width, height));
    const source = frame.input(bytes);
    return functions['hcompressDecode'](source, bytes.length, height, width, smooth ? 1 : 0, work, scratch, frame.output(out)) === 1;
  });
}

/**
 * Encodes a tile; with a scale above 1 coefficients are divided by it, which loses about scale / 2 of a pixel value.
 *
 * @param pixels - Shape [height, width]. Not modified.
 * @returns Fresh bytes.
 */
export function hcompressEncode(
  pixels: Int32Array,
  { width, height, scale }: { width: number; height: number; scale: number },
): Uint8Array<ArrayBuffer> {
  const { functions } = kernelMemory();
  const count = width * height;
  return withFrame((frame) => {
    const work = frame.scratch(8 * count);
    const scratch = frame.scratch(scratchBytes(width, height));
    const out = frame.scratch(12 * count + 1024);
    const used = functions['hcompressEncode'](frame.input(pixels), height, width, scale, work, scratch, out);
    const bytes = new Uint8Array(used);
    bytes.set(bytesAt(out, used));
    return bytes;
  });
}

function scratchBytes(width: number, height: number): number {
  return 2 * width * height + 4096 + 8 * (width + height);
}
