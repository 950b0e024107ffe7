import type { GraphConnection, GraphTask, QuantumGraph } from '../quantum-graph/quantum-graph.ts';
import type { QuantumStatus } from './result.ts';
import { isDone } from './result.ts';

/** Which quanta may run now. Later tasks come first, so that intermediate products are used soon after they are made. */
export interface Schedule {
  readonly total: number;
  /** Quanta without a final status. */
  readonly remaining: () => number;
  /** Takes the next quantum that `fits`, or -1. */
  readonly take: (fits: (task: GraphTask) => boolean) => number;
  /** Puts a quantum back, to be tried again. */
  readonly putBack: (quantum: number) => void;
  /** Notes how a quantum ended; returns the quanta that can now never run. */
  readonly finish: (quantum: number, status: QuantumStatus, written: Written) => readonly number[];
  /** Inputs of a quantum that were not made, as places in each connection. */
  readonly absent: (quantum: number) => Readonly<Record<string, readonly number[]>>;
  /** Leaves a quantum out of this session; those that need it wait for another. */
  readonly exclude: (quantum: number) => void;
}

/** Which outputs a quantum wrote: all, or places by connection key. */
export type Written = 'all' | Readonly<Record<string, readonly number[]>>;

/** Prepares the dependency counts of a graph. */
export function makeSchedule(graph: QuantumGraph): Schedule {
  const total = graph.tasks.reduce((sum, { count }) => sum + count, 0);
  const taskOf = new Int32Array(total);
  for (const [t, { start, count }] of graph.tasks.entries()) taskOf.fill(t, start, start + count);
  const consumers = graph.datasets.map((_, d) => consumersOf(graph, d));
  const made = graph.datasets.map(({ count, producers }) =>
    Uint8Array.from({ length: count }, (_, row) => ((producers[row] as number) < 0 ? 1 : 0)),
  );
  const waiting = new Int32Array(total);
  for (const { start, count, connections } of graph.tasks)
    for (const { kind, dataset, offsets, rows } of connections)
      if (kind === 'input') {
        const producers = graph.datasets[dataset]?.producers as Int32Array;
        for (let q = 0; q < count; q++)
          for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++)
            if ((producers[rows[i] as number] as number) >= 0) waiting[start + q] = (waiting[start + q] as number) + 1;
      }
  // 0 waits or is ready, 1 runs, 2 has its final status.
  const state = new Uint8Array(total);
  const ready = graph.tasks.map(() => new Heap());
  for (let q = 0; q < total; q++) if (waiting[q] === 0) ready[taskOf[q] as number]?.push(q);
  let remaining = total;
  const end = (quantum: number): void => {
    if (state[quantum] === 2) return;
    state[quantum] = 2;
    remaining--;
  };
  const eachOutput = (quantum: number, visit: (connection: GraphConnection, row: number, place: number) => void): void => {
    const { start, connections } = graph.tasks[taskOf[quantum] as number] as GraphTask;
    for (const connection of connections) {
      if (connection.kind !== 'output') continue;
      const begin = connection.offsets[quantum - start] as number;
      for (let i = begin; i < (connection.offsets[quantum - start + 1] as number); i++)
        visit(connection, connection.rows[i] as number, i - begin);
    }
  };
  const block = (quantum: number): number[] => {
    const blocked: number[] = [];
    const stack = [quantum];
    for (let next = stack.pop(); next !== undefined; next = stack.pop())
      eachOutput(next, ({ dataset }, row) => {
        const { offsets, quanta } = consumers[dataset] as Consumers;
        for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
          const consumer = quanta[i] as number;
          if (state[consumer] === 2) continue;
          end(consumer);
          blocked.push(consumer);
          stack.push(consumer);
        }
      });
    return blocked;
  };
  return {
    total,
    remaining: () => remaining,
    take(fits) {
      for (let t = ready.length - 1; t >= 0; t--) {
        const heap = ready[t] as Heap;
        while (heap.length > 0 && state[heap.peek()] !== 0) heap.pop();
        if (heap.length === 0 || !fits(graph.tasks[t] as GraphTask)) continue;
        const quantum = heap.pop();
        state[quantum] = 1;
        return quantum;
      }
      return -1;
    },
    putBack(quantum) {
      state[quantum] = 0;
      ready[taskOf[quantum] as number]?.push(quantum);
    },
    finish(quantum, status, written) {
      end(quantum);
      if (!isDone(status)) return block(quantum);
      eachOutput(quantum, ({ dataset, key }, row, place) => {
        if (written === 'all' || written[key]?.includes(place)) (made[dataset] as Uint8Array)[row] = 1;
        const { offsets, quanta } = consumers[dataset] as Consumers;
        for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
          const consumer = quanta[i] as number;
          const left = (waiting[consumer] as number) - 1;
          waiting[consumer] = left;
          if (left === 0 && state[consumer] === 0) ready[taskOf[consumer] as number]?.push(consumer);
        }
      });
      return [];
    },
    absent(quantum) {
      const { start, connections } = graph.tasks[taskOf[quantum] as number] as GraphTask;
      const absent: Record<string, number[]> = {};
      for (const { kind, key, dataset, offsets, rows } of connections) {
        if (kind !== 'input') continue;
        const begin = offsets[quantum - start] as number;
        for (let i = begin; i < (offsets[quantum - start + 1] as number); i++)
          if (made[dataset]?.[rows[i] as number] === 0) (absent[key] ??= []).push(i - begin);
      }
      return absent;
    },
    exclude: end,
  };
}

interface Consumers {
  readonly offsets: Int32Array;
  readonly quanta: Int32Array;
}

/** Which quanta read each dataset of one type. */
function consumersOf(graph: QuantumGraph, dataset: number): Consumers {
  const offsets = new Int32Array((graph.datasets[dataset]?.count ?? 0) + 1);
  const readers = graph.tasks.flatMap(({ start, count, connections }) =>
    connections.filter((each) => each.kind === 'input' && each.dataset === dataset).map((connection) => ({ ...connection, start, count })),
  );
  for (const { rows } of readers) for (const row of rows) offsets[row + 1] = (offsets[row + 1] as number) + 1;
  for (let i = 1; i < offsets.length; i++) offsets[i] = (offsets[i] as number) + (offsets[i - 1] as number);
  const quanta = new Int32Array(offsets.at(-1) as number);
  const next = offsets.slice();
  for (const { start, count, offsets: from, rows } of readers)
    for (let q = 0; q < count; q++)
      for (let i = from[q] as number; i < (from[q + 1] as number); i++) {
        const row = rows[i] as number;
        const at = next[row] as number;
        next[row] = at + 1;
        quanta[at] = start + q;
      }
  return { offsets, quanta };
}

/** Smallest number first. */
class Heap {
  readonly #items: number[] = [];

  get length(): number {
    return this.#items.length;
  }

  peek(): number {
    return this.#items[0] as number;
  }

  push(value: number): void {
    const items = this.#items;
    let at = items.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if ((items[parent] as number) <= value) break;
      items[at] = items[parent] as number;
      at = parent;
    }
    items[at] = value;
  }

  pop(): number {
    const items = this.#items;
    const top = items[0] as number;
    const last = items.pop() as number;
    if (items.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && (items[child + 1] as number) < (items[child] as number)) child++;
      if ((items[child] as number) >= last) break;
      items[at] = items[child] as number;
      at = child;
    }
    items[at] = last;
    return top;
  }
}
