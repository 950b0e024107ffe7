import { EmptyGraphError } from '../errors.ts';
import { buildPipelineGraph, type PipelineGraph, reachable } from '../pipeline/pipeline-graph.ts';
import type { Pipeline, PipelineTask } from '../pipeline/pipeline.ts';
import { Coder, RowSet } from './coding.ts';
import { DatasetTable, eachRow } from './dataset-table.ts';
import { explainEmpty } from './explain.ts';
import type { GraphConnection, GraphDatasets, GraphReport, GraphTask, QuantumGraph } from './quantum-graph.ts';
import type { DataIdColumns, GraphSource } from './source.ts';
import { dropUnneeded, type TaskDraft } from './task-draft.ts';
import { draftTask } from './draft-task.ts';

export interface BuildGraphOptions {
  readonly pipeline: Pipeline;
  readonly source: GraphSource;
  /** Searched in this order. */
  readonly inputCollections: readonly string[];
  /** RUN collection that the outputs will be in. */
  readonly outputRun: string;
  /** Data-query expression; empty for everything. */
  readonly where?: string;
  /** Restricts every data ID to those that match a row in the columns that both have. */
  readonly dataIdTable?: DataIdColumns;
  /** Overall inputs whose existence restricts the data-ID queries: all (default), none, or those named. */
  readonly constrainBy?: 'all' | 'off' | readonly string[];
  /** Leaves out quanta whose outputs exist in these collections, and lets later tasks read those. */
  readonly skipExistingIn?: readonly string[];
  /** With `skipExistingIn`: only these types need exist; quanta that make others are kept only where a later quantum reads them. */
  readonly retained?: readonly string[];
  /** Allows outputs that exist in the output run to be replaced. */
  readonly clobber?: boolean;
  /** Returns an empty graph rather than throwing. */
  readonly allowEmpty?: boolean;
  /**
   * What becomes of data IDs that lack a prerequisite: `refuse` (default) throws {@link PrerequisiteMissingError}, `leave-out` builds the
   * graph without them and names them in its report.
   */
  readonly missingPrerequisites?: 'refuse' | 'leave-out';
  readonly seed?: number;
  /** Time of building, ISO 8601 UTC. */
  readonly created?: string;
  readonly command?: string;
  readonly codeVersion?: string;
  readonly signal?: AbortSignal;
}

/** What the drafting of every task shares. */
export interface BuildState {
  readonly options: BuildGraphOptions;
  readonly graph: PipelineGraph;
  readonly coder: Coder;
  readonly tables: ReadonlyMap<string, DatasetTable>;
  readonly query: (dimensions: readonly string[], having: readonly string[]) => Promise<DataIdColumns>;
  /** Overall inputs that a task depends on, directly or not. */
  readonly having: (label: string) => readonly string[];
  /** Whether a row of codes agrees with the data-ID table. */
  readonly admits: (dimensions: readonly string[]) => (codes: ArrayLike<number>) => boolean;
  readonly warnings: string[];
}

/**
 * Builds the quantum graph of a pipeline over a data query.
 *
 * Each task is matched with its datasets through columns of codes; the repository is asked once for every distinct set of dimensions, not
 * for one join of everything, so that dimensions of one task do not multiply the rows of another.
 * @throws {EmptyGraphError} saying what emptied it; {PrerequisiteMissingError}; {OutputExistsError}; {PipelineGraphError}.
 */
export async function buildQuantumGraph(options: BuildGraphOptions): Promise<QuantumGraph> {
  const { pipeline, source } = options;
  const registered = await registeredTypes(pipeline, source);
  const { convertible } = source;
  const graph = buildPipelineGraph(pipeline, { registered: (name) => registered.get(name), ...(convertible ? { convertible } : {}) });
  const coder = new Coder();
  const tables = new Map([...graph.datasetTypes].map(([name, node]) => [name, new DatasetTable(node, source)]));
  const state: BuildState = {
    options,
    graph,
    coder,
    tables,
    query: cachedQuery(options),
    having: (label) => havingOf(options, graph, label),
    admits: tableFilter(options.dataIdTable, coder),
    warnings: [],
  };
  const drafts: TaskDraft[] = [];
  let start = 0;
  for (const task of graph.tasks) {
    options.signal?.throwIfAborted();
    // oxlint-disable-next-line no-await-in-loop -- a task's inputs are its predecessors' outputs
    const draft = await draftTask(task, start, state);
    drafts.push(draft);
    start += draft.count;
  }
  const kept = options.retained && options.skipExistingIn ? dropUnneeded(drafts, tables, options.retained) : drafts;
  const finished = assemble(kept, state);
  const total = finished.tasks.reduce((sum, { count }) => sum + count, 0);
  const skipped = finished.report.tasks.some((task) => task.skipped > 0);
  if (total === 0 && !skipped && !options.allowEmpty) {
    const explanation = await explainEmpty(finished.report, { options, graph });
    throw new EmptyGraphError(`the quantum graph is empty: ${explanation.join(' ')}`, { details: { explanation } });
  }
  return finished;
}

