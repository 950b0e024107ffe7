import { IntList } from './coding.ts';

/** Pairs of candidate quantum and dataset row, in no order. */
export class Edges {
  readonly quanta: IntList = new IntList();
  readonly rows: IntList = new IntList();

  add(quantum: number, row: number): void {
    this.quanta.push(quantum);
    this.rows.push(row);
  }

  /** Number of datasets of each quantum. */
  counts(quanta: number): Int32Array {
    const counts = new Int32Array(quanta);
    for (const quantum of this.quanta.view()) counts[quantum] = (counts[quantum] as number) + 1;
    return counts;
  }

  /**
   * Groups by quantum, sorted by dataset row, for the quanta that `renumber` keeps.
   *
   * @param renumber - New number of each candidate, -1 for a dropped one.
   */
  group(renumber: Int32Array, kept: number): { readonly offsets: Int32Array; readonly rows: Int32Array } {
    const offsets = new Int32Array(kept + 1);
    const quanta = this.quanta.view();
    const from = this.rows.view();
    for (const quantum of quanta) {
      const to = renumber[quantum] as number;
      if (to >= 0) offsets[to + 1] = (offsets[to + 1] as number) + 1;
    }
    for (let i = 0; i < kept; i++) offsets[i + 1] = (offsets[i + 1] as number) + (offsets[i] as number);
    const rows = new Int32Array(offsets[kept] as number);
    const next = offsets.slice();
    for (let i = 0; i < quanta.length; i++) {
      const to = renumber[quanta[i] as number] as number;
      if (to < 0) continue;
      const at = next[to] as number;
      next[to] = at + 1;
      rows[at] = from[i] as number;
    }
    for (let i = 0; i < kept; i++) rows.subarray(offsets[i], offsets[i + 1]).sort();
    return { offsets, rows };
  }
}
