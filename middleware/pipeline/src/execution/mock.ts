import { createHash } from 'node:crypto';
import { AlgorithmFailedError, NoWorkError, PartialOutputsError, UnprocessableDataError } from '../errors.ts';
import { type DataId, formatDataId, type TaskContext } from '../task/context.ts';
import type { Task, Values } from '../task/task.ts';

/** What a mock run does at some quanta. */
export interface MockRule {
  readonly label: string;
  /** Absent: every quantum of the task. */
  readonly dataId?: DataId;
  readonly outcome: 'no-work' | 'unprocessable' | 'algorithm-failed' | 'partial' | 'error' | 'out-of-memory' | 'hang' | 'exit';
  /** Holds for the attempts below this; absent: always. */
  readonly untilAttempt?: number;
}

export interface MockOptions {
  readonly rules?: readonly MockRule[];
  /** Milliseconds that every quantum waits. */
  readonly sleepMs?: number;
  /** Rounds of integer work that every quantum does. */
  readonly spin?: number;
}

/**
 * Stands in for a task: reads every input, and writes for every output a digest of inputs, configuration and seed.
 *
 * So a mock run ends with the same bytes as another exactly when both ran the same quanta on the same inputs.
 */
export function mockTask(task: Task, options: MockOptions, attempt: () => number): Task {
  return {
    ...task,
    ...(task.init ? { init: (inputs: Values): Values => mockInit(task, inputs) } : {}),
    async run(inputs, config, context) {
      const rule = options.rules?.find(
        ({ label, dataId = {}, untilAttempt = Infinity }) =>
          label === context.label &&
          attempt() < untilAttempt &&
          Object.entries(dataId).every(([key, value]) => context.dataId[key] === value),
      );
      if (options.sleepMs) await new Promise((resolve) => setTimeout(resolve, options.sleepMs));
      const spun = spinFor(options.spin ?? 0, context.seed);
      const digest = createHash('sha256')
        .update(JSON.stringify([inputs, config, context.seed, context.quantumId, spun]))
        .digest('hex');
      const outputs: Record<string, unknown> = {};
      for (const [key, { kind, multiple }] of Object.entries(task.connections)) {
        if (kind !== 'output') continue;
        const values = context.dataIds(key).map((dataId) => ({ mock: key, dataId: formatDataId(dataId), digest }));
        outputs[key] = multiple ? values : values[0];
      }
      if (rule) await apply(rule, context, outputs);
      context.metadata.count('mocked');
      return outputs;
    },
  };
}

async function apply({ outcome }: MockRule, { quantumId, signal }: TaskContext, outputs: Record<string, unknown>): Promise<void> {
  const text = `mock ${outcome} at ${quantumId}`;
  if (outcome === 'no-work') throw new NoWorkError(text);
  if (outcome === 'unprocessable') throw new UnprocessableDataError(text);
  if (outcome === 'algorithm-failed') throw new AlgorithmFailedError(text);
  if (outcome === 'partial') throw new PartialOutputsError(text, { outputs: Object.fromEntries(Object.entries(outputs).slice(0, 1)) });
  if (outcome === 'error') throw new Error(text);
  if (outcome === 'exit') process.kill(process.pid, 'SIGKILL');
  if (outcome === 'hang') for (;;) if (signal.aborted && signal.reason === 'never') return;
  const hoard: unknown[] = [];
  for (;;) {
    hoard.push(Array.from({ length: 1e5 }, (_, i) => ({ i })));
    // oxlint-disable-next-line no-await-in-loop -- lets the watcher see the memory grow
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function mockInit(task: Task, inputs: Values): Values {
  const keys = Object.keys(task.connections).filter((key) => task.connections[key]?.kind === 'init-output');
  return Object.fromEntries(keys.map((key) => [key, { mock: key, inputs }]));
}

function spinFor(rounds: number, seed: number): number {
  let value = seed | 1;
  for (let i = 0; i < rounds; i++) value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return value;
}
