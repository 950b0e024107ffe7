import { type MaskedImage, subMaskedImage } from '@almagest/image';
import type { RowFrame } from './combine-frames.ts';

/** A frame whose rows are read when they are needed, such as one in a file. */
export interface FrameSource {
  readonly width: number;
  readonly height: number;
  /** Rows y0 <= y < y1 with their flags; the whole frame without them. */
  readonly read: (y0?: number, y1?: number) => Promise<MaskedImage>;
}

/** A frame that is in memory, or one that is read in parts. */
export type CombinableFrame = MaskedImage | FrameSource;

export function frameSourceOf(frame: CombinableFrame): FrameSource {
  if ('read' in frame) return frame;
  const { width, height } = frame.image;
  return { width, height, read: async (y0 = 0, y1 = height) => rowsOf(frame, y0, y1) };
}

/** Rows of a frame, a view. */
export function rowsOf(frame: MaskedImage, y0: number, y1: number): MaskedImage {
  const { width, height, x0, y0: bottom } = frame.image;
  return y0 === 0 && y1 === height ? frame : subMaskedImage(frame, { x0, y0: bottom + y0, width, height: y1 - y0 });
}

/** The rows of a frame with what `valueOf` makes of each pixel; NaN where it has any of the flags. */
export function rowFrame(
  { width, height, read }: FrameSource,
  badBits: (rows: MaskedImage) => number,
  valueOf?: (value: number, x: number, y: number) => number,
): RowFrame {
  return {
    width,
    height,
    readRows: async (y0, y1) => {
      const rows = await read(y0, y1);
      const { image, mask } = rows;
      const bad = badBits(rows);
      const out = new Float32Array((y1 - y0) * width);
      for (let j = 0; j < y1 - y0; j++) {
        out.set(image.data.subarray(j * image.stride, j * image.stride + width), j * width);
        if (valueOf) for (let x = 0; x < width; x++) out[j * width + x] = valueOf(out[j * width + x], x, y0 + j);
        if (bad !== 0) for (let x = 0; x < width; x++) if (mask.data[j * mask.stride + x] & bad) out[j * width + x] = Number.NaN;
      }
      return out;
    },
  };
}
