import { type ConfigLayer, nestPaths, type ResolvedConfig, resolveConfig } from '../config/layers.ts';
import type { ConfigValues } from '../config/parse.ts';
import { ContractError, PipelineFileError } from '../errors.ts';
import type { Connection } from '../task/connections.ts';
import type { DataId } from '../task/context.ts';
import { loadTask } from '../task/registry.ts';
import { fillTemplate, type ResourceRequest, type Task } from '../task/task.ts';
import { evaluateContract, UNKNOWN_LABEL } from './contract.ts';
import type { ConfigBlock, PipelineDocument, Subset, TaskEntry } from './document.ts';

/** A connection with its templates filled in. */
export interface ResolvedConnection extends Connection {
  readonly key: string;
  /** Dataset type name without component. */
  readonly datasetType: string;
  /** Component that is read (`wcs` of `calexp.wcs`), if any. */
  readonly component?: string;
}

/** A labelled, configured task of a pipeline. */
export interface PipelineTask {
  readonly label: string;
  /** `module#export`, or the name of a registered task. */
  readonly specifier: string;
  readonly baseDir: string;
  readonly task: Task;
  readonly connections: readonly ResolvedConnection[];
  readonly config: ResolvedConfig;
  /** Overrides for some data IDs, applied over `config` in order. */
  readonly variants: readonly ConfigBlock[];
  readonly resources: ResourceRequest;
}

export interface Pipeline {
  readonly description: string;
  readonly instrument?: string;
  readonly tasks: ReadonlyMap<string, PipelineTask>;
  readonly subsets: ReadonlyMap<string, Subset>;
  readonly steps: PipelineDocument['steps'];
  /** Those that were checked. */
  readonly contracts: PipelineDocument['contracts'];
  readonly warnings: readonly string[];
}

export interface ResolvePipelineOptions {
  /** Overrides `parameters` of the file. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Overrides by task name that hold for the instrument: below the pipeline. */
  readonly instrumentOverrides?: { readonly source: string; readonly values: Readonly<Record<string, ConfigValues>> };
  /** Overrides by label, such as from the command line: above the pipeline. */
  readonly overrides?: readonly { readonly label: string; readonly source: string; readonly values: ConfigValues }[];
  /** Tasks by label or specifier, in place of loading modules. */
  readonly taskOf?: (specifier: string) => Task | undefined;
}

/**
 * Loads the tasks of a pipeline, resolves their configurations and checks the contracts.
 *
 * @throws {TaskNotFoundError | ConfigError | PipelineFileError | ContractError}
 */
export async function resolvePipeline(document: PipelineDocument, options: ResolvePipelineOptions = {}): Promise<Pipeline> {
  const parameters = { ...document.parameters, ...options.parameters };
  for (const name of Object.keys(options.parameters ?? {}))
    if (!(name in document.parameters))
      throw new PipelineFileError(`no parameter "${name}"; known: ${Object.keys(document.parameters).join(', ') || 'none'}`);
  for (const { label, source } of options.overrides ?? [])
    if (!document.tasks.has(label))
      throw new PipelineFileError(`${source}: no task "${label}"; known: ${[...document.tasks.keys()].join(', ')}`);
  const tasks = new Map<string, PipelineTask>();
  const resolved = await Promise.all(
    [...document.tasks].map(([label, entry]) => resolveTask(label, entry, { document, parameters, options })),
  );
  for (const task of resolved) tasks.set(task.label, task);
  const warnings = resolved.flatMap((task) => task.config.warnings);
  checkContracts(document, tasks);
  const { description, instrument, subsets, steps, contracts } = document;
  return { description, ...(instrument === undefined ? {} : { instrument }), tasks, subsets, steps, contracts, warnings };
}

interface Surroundings {
  readonly document: PipelineDocument;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly options: ResolvePipelineOptions;
}

