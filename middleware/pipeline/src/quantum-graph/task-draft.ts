import type { ResolvedConnection } from '../pipeline/pipeline.ts';
import type { PipelineTask } from '../pipeline/pipeline.ts';
import type { ConnectionKind } from '../task/connections.ts';
import type { DatasetTable } from './dataset-table.ts';
import type { TaskReport } from './quantum-graph.ts';

export interface DraftConnection {
  readonly connection: ResolvedConnection;
  readonly kind: ConnectionKind;
  readonly datasetType: string;
  readonly offsets: Int32Array;
  /** Rows of the dataset table while building. */
  readonly rows: Int32Array;
}

/** The quanta of one task while a graph is built. */
export interface TaskDraft {
  readonly task: PipelineTask;
  readonly dimensions: readonly string[];
  readonly requiredCount: number;
  readonly start: number;
  readonly count: number;
  readonly codes: Int32Array;
  readonly connections: readonly DraftConnection[];
  readonly report: TaskReport;
}

/**
 * Drops quanta whose retained outputs exist (or that have none) and whose other outputs no kept quantum reads.
 *
 * Works from the last task back, then renumbers.
 */
export function dropUnneeded(
  drafts: readonly TaskDraft[],
  tables: ReadonlyMap<string, DatasetTable>,
  retained: readonly string[],
): readonly TaskDraft[] {
  const needed = new Map([...tables].map(([name, table]) => [name, new Uint8Array(table.rows.length)]));
  const keep = new Map<TaskDraft, Uint8Array>();
  for (const draft of drafts.toReversed()) {
    const flags = new Uint8Array(draft.count);
    const outputs = draft.connections.filter(({ kind }) => kind === 'output');
    for (let q = 0; q < draft.count; q++) {
      const wanted = outputs.some(({ datasetType, offsets, rows }) => {
        const table = tables.get(datasetType) as DatasetTable;
        for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++) {
          const row = rows[i] as number;
          if (needed.get(datasetType)?.[row] || (retained.includes(datasetType) && !table.existing.has(row))) return true;
        }
        return false;
      });
      if (!wanted) continue;
      flags[q] = 1;
      for (const { kind, datasetType, offsets, rows } of draft.connections)
        if (kind === 'input')
          for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++)
            (needed.get(datasetType) as Uint8Array)[rows[i] as number] = 1;
    }
    keep.set(draft, flags);
  }
  let start = 0;
  return drafts.map((draft) => {
    const kept = keepQuanta(draft, keep.get(draft) as Uint8Array, start);
    start += kept.count;
    renumberProducers(kept, tables);
    return kept;
  });
}

function keepQuanta(draft: TaskDraft, flags: Uint8Array, start: number): TaskDraft {
  const width = draft.dimensions.length;
  const kept = Array.from(flags.keys()).filter((q) => flags[q]);
  const codes = new Int32Array(kept.length * width);
  for (const [to, q] of kept.entries()) codes.set(draft.codes.subarray(q * width, (q + 1) * width), to * width);
  const connections = draft.connections.map((connection) => {
    if (connection.kind.startsWith('init')) return connection;
    const parts = kept.map((q) => connection.rows.subarray(connection.offsets[q], connection.offsets[q + 1]));
    const offsets = new Int32Array(kept.length + 1);
    for (const [i, part] of parts.entries()) offsets[i + 1] = (offsets[i] as number) + part.length;
    const rows = new Int32Array(offsets[kept.length] as number);
    for (const [i, part] of parts.entries()) rows.set(part, offsets[i]);
    return { ...connection, offsets, rows };
  });
  const skipped = draft.report.skipped + draft.count - kept.length;
  return { ...draft, start, count: kept.length, codes, connections, report: { ...draft.report, quanta: kept.length, skipped } };
}

function renumberProducers(draft: TaskDraft, tables: ReadonlyMap<string, DatasetTable>): void {
  for (const { kind, datasetType, offsets, rows } of draft.connections) {
    if (kind !== 'output') continue;
    const producers = (tables.get(datasetType) as DatasetTable).producers.view();
    for (let q = 0; q < draft.count; q++)
      for (let i = offsets[q] as number; i < (offsets[q + 1] as number); i++) producers[rows[i] as number] = draft.start + q;
  }
}
