import { type GraphFile, openGraphFile } from '../quantum-graph/graph-file.ts';
import { taskOfQuantum } from '../quantum-graph/quantum-graph.ts';
import { loadTask } from '../task/registry.ts';
import type { Task } from '../task/task.ts';
import { executeQuantum } from './execute-quantum.ts';
import { mockTask, type MockOptions } from './mock.ts';
import { failedResult, type QuantumResult } from './result.ts';
import { openStore, type QuantumStore, type StoreSpec } from './store.ts';

/** What a worker is told once; plain JSON data. */
export interface RunnerOptions {
  readonly graphPath: string;
  readonly store: StoreSpec;
  readonly worker: string;
  readonly mock?: MockOptions;
}

/** What a worker is told for each quantum. */
export interface Assignment {
  readonly quantum: number;
  readonly attempt: number;
  readonly cores: number;
  readonly absent: Readonly<Record<string, readonly number[]>>;
}

export interface QuantumRunner {
  readonly run: (assignment: Assignment, signal: AbortSignal) => Promise<QuantumResult>;
  readonly close: () => Promise<void>;
}

/** Opens graph and store in this thread; tasks are loaded at their first quantum and kept. */
export async function openQuantumRunner(options: RunnerOptions): Promise<QuantumRunner> {
  const graph: GraphFile = openGraphFile(options.graphPath);
  const store: QuantumStore = await openStore(options.store);
  const tasks = new Map<string, Promise<Task>>();
  let attempt = 0;
  const load = (label: string, specifier: string, baseDir: string): Promise<Task> => {
    let task = tasks.get(label);
    if (!task) {
      task = loadTask(specifier, baseDir).then((loaded) => (options.mock ? mockTask(loaded, options.mock, () => attempt) : loaded));
      tasks.set(label, task);
    }
    return task;
  };
  return {
    async run(assignment, signal) {
      attempt = assignment.attempt;
      const graphTask = taskOfQuantum(graph, assignment.quantum);
      const quantum = graph.quantum(assignment.quantum);
      let task: Task;
      try {
        task = await load(graphTask.label, graphTask.specifier, graphTask.baseDir);
      } catch (error) {
        return failedResult(quantum, {
          attempt: assignment.attempt,
          worker: options.worker,
          error,
          startedMs: Date.now(),
          endedMs: Date.now(),
        });
      }
      return executeQuantum({ ...assignment, task, graphTask, quantum, store, seed: graph.header.seed, worker: options.worker, signal });
    },
    async close() {
      graph.close();
      await store.close?.();
    },
  };
}