async function resolveTask(label: string, entry: TaskEntry, { document, parameters, options }: Surroundings): Promise<PipelineTask> {
  const task = options.taskOf?.(entry.class) ?? (await loadTask(entry.class, entry.baseDir));
  const filled = entry.config.map((block) => ({
    ...block,
    values: nestPaths(fillParameters(block.values, parameters, block.source) as ConfigValues, block.source),
  }));
  const layers: ConfigLayer[] = [];
  const instrument = options.instrumentOverrides?.values[task.name];
  if (instrument && options.instrumentOverrides) layers.push({ source: options.instrumentOverrides.source, values: instrument });
  layers.push(...filled.filter((block) => appliesAlways(block, document.instrument)));
  const last = (options.overrides ?? []).filter((override) => override.label === label);
  layers.push(...last);
  const where = `task "${label}"`;
  const config = resolveConfig(task.configSchema, layers, where);
  const variants = filled.filter((block) => block.dataId !== undefined && !onlyInstrument(block));
  // A command-line value wins over data-ID overrides too.
  if (variants.length > 0 && last.length > 0) variants.push(...last.map((block) => ({ ...block, dataId: {} })));
  for (const block of variants) resolveConfig(task.configSchema, [...layers, block], where);
  return {
    label,
    specifier: entry.class,
    baseDir: entry.baseDir,
    task,
    connections: resolveConnections(task, config.values, entry.connections, where),
    config,
    variants,
    resources: { ...task.resources, ...entry.resources },
  };
}

const onlyInstrument = (block: ConfigBlock): boolean => Object.keys(block.dataId ?? {}).every((key) => key === 'instrument');

function appliesAlways(block: ConfigBlock, instrument: string | undefined): boolean {
  if (block.dataId === undefined) return true;
  return onlyInstrument(block) && block.dataId['instrument'] === instrument;
}

/** Configuration of one quantum: the task's, with the overrides whose data ID matches. */
export function configFor(task: PipelineTask, dataId: DataId): ConfigValues {
  const blocks = task.variants.filter(({ dataId: wanted = {} }) => Object.entries(wanted).every(([key, value]) => dataId[key] === value));
  if (blocks.every((block) => Object.keys(block.dataId ?? {}).length === 0)) return task.config.values;
  return resolveConfig(task.task.configSchema, [{ source: 'task', values: task.config.values }, ...blocks], `task "${task.label}"`).values;
}

/** Fills templates and names; drops connections that the configuration omits. */
export function resolveConnections(
  task: Task,
  config: ConfigValues,
  overrides: Readonly<Record<string, string>>,
  where: string,
): readonly ResolvedConnection[] {
  for (const key of Object.keys(overrides))
    if (!(key in task.templates) && !(key in task.connections))
      throw new PipelineFileError(`${where}: "${key}" is neither a connection nor a template of ${task.name}`);
  const omitted = new Set(task.omitConnections?.(config));
  const templates = { ...task.templates, ...overrides };
  return Object.entries(task.connections)
    .filter(([key]) => !omitted.has(key))
    .map(([key, connection]) => {
      const named = key in task.templates ? connection.name : (overrides[key] ?? connection.name);
      const name = fillTemplate(named, templates, `${where}, connection "${key}"`);
      const dot = name.indexOf('.');
      if (dot < 0) return { ...connection, name, key, datasetType: name };
      return { ...connection, name, key, datasetType: name.slice(0, dot), component: name.slice(dot + 1) };
    });
}

function fillParameters(value: unknown, parameters: Readonly<Record<string, unknown>>, where: string): unknown {
  if (typeof value === 'string' && value.startsWith('parameters.')) {
    const name = value.slice('parameters.'.length);
    if (!(name in parameters))
      throw new PipelineFileError(`${where}: no parameter "${name}"; known: ${Object.keys(parameters).join(', ') || 'none'}`);
    return parameters[name];
  }
  if (Array.isArray(value)) return value.map((item) => fillParameters(item, parameters, where));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, fillParameters(inner, parameters, where)]));
  return value;
}

function checkContracts(document: PipelineDocument, tasks: ReadonlyMap<string, PipelineTask>): void {
  const broken = document.contracts.filter(({ contract }) => {
    const holds = evaluateContract(contract, ([label = '', ...path]) => {
      const task = tasks.get(label);
      if (!task) return UNKNOWN_LABEL;
      if (path[0] === 'connections') return task.connections.find((connection) => connection.key === path[1])?.name;
      let value: unknown = task.config.values;
      for (const key of path) value = (value as Record<string, unknown> | null | undefined)?.[key];
      return value;
    });
    return holds === false;
  });
  if (broken.length === 0) return;
  const lines = broken.map(({ contract, message }) => `${contract}${message === '' ? '' : ` (${message})`}`);
  throw new ContractError(`broken contract: ${lines.join('; ')}`, { details: { contracts: lines } });
}
