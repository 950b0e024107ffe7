import { expect, test } from 'vitest';
import { createRandom } from '../random/random.ts';
import { assignMinimumCost } from './assignment.ts';

test('costs what trying every matching costs (300 random small problems)', () => {
  const random = createRandom('assignment');
  for (let trial = 0; trial < 300; trial++) {
    const rows = 1 + random.integer(5);
    const columns = 1 + random.integer(5);
    const edgeRow: number[] = [];
    const edgeColumn: number[] = [];
    const edgeCost: number[] = [];
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++)
        if (random.uniform() < 0.6) {
          edgeRow.push(r);
          edgeColumn.push(c);
          edgeCost.push(random.integer(20) - 4);
        }
    const problem = { rows, columns, edgeRow, edgeColumn, edgeCost };
    for (const unmatchedCost of [undefined, 7]) {
      const result = assignMinimumCost(unmatchedCost === undefined ? problem : { ...problem, unmatchedCost });
      const penalty = unmatchedCost ?? 1000;
      const unmatched = [...result.columnOfRow].filter((c) => c < 0).length;
      expect(result.cost + penalty * unmatched).toBe(exhaustive(problem, penalty));
      for (let r = 0; r < rows; r++) if (result.columnOfRow[r] >= 0) expect(result.rowOfColumn[result.columnOfRow[r]]).toBe(r);
      expect([...result.rowOfColumn].filter((r) => r >= 0).length).toBe(rows - unmatched);
    }
  }
});

test('a hundred thousand rows with few rivals each are matched in time', () => {
  const random = createRandom('large');
  const n = 100_000;
  const edgeRow = Int32Array.from({ length: 3 * n }, (_, e) => Math.floor(e / 3));
  const edgeColumn = Int32Array.from(edgeRow, (r, e) => Math.min(n - 1, r + (e % 3)));
  const edgeCost = Float64Array.from(edgeRow, () => random.uniform());
  const { columnOfRow } = assignMinimumCost({ rows: n, columns: n, edgeRow, edgeColumn, edgeCost, unmatchedCost: 2 });
  expect(new Set(columnOfRow.filter((c) => c >= 0)).size).toBe(columnOfRow.filter((c) => c >= 0).length);
});

test('pairs without a finite cost are no pairs; indices outside are refused', () => {
  expect([...assignMinimumCost({ rows: 1, columns: 1, edgeRow: [0], edgeColumn: [0], edgeCost: [Number.NaN] }).columnOfRow]).toEqual([-1]);
  expect(() => assignMinimumCost({ rows: 1, columns: 1, edgeRow: [0], edgeColumn: [4], edgeCost: [1] })).toThrow(/outside 1 x 1/);
});

function exhaustive(
  problem: { rows: number; columns: number; edgeRow: number[]; edgeColumn: number[]; edgeCost: number[] },
  penalty: number,
): number {
  const used = new Set<number>();
  const visit = (row: number): number => {
    if (row === problem.rows) return 0;
    let best = penalty + visit(row + 1);
    for (let e = 0; e < problem.edgeRow.length; e++) {
      if (problem.edgeRow[e] !== row || used.has(problem.edgeColumn[e])) continue;
      used.add(problem.edgeColumn[e]);
      best = Math.min(best, problem.edgeCost[e] + visit(row + 1));
      used.delete(problem.edgeColumn[e]);
    }
    return best;
  };
  return visit(0);
}
