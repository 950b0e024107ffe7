import { defineTask, input, output, type QuantumStore, type Task } from '../../src/index.ts';

const DET = ['instrument', 'visit', 'detector'];
const json = { storageClass: 'StructuredDataDict', dimensions: DET, doc: 'Synthetic.' };
const connections = { raw: input<unknown>({ ...json, name: 'raw' }), done: output<number>({ ...json, name: 'done' }) };

/** Does nothing: what is left is the executor. */
export const emptyTask: Task = defineTask({ name: 'empty', doc: 'Nothing.', dimensions: DET, connections, run: () => ({ done: 0 }) });

/** Rounds of a quantum of {@link spinTask}. */
export const SPIN_ROUNDS = 6e7;

/** Some 60 ms of integer work: short for a real quantum. */
export const spinTask: Task = defineTask({
  name: 'spin',
  doc: 'Work.',
  dimensions: DET,
  connections,
  run(_inputs, _config, { seed }) {
    let value = seed | 1;
    for (let i = 0; i < SPIN_ROUNDS; i++) value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
    return { done: value };
  },
});

/** Keeps nothing and gives nothing. */
export function openNullStore(): QuantumStore {
  return { get: () => Promise.resolve(null), put: () => Promise.resolve({}), exists: () => Promise.resolve(false) };
}
