import { didYouMean } from '@almagest/errors';
import { ProvenanceFileError } from '../errors.ts';
import { isDone, type OutputDataset, type QuantumResult, type UsedDataset } from '../execution/result.ts';
import { type DataId, formatDataId } from '../task/context.ts';
import type { ProvenanceBlock, SessionBlock } from './provenance-file.ts';

/** Runs whose quanta can be walked through, joined by dataset id. */
export interface Lineage {
  /** Every dataset that a quantum made or read. */
  readonly datasets: ReadonlyMap<string, UsedDataset>;
  /** The attempt that made a dataset. */
  readonly madeBy: ReadonlyMap<string, QuantumResult>;
  /** The attempts that read a dataset. */
  readonly readBy: ReadonlyMap<string, readonly QuantumResult[]>;
  readonly sessions: readonly SessionBlock[];
}

/** One step of a walk: a dataset, how it was made, and what lies behind or before it. */
export interface LineageNode {
  readonly dataset: UsedDataset;
  /** Absent for a dataset that no recorded quantum made. */
  readonly quantum?: QuantumResult;
  readonly next: readonly LineageNode[];
  /** True where the walk was cut because the dataset was shown before. */
  readonly repeated: boolean;
}

/** Joins the provenance of one or more runs. */
export function buildLineage(files: readonly (readonly ProvenanceBlock[])[]): Lineage {
  const datasets = new Map<string, UsedDataset>();
  const madeBy = new Map<string, QuantumResult>();
  const readBy = new Map<string, QuantumResult[]>();
  const sessions: SessionBlock[] = [];
  for (const block of files.flat()) {
    if (block.kind === 'session') sessions.push(block);
    if (block.kind !== 'quanta') continue;
    for (const result of block.results) {
      if (!isDone(result.status)) continue;
      for (const output of result.outputs) {
        datasets.set(output.id, output);
        madeBy.set(output.id, result);
      }
      for (const used of result.inputs) {
        if (!datasets.has(used.id)) datasets.set(used.id, used);
        const readers = readBy.get(used.id);
        if (readers) readers.push(result);
        else readBy.set(used.id, [result]);
      }
    }
  }
  return { datasets, madeBy, readBy, sessions };
}

/**
 * Finds datasets by id, by the start of an id (at least 6 characters), or as `type{dimension=value, ...}` with some of the dimensions.
 *
 * @throws {ProvenanceFileError} if there is none.
 */
export function findDatasets(lineage: Lineage, text: string): readonly UsedDataset[] {
  const exact = lineage.datasets.get(text);
  if (exact) return [exact];
  const match = /^([\w.]+)\s*(?:[{@(]\s*(.*?)\s*[})]?)?$/.exec(text);
  const wanted = new Map(
    (match?.[2] ?? '')
      .split(',')
      .flatMap((part) => (part.includes('=') ? [part.split('=').map((side) => side.trim()) as [string, string]] : [])),
  );
  const fits = ({ id, type, dataId }: UsedDataset): boolean =>
    (text.length >= 6 && id.startsWith(text)) ||
    (type === match?.[1] && [...wanted].every(([key, value]) => String(dataId[key]) === value.replaceAll(/^['"]|['"]$/g, '')));
  const found = [...lineage.datasets.values()].filter(fits);
  if (found.length > 0) return found;
  const types = [...new Set([...lineage.datasets.values()].map(({ type }) => type))].toSorted();
  throw new ProvenanceFileError(
    `no dataset "${text}" in the provenance${didYouMean(match?.[1] ?? '', types)}; give an id, or type{dimension=value}; types are ${types.join(', ') || 'none'}`,
  );
}

/** Walks from a dataset to everything that it was made from. */
export function lineageOf(lineage: Lineage, dataset: UsedDataset): LineageNode {
  return walk(dataset, lineage, (id) => lineage.madeBy.get(id)?.inputs ?? []);
}

/** Walks from a dataset to everything that was made from it. */
export function lineageFrom(lineage: Lineage, dataset: UsedDataset): LineageNode {
  return walk(dataset, lineage, (id) => (lineage.readBy.get(id) ?? []).flatMap(({ outputs }): readonly OutputDataset[] => outputs));
}

function walk(start: UsedDataset, { madeBy }: Lineage, next: (id: string) => readonly UsedDataset[]): LineageNode {
  const seen = new Set<string>();
  const visit = (dataset: UsedDataset): LineageNode => {
    const repeated = seen.has(dataset.id);
    seen.add(dataset.id);
    const quantum = madeBy.get(dataset.id);
    const node = { dataset, repeated, next: repeated ? [] : next(dataset.id).map(visit) };
    return quantum ? { ...node, quantum } : node;
  };
  return visit(start);
}

/** Draws a walk as an indented tree. */
export function formatLineage(node: LineageNode, options: { readonly depth?: number } = {}): string {
  const lines: string[] = [];
  const print = ({ dataset, quantum, next, repeated }: LineageNode, lead: string, branch: string, level: number): void => {
    const made = quantum
      ? `  <- ${quantum.label} (${((quantum.endedMs - quantum.startedMs) / 1e3).toFixed(2)} s, attempt ${quantum.attempt})`
      : '';
    lines.push(
      `${lead}${branch}${dataset.type}${formatDataId(dataset.dataId as DataId)} [${dataset.run}] ${dataset.id.slice(0, 8)}${made}${repeated ? '  (above)' : ''}`,
    );
    const inner = branch === '' ? '' : `${lead}${branch.startsWith('└') ? '   ' : '│  '}`;
    if (options.depth !== undefined && level >= options.depth) {
      if (next.length > 0) lines.push(`${inner}└─ ${next.length} more`);
      return;
    }
    for (const [i, child] of next.entries()) print(child, inner, i === next.length - 1 ? '└─ ' : '├─ ', level + 1);
  };
  print(node, '', '', 0);
  return lines.join('\n');
}
