import { defineTask, input, output, type Task } from '@almagest/pipeline';

const DET = ['instrument', 'visit', 'detector'];
const WARP = ['instrument', 'visit', 'skymap', 'tract', 'patch'];
const made = { storageClass: 'StructuredDataDict', doc: 'Synthetic.' };
const none = (): never => {
  throw new Error('only mocked');
};

export const isrTask: Task = defineTask({
  name: 'isr',
  doc: 'Per detector.',
  dimensions: DET,
  connections: {
    raw: input<unknown>({ ...made, name: 'raw', dimensions: DET }),
    postIsr: output<unknown>({ ...made, name: 'postIsr', dimensions: DET }),
  },
  run: none,
});
export const calibrateTask: Task = defineTask({
  name: 'calibrate',
  doc: 'Per detector, after isr.',
  dimensions: DET,
  connections: {
    postIsr: input<unknown>({ ...made, name: 'postIsr', dimensions: DET }),
    calexp: output<unknown>({ ...made, name: 'calexp', dimensions: DET }),
  },
  run: none,
});
export const warpTask: Task = defineTask({
  name: 'warp',
  doc: 'Per visit and patch.',
  dimensions: WARP,
  connections: {
    calexps: input<readonly unknown[]>({ ...made, name: 'calexp', dimensions: DET, multiple: true }),
    warp: output<unknown>({ ...made, name: 'warp', dimensions: WARP }),
  },
  run: none,
});
export const coaddTask: Task = defineTask({
  name: 'coadd',
  doc: 'Per patch.',
  dimensions: ['skymap', 'tract', 'patch'],
  resources: { memoryMib: 4096 },
  connections: {
    warps: input<readonly unknown[]>({ ...made, name: 'warp', dimensions: WARP, multiple: true }),
    coadd: output<unknown>({ ...made, name: 'coadd', dimensions: ['skymap', 'tract', 'patch'] }),
  },
  run: none,
});
