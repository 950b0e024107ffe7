import type { Plan, SqlSource } from '@almagest/adql';
import { z } from 'zod';
import type { QueryEngine } from '@almagest/catalogs';
import { qualifiedName, type ScanEstimate, type TapTable } from '../models/tap-table.ts';
import type { LaneName } from './lanes.ts';

/** What a query will take, known before it runs. */
export interface QueryEstimate {
  readonly tables: readonly (ScanEstimate & { readonly table: string; readonly columns: readonly string[] })[];
  /** Values that the engine looks at: rows times columns. */
  readonly cells: number;
  readonly seconds: number;
  readonly lane: LaneName;
  /** Rows of the result as the engine's planner expects them. */
  resultRows(): Promise<number>;
}

/** Learns how many values a second the engine looks at here. */
export interface Speedometer {
  seconds(cells: number): number;
  observe(estimate: Pick<QueryEstimate, 'cells'>, ms: number): void;
}

/** Values up to which the rows of one table are made at once: a few megabytes at most. */
const QUICK_CELLS = 2_000_000;
/** Values from which a query goes to the lane of long ones: about a quarter of a second on one core. */
const SLOW_CELLS = 20_000_000;
const START_SEC = 0.01;
const FIRST_SEC_PER_CELL = 1e-8;
/** Queries with fewer values tell nothing of the speed. */
const TELLING_CELLS = 1_000_000;

export function createSpeedometer(): Speedometer {
  let secPerCell = FIRST_SEC_PER_CELL;
  return {
    seconds: (cells) => START_SEC + cells * secPerCell,
    observe: ({ cells }, ms) => {
      if (cells < TELLING_CELLS) return;
      const seen = Math.max(0, ms / 1000 - START_SEC) / cells;
      secPerCell = 0.8 * secPerCell + 0.2 * Math.min(seen, 100 * FIRST_SEC_PER_CELL);
    },
  };
}

/**
 * Rows, files and bytes of each table that a query touches, and about how long it will take.
 *
 * A join is as long as the largest step that the engine plans; a query of one table is as long as its scan.
 */
export async function estimateQuery(
  plan: Plan,
  sources: readonly SqlSource[],
  { engine, sql, speed }: { readonly engine: QueryEngine; readonly sql: string; readonly speed: Speedometer },
): Promise<QueryEstimate> {
  const tables = await Promise.all(
    sources.map(async (source) => {
      const table = source.table as TapTable;
      const scan = table.estimate ? await table.estimate(source) : { rows: table.rows ?? 0, files: 0, bytes: 0 };
      const columns = plan.touched.find((each) => each.table === table)?.columns ?? [];
      return { table: qualifiedName(table), columns, ...scan };
    }),
  );
  const scanned = tables.reduce((sum, { rows, columns }) => sum + rows * Math.max(1, columns.length), 0);
  const steps = tables.length > 1 ? await plannedRows(engine, sql) : undefined;
  const cells = Math.max(scanned, steps?.largest ?? 0);
  return {
    tables,
    cells,
    seconds: speed.seconds(cells),
    lane: cells > SLOW_CELLS ? 'slow' : Math.max(cells, largestResult(plan, tables)) <= QUICK_CELLS ? 'quick' : 'fast',
    resultRows: async () => (steps ?? (await plannedRows(engine, sql)))?.result ?? tables[0]?.rows ?? 0,
  };
}

/** Values that a result can have at most, where a table's rows bound it; without bound for joins and the like. */
function largestResult({ statement, columns }: Plan, tables: readonly ScanEstimate[]): number {
  const { query } = statement;
  const isPlain = tables.length === 1 && statement.with.length === 0 && query.op === 'select' && query.from.op === 'source';
  return isPlain ? (tables[0]?.rows ?? 0) * columns.length : Infinity;
}

const planNode = z.object({
  name: z.string(),
  extra_info: z.object({ 'Estimated Cardinality': z.coerce.number().optional() }).optional(),
  get children(): z.ZodOptional<z.ZodArray<typeof planNode>> {
    return z.array(planNode).optional();
  },
});
type PlanNode = z.infer<typeof planNode>;

/** Rows that the planner of the engine expects of the result, and of the largest step; undefined for engines that do not say. */
async function plannedRows(engine: QueryEngine, sql: string): Promise<{ result: number; largest: number } | undefined> {
  if (engine.name !== 'duckdb') return undefined;
  const { batches } = await engine.run(`EXPLAIN (FORMAT json) ${sql}`);
  let text = '';
  for await (const batch of batches) text = String(batch.columns[1]?.data[0] ?? '');
  const parsed = z.array(planNode).safeParse(parseJson(text));
  const [root] = parsed.data ?? [];
  if (!root) return undefined;
  return { result: rowsOf(root), largest: largestOf(root) };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Rows that a step gives: as planned, or from the steps below it where the planner does not say. */
function rowsOf(node: PlanNode): number {
  const planned = node.extra_info?.['Estimated Cardinality'];
  if (planned !== undefined) return planned;
  if (/UNGROUPED_AGGREGATE/.test(node.name)) return 1;
  const below = (node.children ?? []).map(rowsOf);
  return /CROSS_PRODUCT|JOIN/.test(node.name) ? below.reduce((product, rows) => product * rows, 1) : Math.max(0, ...below);
}

function largestOf(node: PlanNode): number {
  return Math.max(rowsOf(node), ...(node.children ?? []).map(largestOf));
}
