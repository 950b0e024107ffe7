import type { Night, NightPrompt } from '../src/services/night-client.ts';

const TASKS = ['isr', 'calibrateImage', 'subtractImages', 'detectAndMeasureDiaSource', 'associate'];

const STAGES = ['ingest', 'isr', 'characterizeImage', 'calibrateImage', 'buildTemplate', 'subtract', 'associate', 'alert'];

/** Stages that follow each other, all of the same length. */
function makePrompt(detector: number, seconds: number, more: Partial<NightPrompt> = {}): NightPrompt {
  const each = seconds / STAGES.length;
  return {
    detector,
    state: 'done',
    source: 'announced',
    plan: 'alert-production',
    fallbacks: [],
    alerts: 12,
    attempts: 1,
    latencySec: seconds,
    latencyFrom: 'shutter',
    budgetSec: 60,
    preloadSec: 1.2,
    stages: STAGES.map((stage, k) => ({ stage, beginSec: k * each, seconds: each })),
    error: null,
    ...more,
  };
}

const PROMPT: Readonly<Record<number, readonly NightPrompt[]>> = {
  0: [makePrompt(0, 34), makePrompt(1, 41)],
  1: [
    makePrompt(0, 22, {
      plan: 'single-frame',
      alerts: 0,
      fallbacks: [
        { from: 'alert-production', to: 'single-frame', code: 'prompt.no-template', reason: 'there is no template for this place' },
      ],
    }),
    makePrompt(1, 74, { source: 'backlog', latencyFrom: 'arrival' }),
  ],
};

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
      prompt: PROMPT[n] ?? [],
    };
  }),
  metrics: [
    { name: 'psfSigma', value: 2.0314, unit: 'pixel', visit: 100 },
    { name: 'astromOffsetStd', value: 0.0121, unit: 'arcsec', visit: 100 },
  ],
};
