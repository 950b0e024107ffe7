import { accessOf, type GraphTask, type QuantumGraph, quantumDataId } from '@almagest/pipeline';
import type { BatchConfig, ClusterRule } from './config.ts';
import { BatchConfigError, ClusterCycleError } from './errors.ts';

/** Quanta that one job runs. */
export interface Cluster {
  readonly name: string;
  /** Quantum ids, ascending. */
  readonly quanta: readonly number[];
  /** Places of the clusters that make what this one reads. */
  readonly needs: readonly number[];
  readonly cores: number;
  /** Most memory that one of its quanta asks for [MiB]. */
  readonly memoryMib: number;
  readonly expectedSec: number;
}

/**
 * Cuts a graph into clusters, so that each runs as one job.
 *
 * Tasks in a rule share a cluster for equal values of the rule's dimensions; every other task is cut into runs of quanta of about equal
 * expected time. Clusters come in an order in which each follows what it needs.
 * @throws {ClusterCycleError} if two clusters would wait for each other; {BatchConfigError} for a rule that does not fit the graph.
 */
export function clusterGraph(graph: QuantumGraph, config: BatchConfig): readonly Cluster[] {
  const total = graph.tasks.reduce((sum, { count }) => sum + count, 0);
  const clusterOf = new Int32Array(total).fill(-1);
  const drafts: { readonly name: string; readonly quanta: number[] }[] = [];
  const ruled = new Map<string, string>();
  for (const [name, rule] of Object.entries(config.clusters)) {
    for (const label of rule.tasks) {
      if (!graph.tasks.some((task) => task.label === label)) continue;
      const other = ruled.get(label);
      if (other !== undefined) throw new BatchConfigError(`task "${label}" is in clusters "${other}" and "${name}"`);
      ruled.set(label, name);
    }
    drafts.push(...applyRule(graph, name, rule));
  }
  for (const task of graph.tasks) if (!ruled.has(task.label)) drafts.push(...splitTask(task, config));
  for (const [i, { quanta }] of drafts.entries()) for (const quantum of quanta) clusterOf[quantum] = i;
  const needs = needsOf(graph, clusterOf, drafts.length);
  const order = sortClusters(drafts, needs);
  const place = new Map(order.map((draft, i) => [draft, i]));
  return order.map((i): Cluster => {
    const { name, quanta } = drafts[i] as (typeof drafts)[number];
    const tasks = graph.tasks.filter(({ start, count }) => quanta.some((quantum) => quantum >= start && quantum < start + count));
    const counts = tasks.map((task) => ({
      task,
      count: quanta.filter((quantum) => quantum >= task.start && quantum < task.start + task.count).length,
    }));
    return {
      name,
      quanta: quanta.toSorted((a, b) => a - b),
      needs: [...(needs[i] ?? [])].map((other) => place.get(other) as number).toSorted((a, b) => a - b),
      cores: Math.max(...tasks.map(({ label, resources }) => config.tasks[label]?.cores ?? resources.cores)),
      memoryMib: Math.max(...tasks.map(({ label, resources }) => config.tasks[label]?.memoryMib ?? resources.memoryMib)),
      expectedSec: counts.reduce((sum, { task, count }) => sum + count * task.resources.expectedSec, 0),
    };
  });
}

function applyRule(graph: QuantumGraph, name: string, { tasks, dimensions, maxQuanta }: ClusterRule): { name: string; quanta: number[] }[] {
  const access = accessOf(graph);
  const groups = new Map<string, number[]>();
  for (const { label, start, count, dimensions: own } of graph.tasks) {
    if (!tasks.includes(label)) continue;
    const lacking = dimensions.filter((dimension) => !own.includes(dimension));
    if (lacking.length > 0) throw new BatchConfigError(`cluster "${name}": task "${label}" has no dimension ${lacking.join(', ')}`);
    for (let quantum = start; quantum < start + count; quantum++) {
      const dataId = quantumDataId(access, quantum);
      const key = dimensions.map((dimension) => dataId[dimension]).join('_');
      const group = groups.get(key);
      if (group) group.push(quantum);
      else groups.set(key, [quantum]);
    }
  }
  const drafts = [...groups].map(([key, quanta]) => ({ name: key === '' ? name : `${name}_${key}`, quanta }));
  if (maxQuanta === undefined) return drafts;
  if (tasks.length > 1) throw new BatchConfigError(`cluster "${name}": maxQuanta is for clusters of one task; it has ${tasks.join(', ')}`);
  return drafts.flatMap(({ name: base, quanta }) => chunks(quanta, maxQuanta).map((part, i) => ({ name: `${base}_${i}`, quanta: part })));
}

function splitTask(
  { label, start, count, resources }: GraphTask,
  { targetSec, maxJobsPerTask }: BatchConfig,
): { name: string; quanta: number[] }[] {
  if (count === 0) return [];
  const size = Math.max(1, Math.floor(targetSec / Math.max(1e-3, resources.expectedSec)), Math.ceil(count / maxJobsPerTask));
  const quanta = Array.from({ length: count }, (_, i) => start + i);
  return chunks(quanta, size).map((part, i) => ({ name: `${label}_${i}`, quanta: part }));
}

function chunks(list: readonly number[], size: number): number[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));
}

function needsOf(graph: QuantumGraph, clusterOf: Int32Array, count: number): readonly ReadonlySet<number>[] {
  const needs = Array.from({ length: count }, () => new Set<number>());
  for (const { start, connections } of graph.tasks)
    for (const { kind, dataset, offsets, rows } of connections) {
      if (kind !== 'input') continue;
      const producers = graph.datasets[dataset]?.producers;
      for (let q = 0; q + 1 < offsets.length; q++) {
        const own = clusterOf[start + q] as number;
        for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++) {
          const producer = producers?.[rows[i] as number] ?? -1;
          if (producer >= 0 && clusterOf[producer] !== own) needs[own]?.add(clusterOf[producer] as number);
        }
      }
    }
  return needs;
}

/** Kahn's order; what is left over goes in circles. */
function sortClusters(drafts: readonly { readonly name: string }[], needs: readonly ReadonlySet<number>[]): readonly number[] {
  const waiting = needs.map((set) => set.size);
  const followers = drafts.map((): number[] => []);
  for (const [i, set] of needs.entries()) for (const other of set) followers[other]?.push(i);
  const ready = waiting.flatMap((count, i) => (count === 0 ? [i] : []));
  const order: number[] = [];
  for (let at = 0; at < ready.length; at++) {
    const next = ready[at] as number;
    order.push(next);
    for (const follower of followers[next] ?? []) {
      waiting[follower] = (waiting[follower] as number) - 1;
      if (waiting[follower] === 0) ready.push(follower);
    }
  }
  if (order.length === drafts.length) return order;
  const stuck = drafts.filter((_, i) => (waiting[i] as number) > 0).map(({ name }) => name);
  throw new ClusterCycleError(
    `clusters wait for each other: ${stuck.slice(0, 6).join(', ')}${stuck.length > 6 ? `, and ${stuck.length - 6} more` : ''}; put their tasks in one cluster`,
  );
}
