import type { QuantumGraph } from './quantum-graph.ts';

/** Predicted cost of one task or of a whole graph. */
export interface TaskCost {
  readonly label: string;
  readonly quanta: number;
  /** Wall seconds of one quantum. */
  readonly eachSec: number;
  readonly coreHours: number;
  readonly memoryMib: number;
}

export interface GraphCost {
  readonly tasks: readonly TaskCost[];
  readonly coreHours: number;
  /** Seconds along the longest chain of quanta: no number of cores is faster. */
  readonly criticalPathSec: number;
  /** Predicted wall seconds on the given cores, a lower bound. */
  readonly wallSec: number;
}

export interface CostOptions {
  readonly cores: number;
  /** Measured mean wall seconds by label, from earlier runs; otherwise what the task expects. */
  readonly measuredSec?: Readonly<Record<string, number>>;
}

/** Predicts what a graph costs to run. */
export function predictCost(graph: QuantumGraph, { cores, measuredSec = {} }: CostOptions): GraphCost {
  const tasks = graph.tasks.map(({ label, count, resources }): TaskCost => {
    const eachSec = measuredSec[label] ?? resources.expectedSec;
    return { label, quanta: count, eachSec, coreHours: (count * eachSec * resources.cores) / 3600, memoryMib: resources.memoryMib };
  });
  const coreHours = tasks.reduce((sum, task) => sum + task.coreHours, 0);
  const criticalPathSec = criticalPath(graph, tasks);
  return { tasks, coreHours, criticalPathSec, wallSec: Math.max(criticalPathSec, (coreHours * 3600) / Math.max(1, cores)) };
}

function criticalPath(graph: QuantumGraph, costs: readonly TaskCost[]): number {
  const ready = graph.datasets.map(({ count }) => new Float64Array(count));
  let longest = 0;
  for (const [t, { count, connections }] of graph.tasks.entries())
    for (let q = 0; q < count; q++) {
      let begin = 0;
      for (const { kind, dataset, offsets, rows } of connections)
        if (kind === 'input')
          for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++)
            begin = Math.max(begin, ready[dataset]?.[rows[i] as number] ?? 0);
      const end = begin + (costs[t]?.eachSec ?? 0);
      longest = Math.max(longest, end);
      for (const { kind, dataset, offsets, rows } of connections)
        if (kind === 'output')
          for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++) (ready[dataset] as Float64Array)[rows[i] as number] = end;
    }
  return longest;
}