function assemble(drafts: readonly TaskDraft[], { options, coder, tables, warnings }: BuildState): QuantumGraph {
  const names = [...tables.keys()];
  const used = names.map((name) => new Uint8Array((tables.get(name) as DatasetTable).rows.length));
  for (const { connections } of drafts)
    for (const { datasetType, rows, kind } of connections) {
      const marks = used[names.indexOf(datasetType)] as Uint8Array;
      if (kind === 'init-input' || kind === 'init-output') marks.fill(1);
      else for (const row of rows) marks[row] = 1;
    }
  const compacted = names.map((name, i) => (tables.get(name) as DatasetTable).compact(used[i] as Uint8Array));
  const tasks = drafts.map((draft): GraphTask => {
    const { task, count, start, codes, dimensions, requiredCount } = draft;
    const connections = draft.connections.map(({ datasetType, connection, offsets, rows }): GraphConnection => {
      const dataset = names.indexOf(datasetType);
      const renumber = compacted[dataset]?.renumber as Int32Array;
      const { key, kind, storageClass, component, multiple, deferred, optional, minimum } = connection;
      const base = {
        key,
        kind,
        dataset,
        storageClass,
        multiple,
        deferred,
        optional,
        minimum,
        offsets,
        rows: rows.map((row) => renumber[row] as number),
      };
      return component === undefined ? base : { ...base, component };
    });
    const { label, specifier, baseDir, config, variants, resources } = task;
    return {
      label,
      specifier,
      baseDir,
      taskName: task.task.name,
      config: config.values,
      variants,
      resources,
      dimensions,
      requiredCount,
      start,
      count,
      codes,
      connections,
    };
  });
  const report: GraphReport = { tasks: drafts.map((draft) => draft.report), warnings };
  const datasets = compacted.map(({ graph }): GraphDatasets => graph);
  const dictionaries = new Map([...coder.dictionaries].map(([name, { values }]) => [name, values]));
  const { inputCollections, outputRun, where = '', created = '', command = '', seed = 0, codeVersion = '', pipeline } = options;
  const header = { description: pipeline.description, inputCollections, outputRun, where, created, command, seed, codeVersion };
  return { header, tasks, datasets, dictionaries, report };
}

async function registeredTypes(
  pipeline: Pipeline,
  source: GraphSource,
): Promise<Map<string, { readonly dimensions: readonly string[]; readonly storageClass: string }>> {
  const produced = new Set<string>();
  const names = new Set<string>();
  for (const { connections } of pipeline.tasks.values())
    for (const { datasetType, kind } of connections) (kind === 'output' || kind === 'init-output' ? produced : names).add(datasetType);
  const found = await Promise.all([...names.union(produced)].map(async (name) => [name, await source.datasetType(name)] as const));
  return new Map(
    found.flatMap(([name, type]) => {
      if (!type) return [];
      // Implied dimensions that a declaration spells out are the same type.
      const uses = [...pipeline.tasks.values()].flatMap(({ connections }) => connections.filter(({ datasetType }) => datasetType === name));
      const required = (dimensions: readonly string[]): string => source.expandDimensions(dimensions).required.toSorted().join();
      const same = uses.find(({ dimensions }) => required(dimensions) === required(type.dimensions));
      return [[name, same ? { ...type, dimensions: same.dimensions } : type] as const];
    }),
  );
}

/** Asks for each set of dimensions once. */
function cachedQuery({ source, where = '', inputCollections, pipeline }: BuildGraphOptions): BuildState['query'] {
  const bridges = [...new Set([...pipeline.tasks.values()].flatMap(({ task }) => task.dimensions))];
  const cache = new Map<string, Promise<DataIdColumns>>();
  return (dimensions, having) => {
    const wanted = source.expandDimensions(dimensions).required;
    const key = `${wanted.toSorted().join()}|${having.toSorted().join()}`;
    let answer = cache.get(key);
    if (!answer) cache.set(key, (answer = source.dataIds(wanted, { where, having, collections: inputCollections, bridges })));
    return answer;
  };
}

function havingOf({ constrainBy = 'all' }: BuildGraphOptions, graph: PipelineGraph, label: string): readonly string[] {
  if (constrainBy === 'off') return [];
  const labels = reachable(graph, [label], 'upstream').add(label);
  const inputs = [...graph.datasetTypes.values()].filter(
    ({ role, calibration, dimensions, consumers }) =>
      role === 'overall-input' &&
      !calibration &&
      dimensions.length > 0 &&
      consumers.some((use) => labels.has(use.label) && isNeeded(graph.tasks, use)),
  );
  const names = inputs.map(({ name }) => name);
  return constrainBy === 'all' ? names : names.filter((name) => constrainBy.includes(name));
}

function isNeeded(tasks: readonly PipelineTask[], use: { readonly label: string; readonly key: string }): boolean {
  const connection = tasks.find(({ label }) => label === use.label)?.connections.find(({ key }) => key === use.key);
  return connection?.kind === 'input' && connection.minimum > 0;
}

function tableFilter(table: DataIdColumns | undefined, coder: Coder): BuildState['admits'] {
  if (!table) return () => () => true;
  return (dimensions) => {
    const on = table.dimensions.filter((name) => dimensions.includes(name));
    if (on.length === 0) return () => true;
    const rows = new RowSet(on.length);
    eachRow(table, on, coder, (codes) => void rows.insert(codes));
    const places = on.map((name) => dimensions.indexOf(name));
    const key = new Int32Array(on.length);
    return (codes) => {
      for (const [i, place] of places.entries()) key[i] = codes[place] as number;
      return rows.find(key) >= 0;
    };
  };
}
