import { NumericsShapeError } from '../errors.ts';

export interface AssignmentProblem {
  readonly rows: number;
  readonly columns: number;
  /** Possible pairs: row, column and cost of each, in any order. Pairs with a NaN or infinite cost are left out. */
  readonly edgeRow: ArrayLike<number>;
  readonly edgeColumn: ArrayLike<number>;
  readonly edgeCost: ArrayLike<number>;
  /** Cost of leaving a row without a column. When absent, as many rows as possible are matched. */
  readonly unmatchedCost?: number;
}

export interface Assignment {
  /** Column of each row; -1 for none. */
  readonly columnOfRow: Int32Array;
  /** Row of each column; -1 for none. */
  readonly rowOfColumn: Int32Array;
  /** Sum of the costs of the matched pairs. */
  readonly cost: number;
}

/**
 * Matches rows to columns one to one at the least total cost, over a sparse list of possible pairs.
 *
 * @throws {NumericsShapeError} when an index is outside its range.
 * @remarks Shortest augmenting paths with potentials (Dijkstra with a heap): near linear when few rows compete for a column.
 * @see Jonker and Volgenant (1987), Computing 38, 325.
 */
export function assignMinimumCost(problem: AssignmentProblem): Assignment {
  const { rows, columns } = problem;
  const graph = buildGraph(problem);
  const unmatched = problem.unmatchedCost ?? graph.large;
  const columnOfRow = new Int32Array(rows).fill(-1);
  const rowOfColumn = new Int32Array(columns).fill(-1);
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  const distance = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const parent = new Int32Array(columns);
  const done = new Uint8Array(columns);
  const heap = new Heap();
  for (let source = 0; source < rows; source++) {
    heap.clear();
    const touched: number[] = [];
    const scannedRows: number[] = [];
    let row = source;
    rowPotential[source] = leastReducedCost(graph, source, columnPotential, unmatched); // keeps every reduced cost non-negative
    let base = 0; // distance from the source to the row being scanned
    let bestIdle = Number.POSITIVE_INFINITY; // least distance at which some scanned row can stay unmatched
    let idleRow = -1;
    let freeColumn = -1;
    let length = 0;
    for (;;) {
      scannedRows.push(row);
      const idle = base + unmatched - rowPotential[row];
      if (idle < bestIdle) {
        bestIdle = idle;
        idleRow = row;
      }
      for (let e = graph.start[row]; e < graph.start[row + 1]; e++) {
        const column = graph.column[e];
        if (done[column]) continue;
        const d = base + graph.cost[e] - rowPotential[row] - columnPotential[column];
        if (d < distance[column]) {
          if (distance[column] === Number.POSITIVE_INFINITY) touched.push(column);
          distance[column] = d;
          parent[column] = row;
          heap.push(d, column);
        }
      }
      let column = heap.pop();
      while (column >= 0 && (done[column] || heap.poppedKey > distance[column])) column = heap.pop();
      if (column < 0 || heap.poppedKey >= bestIdle) {
        length = bestIdle;
        break;
      }
      done[column] = 1;
      if (rowOfColumn[column] < 0) {
        freeColumn = column;
        length = distance[column];
        break;
      }
      row = rowOfColumn[column];
      base = distance[column];
    }
    for (const scanned of scannedRows) {
      const at = scanned === source ? 0 : distance[columnOfRow[scanned]];
      if (at < length) rowPotential[scanned] += length - at;
    }
    for (const column of touched) if (done[column] && distance[column] < length) columnPotential[column] -= length - distance[column];
    let column = freeColumn;
    if (column < 0) {
      column = idleRow === source ? -1 : columnOfRow[idleRow];
      columnOfRow[idleRow] = -1;
    }
    while (column >= 0) {
      const taker = parent[column];
      const next = taker === source ? -1 : columnOfRow[taker];
      columnOfRow[taker] = column;
      rowOfColumn[column] = taker;
      column = next;
    }
    for (const column of touched) {
      distance[column] = Number.POSITIVE_INFINITY;
      done[column] = 0;
    }
  }
  let cost = 0;
  for (let row = 0; row < rows; row++)
    for (let e = graph.start[row]; e < graph.start[row + 1]; e++) if (graph.column[e] === columnOfRow[row]) cost += graph.cost[e];
  return { columnOfRow, rowOfColumn, cost };
}

