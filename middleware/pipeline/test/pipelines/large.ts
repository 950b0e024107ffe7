import {
  defineTask,
  input,
  output,
  parsePipelineDocument,
  type Pipeline,
  prerequisite,
  resolvePipeline,
  type Task,
} from '../../src/index.ts';

const DET = ['instrument', 'visit', 'detector'];
const WARP = ['instrument', 'visit', 'skymap', 'tract', 'patch'];
const made = (name: string, dimensions: readonly string[]): ReturnType<typeof output> =>
  output({ name, dimensions, storageClass: 'StructuredDataDict', doc: 'Synthetic.' });
const read = (name: string, dimensions: readonly string[], multiple = false): ReturnType<typeof input> =>
  input({ name, dimensions, multiple, storageClass: 'StructuredDataDict', doc: 'Synthetic.' });
const flat = prerequisite({
  name: 'flat',
  dimensions: ['instrument', 'detector'],
  storageClass: 'StructuredDataDict',
  calibration: true,
  doc: 'Synthetic.',
});
const list = (
  names: string,
  make: (name: string) => ReturnType<typeof input> | ReturnType<typeof output>,
): Record<string, ReturnType<typeof input>> =>
  Object.fromEntries(names.split(' ').map((name) => [name, make(name) as ReturnType<typeof input>]));
const task = (name: string, dimensions: readonly string[], connections: Task['connections']): Task =>
  defineTask({ name, doc: 'Synthetic.', dimensions, connections, run: () => ({}) });

const WARPS = 'warp warpPsf warpMask warpVariance warpSky';
const TASKS: readonly Task[] = [
  task('isr', DET, { ...list('raw', (name) => read(name, DET)), flat, ...list('postIsr', (name) => made(name, DET)) }),
  task('characterize', DET, {
    ...list('postIsr', (name) => read(name, DET)),
    ...list('icExp icSrc icBackground', (name) => made(name, DET)),
  }),
  task('calibrate', DET, {
    ...list('icExp icBackground', (name) => read(name, DET)),
    ...list('calexp src background srcMatch summary', (name) => made(name, DET)),
  }),
  task('warp', WARP, { ...list('calexp src background', (name) => read(name, DET, true)), ...list(WARPS, (name) => made(name, WARP)) }),
  task('coadd', ['skymap', 'tract', 'patch'], {
    ...list(WARPS, (name) => read(name, WARP, true)),
    ...list('coadd', (name) => made(name, ['skymap', 'tract', 'patch'])),
  }),
];

/** A pipeline whose graph has the shape of a data release: many images, few patches, many overlaps. */
export function largePipeline(): Promise<Pipeline> {
  const text = `description: Synthetic release\ntasks: {${TASKS.map(({ name }) => `${name}: ${name}`).join(', ')}}`;
  return resolvePipeline(parsePipelineDocument(text), { taskOf: (name) => TASKS.find((each) => each.name === name) });
}

/** 290,000 quanta, over a million datasets, over 3.6 million edges. */
export const LARGE_SURVEY: { visits: number; detectors: number; patches: number; patchesPerDetector: number } = {
  visits: 1210,
  detectors: 60,
  patches: 60,
  patchesPerDetector: 9,
};
