import type { CsrMatrix } from './csr.ts';

/**
 * Orders the unknowns of a symmetric sparse matrix so that its Cholesky factor stays sparse.
 *
 * Quotient-graph minimum degree with element absorption; degrees are upper bounds, as in Amestoy, Davis and Duff (1996).
 *
 * @param a - Pattern with both triangles.
 * @returns `order[k]` is the unknown eliminated as k-th.
 */
export function computeMinimumDegreeOrder(a: CsrMatrix): Int32Array {
  const n = a.rows;
  /** For each variable: its variable neighbours and the elements (eliminated cliques) it belongs to. */
  const variables: Set<number>[] = [];
  const elements: Set<number>[] = Array.from({ length: n }, () => new Set<number>());
  const members: (Int32Array | undefined)[] = Array.from({ length: n });
  const degree = new Int32Array(n);
  const buckets = new DegreeBuckets(n);
  for (let i = 0; i < n; i++) {
    const near = new Set<number>();
    for (let k = a.start[i]; k < a.start[i + 1]; k++) if (a.column[k] !== i) near.add(a.column[k]);
    variables.push(near);
    degree[i] = near.size;
    buckets.insert(i, near.size);
  }
  const order = new Int32Array(n);
  const alive = new Uint8Array(n).fill(1);
  const mark = new Int32Array(n).fill(-1);
  for (let step = 0; step < n; step++) {
    const pivot = buckets.takeSmallest();
    order[step] = pivot;
    alive[pivot] = 0;
    const clique: number[] = [];
    mark[pivot] = step;
    const collect = (j: number): void => {
      if (alive[j] && mark[j] !== step) {
        mark[j] = step;
        clique.push(j);
      }
    };
    for (const j of variables[pivot]) collect(j);
    for (const e of elements[pivot]) {
      for (const j of members[e] ?? []) collect(j);
      members[e] = undefined; // absorbed into the new element
    }
    members[pivot] = Int32Array.from(clique);
    for (const j of clique) {
      variables[j].delete(pivot);
      for (const other of variables[j]) if (mark[other] === step) variables[j].delete(other);
      for (const e of elements[j]) if (members[e] === undefined) elements[j].delete(e);
      elements[j].add(pivot);
      let bound = variables[j].size + clique.length - 1;
      for (const e of elements[j]) if (e !== pivot) bound += (members[e]?.length ?? 1) - 1;
      const updated = Math.min(n - step - 2, degree[j] + clique.length - 1, bound);
      degree[j] = Math.max(0, updated);
      buckets.move(j, degree[j]);
    }
    variables[pivot].clear();
  }
  return order;
}

/** Doubly linked lists of variables by degree. */
class DegreeBuckets {
  private readonly head: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly at: Int32Array;
  private lowest = 0;

  constructor(n: number) {
    this.head = new Int32Array(n + 1).fill(-1);
    this.next = new Int32Array(n).fill(-1);
    this.previous = new Int32Array(n).fill(-1);
    this.at = new Int32Array(n).fill(-1);
  }

  insert(item: number, degree: number): void {
    const first = this.head[degree];
    this.next[item] = first;
    this.previous[item] = -1;
    if (first >= 0) this.previous[first] = item;
    this.head[degree] = item;
    this.at[item] = degree;
    this.lowest = Math.min(this.lowest, degree);
  }

  move(item: number, degree: number): void {
    if (this.at[item] === degree) return;
    this.remove(item);
    this.insert(item, degree);
  }

  takeSmallest(): number {
    while (this.head[this.lowest] < 0) this.lowest++;
    const item = this.head[this.lowest];
    this.remove(item);
    return item;
  }

  private remove(item: number): void {
    const before = this.previous[item];
    const after = this.next[item];
    if (before >= 0) this.next[before] = after;
    else this.head[this.at[item]] = after;
    if (after >= 0) this.previous[after] = before;
  }
}
