import type { Exposure, PixelBox } from '@almagest/image';
import type { Deferred } from '@almagest/pipeline';
import { type FrameSource, rowsOf } from '../combine/frame-source.ts';

/** A reduced exposure in its file: rows are read when they are asked for, so that many frames need no more memory than few. */
export interface DeferredFrame extends FrameSource {
  /** The exposure with its first row of pixels only. */
  readonly head: Exposure;
}

/** Looks at the frames one after the other; of each only the first row is read. */
export async function deferredFrames(frames: readonly Deferred<Exposure>[]): Promise<DeferredFrame[]> {
  const out: DeferredFrame[] = [];
  for (const frame of frames) out.push(await deferredFrame(frame));
  return out;
}

async function deferredFrame(frame: Deferred<Exposure>): Promise<DeferredFrame> {
  const { x0, y0: bottom, width, height } = await frame.component<PixelBox>('bbox');
  const box = (y0: number, y1: number): Readonly<Record<string, unknown>> => ({ bbox: { x0, y0: bottom + y0, width, height: y1 - y0 } });
  return {
    width,
    height,
    head: await frame.get(box(0, 1)),
    read: async (y0 = 0, y1 = height) => {
      const { maskedImage } = await (y0 === 0 && y1 === height ? frame.get() : frame.get(box(y0, y1)));
      // A store that has the whole exposure in memory may give it whole.
      return maskedImage.image.height === y1 - y0 ? maskedImage : rowsOf(maskedImage, y0, y1);
    },
  };
}
