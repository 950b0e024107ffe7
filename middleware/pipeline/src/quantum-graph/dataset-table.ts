import type { DatasetTypeNode } from '../pipeline/pipeline-graph.ts';
import { type Coder, IntList, RowSet } from './coding.ts';
import type { ExistingDataset, GraphDatasets } from './quantum-graph.ts';
import type { DatasetColumns, DataIdColumns, GraphSource } from './source.ts';

/** Datasets of one type while a graph is built: existing ones as loaded, predicted ones as quanta are made. */
export class DatasetTable {
  readonly node: DatasetTypeNode;
  readonly required: readonly string[];
  /** Required, then implied. */
  readonly dimensions: readonly string[];
  readonly rows: RowSet;
  readonly producers: IntList = new IntList();
  readonly existing: Map<number, ExistingDataset> = new Map();

  /** Set once the task that makes this type is done: 1 for rows that exist or will be made. */
  live: Uint8Array | undefined;

  constructor(node: DatasetTypeNode, source: GraphSource) {
    const { required, implied } = source.expandDimensions(node.dimensions);
    this.node = node;
    this.required = required;
    this.dimensions = [...required, ...implied];
    this.rows = new RowSet(this.dimensions.length, required.length);
  }

  /** Row of a predicted dataset; `producer` stays -1 until the quantum is numbered. */
  insert(codes: ArrayLike<number>): number {
    const row = this.rows.insert(codes);
    if (row === this.producers.length) this.producers.push(-1);
    return row;
  }

  isLive(row: number): boolean {
    return this.live === undefined || this.live[row] === 1;
  }

  /** Row of a dataset that exists or will be made, or -1. */
  find(codes: ArrayLike<number>): number {
    const row = this.rows.find(codes);
    return row >= 0 && this.isLive(row) ? row : -1;
  }

  /** Takes over implied values that a row lacks: what follows from the key is the same wherever it comes from. */
  fillImplied(row: number, codes: ArrayLike<number>): void {
    const at = row * this.dimensions.length;
    for (let i = this.required.length; i < this.dimensions.length; i++)
      if ((this.rows.codes[at + i] as number) < 0) this.rows.codes[at + i] = codes[i] as number;
  }

  /** Adds existing datasets; the first of each data ID holds. */
  addExisting(datasets: DatasetColumns, coder: Coder, only?: (row: number) => boolean): void {
    eachRow(datasets, this.dimensions, coder, (codes, i) => {
      if (only && !only(i)) return;
      const row = this.insert(codes);
      if (this.existing.has(row)) return;
      const entry = { id: datasets.ids[i] as string, run: datasets.runs[i] as string };
      const location = datasets.locations?.[i];
      this.existing.set(row, location === undefined ? entry : { ...entry, location });
    });
  }

  /** Keeps the rows that are marked; returns the new number of each, -1 for the dropped ones. */
  compact(used: Uint8Array): { readonly graph: GraphDatasets; readonly renumber: Int32Array } {
    const width = this.dimensions.length;
    const renumber = new Int32Array(this.rows.length).fill(-1);
    let count = 0;
    for (let row = 0; row < renumber.length; row++) if (used[row]) renumber[row] = count++;
    const codes = new Int32Array(count * width);
    const producers = new Int32Array(count);
    for (let row = 0; row < renumber.length; row++) {
      const to = renumber[row] as number;
      if (to < 0) continue;
      codes.set(this.rows.codes.subarray(row * width, (row + 1) * width), to * width);
      producers[to] = this.producers.at(row);
    }
    const existing = new Map([...this.existing].filter(([row]) => used[row]).map(([row, entry]) => [renumber[row] as number, entry]));
    const { name, storageClass, calibration } = this.node;
    const requiredCount = this.required.length;
    return {
      graph: { name, storageClass, dimensions: this.dimensions, requiredCount, calibration, count, codes, producers, existing },
      renumber,
    };
  }
}

/** Calls `visit` with the codes of each row in the order of `dimensions`, -1 where a column is missing; `codes` is reused. */
export function eachRow(
  table: DataIdColumns,
  dimensions: readonly string[],
  coder: Coder,
  visit: (codes: Int32Array, row: number) => void,
): void {
  const codes = new Int32Array(dimensions.length).fill(-1);
  const parts = dimensions.flatMap((name, to) => {
    const from = table.dimensions.indexOf(name);
    const values = table.columns[from];
    return values ? [{ to, values, dictionary: coder.of(name) }] : [];
  });
  for (let row = 0; row < table.length; row++) {
    for (const { to, values, dictionary } of parts) {
      const value = values[row];
      codes[to] = value === undefined || value === null ? -1 : dictionary.encode(value);
    }
    visit(codes, row);
  }
}
