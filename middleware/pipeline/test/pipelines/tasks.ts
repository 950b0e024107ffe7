import {
  defineTask,
  initInput,
  initOutput,
  input,
  integerField,
  numberField,
  output,
  prerequisite,
  type Task,
  type Values,
} from '../../src/index.ts';

const DET = ['instrument', 'visit', 'detector'];
const json = { storageClass: 'StructuredDataDict', doc: 'Synthetic.' };

/** A small number made from a value, so that a changed input changes every output. */
export function digest(value: unknown, seed = 0): number {
  let hash = seed >>> 0;
  for (const char of JSON.stringify(value)) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193) >>> 0;
  return hash;
}

const config = {
  level: numberField({ doc: 'A number.', default: 1 }),
  spin: integerField({ doc: 'Rounds of work [count].', default: 0, min: 0 }),
};

function work(inputs: Values, rounds: number): number {
  let value = digest(inputs);
  for (let i = 0; i < rounds; i++) value = Math.imul(value ^ (value >>> 15), 0x85ebca6b) >>> 0;
  return value;
}

export const isrTask: Task = defineTask({
  name: 'isr',
  doc: 'Removes signatures.',
  dimensions: DET,
  config,
  connections: {
    raw: input<unknown>({ ...json, name: 'raw', dimensions: DET }),
    flat: prerequisite<unknown>({ ...json, name: 'flat', dimensions: ['instrument', 'detector'], calibration: true, optional: true }),
    postIsr: output<unknown>({ ...json, name: 'postIsr', dimensions: DET }),
  },
  run: (inputs, { spin, level }, { seed }) => ({ postIsr: { work: work(inputs, spin), level, seed } }),
});

export const calibrateTask: Task = defineTask({
  name: 'calibrate',
  doc: 'Calibrates.',
  dimensions: DET,
  config,
  connections: {
    exposure: input<unknown>({ ...json, name: 'postIsr', dimensions: DET }),
    schema: initOutput<unknown>({ ...json, name: 'src_schema' }),
    calexp: output<unknown>({ ...json, name: 'calexp', dimensions: DET }),
    src: output<unknown>({ ...json, name: 'src', dimensions: DET }),
  },
  init: () => ({ schema: { columns: ['id', 'flux'] } }),
  run: (inputs, { spin, level }, { seed }) => ({ calexp: { work: work(inputs, spin), level }, src: { seed } }),
});

export const warpTask: Task = defineTask({
  name: 'warp',
  doc: 'Warps a visit onto a patch.',
  dimensions: ['instrument', 'visit', 'tract', 'patch', 'skymap'],
  config,
  connections: {
    calexps: input<readonly unknown[]>({ ...json, name: 'calexp', dimensions: DET, multiple: true }),
    schema: initInput<unknown>({ ...json, name: 'src_schema' }),
    warp: output<unknown>({ ...json, name: 'warp', dimensions: ['instrument', 'visit', 'tract', 'patch', 'skymap'] }),
  },
  run: (inputs, { spin }) => ({ warp: work(inputs, spin) }),
});

export const coaddTask: Task = defineTask({
  name: 'coadd',
  doc: 'Stacks warps.',
  dimensions: ['skymap', 'tract', 'patch'],
  config,
  templates: { kind: 'deep' },
  connections: {
    warps: input<readonly unknown[]>({
      ...json,
      name: 'warp',
      dimensions: ['instrument', 'visit', 'tract', 'patch', 'skymap'],
      multiple: true,
    }),
    coadd: output<unknown>({ ...json, name: '{kind}Coadd', dimensions: ['skymap', 'tract', 'patch'] }),
  },
  run: (inputs, { spin }) => ({ coadd: work(inputs, spin) }),
});