function leastReducedCost(graph: Graph, row: number, columnPotential: Float64Array, unmatched: number): number {
  let least = unmatched;
  for (let e = graph.start[row]; e < graph.start[row + 1]; e++) least = Math.min(least, graph.cost[e] - columnPotential[graph.column[e]]);
  return least;
}

interface Graph {
  readonly start: Int32Array;
  readonly column: Int32Array;
  readonly cost: Float64Array;
  /** More than any set of pairs can cost: makes every possible pair better than none. */
  readonly large: number;
}

/** Rows' pairs one after another; of equal pairs the cheapest. */
function buildGraph({ rows, columns, edgeRow, edgeColumn, edgeCost }: AssignmentProblem): Graph {
  if (edgeRow.length !== edgeColumn.length || edgeRow.length !== edgeCost.length)
    throw new NumericsShapeError('edgeRow, edgeColumn and edgeCost must have one length', {
      details: { expected: String(edgeRow.length), found: `${edgeColumn.length}, ${edgeCost.length}` },
    });
  const cheapest = new Map<number, number>();
  for (let e = 0; e < edgeRow.length; e++) {
    const row = edgeRow[e];
    const column = edgeColumn[e];
    if (!(row >= 0 && row < rows && column >= 0 && column < columns))
      throw new NumericsShapeError(`pair ${e} is (${row}, ${column}), outside ${rows} x ${columns}`, {
        details: { expected: `${rows} x ${columns}`, found: `(${row}, ${column})` },
      });
    if (!Number.isFinite(edgeCost[e])) continue;
    const key = row * columns + column;
    const known = cheapest.get(key);
    if (known === undefined || edgeCost[e] < known) cheapest.set(key, edgeCost[e]);
  }
  const start = new Int32Array(rows + 1);
  for (const key of cheapest.keys()) start[Math.floor(key / columns) + 1]++;
  for (let row = 0; row < rows; row++) start[row + 1] += start[row];
  const at = start.slice(0, rows);
  const column = new Int32Array(cheapest.size);
  const cost = new Float64Array(cheapest.size);
  let large = 1;
  for (const [key, value] of cheapest) {
    const e = at[Math.floor(key / columns)]++;
    column[e] = key % columns;
    cost[e] = value;
    large += Math.abs(value);
  }
  return { start, column, cost, large };
}

/** A binary heap of (key, column); stale entries are skipped by the caller. */
class Heap {
  poppedKey = 0;
  private readonly keys: number[] = [];
  private readonly items: number[] = [];

  clear(): void {
    this.keys.length = 0;
    this.items.length = 0;
  }

  push(key: number, item: number): void {
    const { keys, items } = this;
    let i = keys.length;
    keys.push(key);
    items.push(item);
    while (i > 0) {
      const up = (i - 1) >> 1;
      if (keys[up] <= key) break;
      keys[i] = keys[up];
      items[i] = items[up];
      i = up;
    }
    keys[i] = key;
    items[i] = item;
  }

  /** Smallest item, -1 when empty. */
  pop(): number {
    const { keys, items } = this;
    if (keys.length === 0) return -1;
    const top = items[0];
    this.poppedKey = keys[0];
    const key = keys.pop() as number;
    const item = items.pop() as number;
    const n = keys.length;
    let i = 0;
    while (2 * i + 1 < n) {
      let child = 2 * i + 1;
      if (child + 1 < n && keys[child + 1] < keys[child]) child++;
      if (keys[child] >= key) break;
      keys[i] = keys[child];
      items[i] = items[child];
      i = child;
    }
    if (n > 0) {
      keys[i] = key;
      items[i] = item;
    }
    return top;
  }
}
