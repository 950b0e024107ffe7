import { createRandom } from '@almagest/numerics';
import { characterizeImage } from '../src/characterize/characterize-image.ts';
import { addStars, exposureOfLight } from './light.ts';

export interface Cost {
  readonly sources: number;
  /** Processor time of this thread [s]. */
  readonly seconds: number;
  readonly rssBytes: number;
}

/** What a frame of stars costs, from pixels to sources. */
export function costOfStars(stars: number, side: number): Cost {
  const random = createRandom(stars);
  const light = new Float64Array(side * side);
  addStars(light, side, stars, random, { sigma: 1.4, faintest: 2000 });
  const exposure = exposureOfLight(light, side, random);
  const begin = process.threadCpuUsage();
  const { sources } = characterizeImage(exposure, { cosmicRays: true });
  const { user, system } = process.threadCpuUsage(begin);
  return { sources: sources.nrows, seconds: (user + system) / 1e6, rssBytes: process.memoryUsage().rss };
}
