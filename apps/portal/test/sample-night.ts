import type { Night } from '../src/services/night-client.ts';

const TASKS = ['isr', 'calibrateImage', 'subtractImages', 'detectAndMeasureDiaSource', 'associate'];

/** One night of forty visits of which two failed and one was late, as a processing service tells of it. */
export const SAMPLE_NIGHT: Night = {
  day: 20260923,
  visits: Array.from({ length: 40 }, (_, n) => {
    const isFailed = n === 13 || n === 27;
    return {
      visit: 100 + n,
      band: 'gri'.charAt(n % 3),
      target: `field ${1 + (n % 5)}`,
      beginMjdTai: 61_306.02 + n * 0.0067,
      exposureSec: 30,
      steps: TASKS.slice(0, isFailed ? 2 : 5).map((task, k) => ({
        task,
        done: isFailed && k === 1 ? 1 : 2,
        failed: isFailed && k === 1 ? 1 : 0,
        seconds: 3 + k,
      })),
      latencySec: isFailed ? null : 34 + 9 * Math.sin(n) + (n === 31 ? 40 : 0),
      failures: isFailed
        ? [
            {
              task: 'calibrateImage',
              dataId: { visit: 100 + n, detector: 1 },
              message: 'astrometry matched 3 stars; at least 5 are needed',
            },
          ]
        : [],
    };
  }),
  metrics: [
    { name: 'psfSigma', value: 2.0314, unit: 'pixel', visit: 100 },
    { name: 'astromOffsetStd', value: 0.0121, unit: 'arcsec', visit: 100 },
  ],
};
