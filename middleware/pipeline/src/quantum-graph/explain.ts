import { type DataId, formatDataId } from '../task/context.ts';
import type { PipelineGraph } from '../pipeline/pipeline-graph.ts';
import type { BuildGraphOptions } from './build.ts';
import type { GraphReport, TaskReport } from './quantum-graph.ts';

interface Surroundings {
  readonly options: BuildGraphOptions;
  readonly graph: PipelineGraph;
}

/**
 * Finds why a graph is empty: the first task without quanta, and the term of the query, the dimension or the dataset type that emptied it.
 *
 * Asks the repository at most once for each term, dimension and dataset type involved.
 */
export async function explainEmpty(report: GraphReport, around: Surroundings): Promise<readonly string[]> {
  if (report.tasks.length === 0) return ['the pipeline has no tasks.'];
  const first = report.tasks.find(({ quanta, skipped }) => quanta === 0 && skipped === 0) as TaskReport;
  const lines = first.candidates === 0 ? await explainQuery(first, around) : await explainTask(first, around);
  return [`task "${first.label}" has no quantum:`, ...lines];
}

/** Says what a graph lacks, one line for each loss; empty when nothing was left out. */
export function describeReport(report: GraphReport): readonly string[] {
  return [
    ...report.warnings,
    ...report.tasks.flatMap(({ label, candidates, skipped, missing, lacking, adjusted }) => [
      ...Object.entries(missing).map(
        ([name, count]) =>
          `${label}: ${count} of ${candidates} data IDs left out for lack of "${name}"${examplesOf(lacking?.[name] ?? [])}`,
      ),
      ...Object.entries(adjusted).map(([reason, count]) => `${label}: ${count} of ${candidates} quanta left out by the task: ${reason}`),
      ...(skipped > 0 ? [`${label}: ${skipped} of ${candidates} quanta skipped, their outputs exist`] : []),
    ]),
  ];
}

function examplesOf(dataIds: readonly DataId[]): string {
  return dataIds.length === 0 ? '' : `, such as ${dataIds.slice(0, 3).map(formatDataId).join(', ')}`;
}

async function explainQuery({ label }: TaskReport, { options, graph }: Surroundings): Promise<readonly string[]> {
  const { source, where = '', inputCollections: collections, dataIdTable } = options;
  const task = graph.tasks.find((each) => each.label === label);
  const dimensions = source.expandDimensions(task?.task.dimensions ?? []).required;
  const count = async (expression: string, having: readonly string[] = [], over = dimensions): Promise<number> =>
    (await source.dataIds(over, { where: expression, having, collections })).length;
  if ((await count('')) === 0) {
    for (const dimension of dimensions)
      // oxlint-disable-next-line no-await-in-loop -- stops at the first
      if ((await count('', [], source.expandDimensions([dimension]).required)) === 0)
        return [`the repository has no "${dimension}" records.`];
    return [
      `no data ID joins {${dimensions.join(', ')}}: are the relations between them (visit definitions, overlaps with the sky map) in the repository?`,
    ];
  }
  const terms = splitTerms(where);
  let before = await count('');
  for (let k = 1; k <= terms.length; k++) {
    // oxlint-disable-next-line no-await-in-loop -- stops at the first
    const left = await count(terms.slice(0, k).join(' AND '));
    if (left === 0) {
      // oxlint-disable-next-line no-await-in-loop -- last one
      const alone = k === 1 ? 0 : await count(terms[k - 1] ?? '');
      const combined = alone > 0 ? ` (alone it would leave ${alone})` : '';
      return [`the term "${terms[k - 1]}" leaves none of ${before} data IDs over {${dimensions.join(', ')}}${combined}.`];
    }
    before = left;
  }
  for (const name of graph.datasetTypes.keys()) {
    const node = graph.datasetTypes.get(name);
    if (node?.role !== 'overall-input' || node.calibration) continue;
    // oxlint-disable-next-line no-await-in-loop -- stops at the first
    if ((await count(where, [name])) === 0) return [await describeAbsence(name, before, options)];
  }
  if (dataIdTable)
    return [`none of ${before} data IDs is in the data-ID table (${dataIdTable.length} rows over {${dataIdTable.dimensions.join(', ')}}).`];
  return [`the inputs of the pipeline never exist together for one data ID in ${collections.join(', ')}.`];
}

async function explainTask({ candidates, missing, adjusted }: TaskReport, { options }: Surroundings): Promise<readonly string[]> {
  const lines: string[] = [];
  // oxlint-disable-next-line no-await-in-loop -- few, and in order
  for (const [name, count] of Object.entries(missing)) lines.push(await describeAbsence(name, count, options));
  for (const [reason, count] of Object.entries(adjusted)) lines.push(`${count} of ${candidates} quanta left out by the task: ${reason}.`);
  return lines;
}

async function describeAbsence(name: string, count: number, { source, inputCollections: collections }: BuildGraphOptions): Promise<string> {
  const type = await source.datasetType(name);
  if (!type) return `dataset type "${name}" is not in the repository, and no earlier task makes it.`;
  const there = await source.datasets(name, { where: '', collections });
  const searched = `collections ${collections.join(', ')}`;
  if (there.length === 0) return `${searched} hold no "${name}" at all.`;
  return `${searched} hold ${there.length} "${name}", but none for the ${count} data IDs that need it.`;
}

/** Splits an expression at its outermost ANDs; quotes and parentheses protect. */
export function splitTerms(where: string): readonly string[] {
  const terms: string[] = [];
  let depth = 0;
  let quote = '';
  let start = 0;
  for (let i = 0; i < where.length; i++) {
    const char = where[i] as string;
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === "'" || char === '"') quote = char;
    else if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (depth === 0 && /^and\b/i.test(where.slice(i, i + 4)) && /[\s)'"]/.test(where[i - 1] ?? ' ')) {
      terms.push(where.slice(start, i).trim());
      start = i + 3;
      i += 2;
    } else if (depth === 0 && /^or\b/i.test(where.slice(i, i + 3)) && /[\s)'"]/.test(where[i - 1] ?? ' ')) return [where.trim()];
  }
  terms.push(where.slice(start).trim());
  return terms.filter((term) => term !== '');
}
