import { createMaskedImage, type Exposure, exposureOf, subMaskedImage } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import type { Deferred } from '@almagest/pipeline';
import { expect, test } from 'vitest';
import { combineBias, combineDark, combineFlat } from '../combine/calibration-frames.ts';
import { combineSkyFlat } from '../sky/sky-frames.ts';
import { deferredFrames } from './deferred-frames.ts';

const [WIDTH, HEIGHT] = [96, 640];

/** A frame in a file that counts the pixels which are read of it. */
function deferred(seed: string, read: { pixels: number; most: number }): Deferred<Exposure> {
  const random = createRandom(seed);
  const image = createMaskedImage(WIDTH, HEIGHT);
  random.fillNormal(image.image.data, 1000, 20);
  const exposure = exposureOf(image, { detectorName: 'S00', metadata: new Map() });
  return {
    dataId: {},
    get: async (parameters) => {
      const box = parameters?.['bbox'] as { x0: number; y0: number; width: number; height: number } | undefined;
      const maskedImage = box ? subMaskedImage(image, box) : image;
      read.pixels += maskedImage.image.width * maskedImage.image.height;
      read.most = Math.max(read.most, maskedImage.image.height);
      return { ...exposure, maskedImage };
    },
    component: async <C>() => ({ x0: 0, y0: 0, width: WIDTH, height: HEIGHT }) as C,
  };
}

test('frames are combined in bands of rows that get narrower as frames get more, to the same bits as whole ones', async () => {
  const noise = { readVariance: 400, variancePerUnit: 0 };
  const memoryBytes = 4 * WIDTH * 320;
  for (const count of [5, 12]) {
    const read = { pixels: 0, most: 0 };
    const frames = await deferredFrames(Array.from({ length: count }, (_, k) => deferred(`${k}`, read)));
    expect(frames[0]!.head.detectorName).toBe('S00');
    const whole = await Promise.all(frames.map(async (frame) => frame.read()));
    Object.assign(read, { pixels: 0, most: 0 });
    const bias = await combineBias(frames, noise, { memoryBytes });
    expect(read.most).toBe(Math.floor(320 / (count + 3)));
    expect(read.pixels).toBe(count * WIDTH * HEIGHT);
    expect(bias.image.data).toEqual((await combineBias(whole, noise)).image.data);
    const seconds = frames.map((_, k) => 10 + k);
    const dark = await combineDark(frames, seconds, noise, { memoryBytes });
    expect(dark.image.data).toEqual((await combineDark(whole, seconds, noise)).image.data);
    expect(read.most).toBeLessThan(64);
    const flat = await combineFlat(frames, noise, { memoryBytes });
    expect(flat.image.data).toEqual((await combineFlat(whole, noise)).image.data);
    expect(read.most).toBeLessThan(64);
    const sky = await combineSkyFlat(frames, { memoryBytes });
    expect(sky.image.data).toEqual((await combineSkyFlat(whole)).image.data);
  }
});
