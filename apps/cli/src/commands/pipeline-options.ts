import { existsSync, readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { parse as parseYaml } from 'yaml';
import {
  accessOf,
  buildPipelineGraph,
  type CollectionOptions,
  columnsOf,
  ConfigError,
  type DataId,
  type DataIdColumns,
  describeFields,
  describeReport,
  drawMermaid,
  drawSvg,
  drawText,
  formatConfig,
  formatHistory,
  formatPipeline,
  formatQuantumId,
  formatSeconds,
  measuredSeconds,
  parseConfigText,
  parseOverride,
  type Pipeline,
  predictCost,
  quantumAt,
  readProvenance,
  runFiles,
  type QuantumGraph,
  readPipelineDocument,
  resolvePipeline,
  restrictPipeline,
  summarizeGraph,
  type BuildOptions,
} from '@almagest/pipeline';

/** What `run`, `graph` and `batch submit` understand alike. */
export interface BuildArguments {
  readonly butler: string;
  readonly dataQuery?: string;
  readonly input?: string;
  readonly output?: string;
  readonly outputRun?: string;
  readonly config?: readonly string[];
  readonly configFile?: readonly string[];
  readonly parameter?: readonly string[];
  readonly instrumentConfig?: string;
  readonly selectTasks?: string;
  readonly dataIdTable?: string;
  readonly constrainBy?: string;
  readonly missingPrerequisites: 'refuse' | 'leave-out';
  readonly skipExisting?: boolean;
  readonly skipExistingIn?: string;
  readonly retained?: string;
  readonly clobberOutputs?: boolean;
  readonly extendRun?: boolean;
  readonly replaceRun?: boolean;
  readonly rebase?: boolean;
  readonly measured?: string;
  readonly seed: string;
  readonly show?: readonly string[];
}

const collect = (value: string, before: readonly string[] | undefined): readonly string[] => [...(before ?? []), value];

/** Adds the options that say what to run on what. */
export function addBuildOptions(command: Command): Command {
  return command
    .requiredOption('-b, --butler <repo>', 'repository', process.env['ALMAGEST_REPO'])
    .option('-d, --data-query <where>', 'which data, in the query language of the butler')
    .option('-i, --input <collections>', 'input collections in search order, with commas')
    .option('-o, --output <chain>', 'output chain; a new run named by the time goes to its front')
    .option('--output-run <run>', 'run to write to')
    .option('-c, --config <label:field=value>', 'set a configuration field; may be repeated', collect)
    .option('-C, --config-file <label:path>', 'set fields from a YAML file; may be repeated', collect)
    .option('--instrument-config <path>', 'YAML of overrides by task name that hold for the instrument')
    .option('-p, --parameter <name=value>', 'set a parameter of the pipeline; may be repeated', collect)
    .option('-t, --select-tasks <expression>', 'tasks to run: labels, subsets, a..b, <=a, ~a, |, &')
    .option('--data-id-table <path>', 'CSV of data IDs that restrict the query')
    .option('--constrain-by <types>', 'overall inputs that restrict the query: all, off, or names with commas', 'all')
    .addOption(
      new Option('--missing-prerequisites <what>', 'data IDs that lack a calibration or reference: refuse to run, or leave them out')
        .choices(['refuse', 'leave-out'])
        .default('refuse'),
    )
    .option('--skip-existing', 'leave out what the output chain holds')
    .option('--skip-existing-in <collections>', 'leave out what these collections hold')
    .option('--retained <types>', 'with skip-existing: dataset types that count; others are made only where needed')
    .option('--clobber-outputs', 'replace outputs that exist in the output run')
    .option('--extend-run', 'write to the newest run of the output chain')
    .option('--replace-run', 'take the newest run out of the output chain')
    .option('--rebase', 'put the given inputs into the output chain in place of its own')
    .option('--measured <run>', 'for --show cost: run or provenance file whose measured times are used')
    .option('--seed <n>', 'seed of the run', '0')
    .option('--show <what>', `print and do not run; may be repeated: ${SHOWN.join(', ')}`, collect);
}

const SHOWN = [
  'config[=label.field]',
  'history=label.field',
  'pipeline',
  'tasks',
  'subsets',
  'pipeline-graph',
  'task-graph',
  'mermaid',
  'svg',
  'resources',
  'graph',
  'quanta',
  'cost',
  'inputs',
];

/** Reads and resolves the pipeline that the arguments name. */
export async function loadPipeline(path: string | undefined, options: BuildArguments): Promise<Pipeline> {
  if (path === undefined) throw new ConfigError('a pipeline file is needed');
  const [file = '', selection] = path.split('#');
  const fromFiles = (options.configFile ?? []).map((text) => {
    const at = text.indexOf(':');
    if (at < 1) throw new ConfigError(`expected label:path; found "${text}"`);
    const name = text.slice(at + 1);
    return { label: text.slice(0, at), source: name, values: parseConfigText(readFileSync(name, 'utf8'), name) };
  });
  const fromLine = (options.config ?? []).map((text) => {
    const { label, path: field, value } = parseOverride(text);
    return { label, source: 'command line', values: { [field]: value } };
  });
  const parameters = Object.fromEntries(
    (options.parameter ?? []).map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new ConfigError(`expected name=value; found "${text}"`);
      return [text.slice(0, at), parseYaml(text.slice(at + 1)) as unknown];
    }),
  );
  const instrument = options.instrumentConfig;
  const pipeline = await resolvePipeline(readPipelineDocument(file), {
    parameters,
    overrides: [...fromFiles, ...fromLine],
    ...(instrument === undefined
      ? {}
      : {
          instrumentOverrides: {
            source: instrument,
            values: parseConfigText(readFileSync(instrument, 'utf8'), instrument) as Record<string, Record<string, unknown>>,
          },
        }),
  });
  for (const warning of pipeline.warnings) console.error(`almagest: ${warning}`);
  const chosen = [selection, options.selectTasks].filter((text): text is string => text !== undefined && text !== '');
  return chosen.reduce(restrictPipeline, pipeline);
}

/** Turns the arguments into what the graph builder takes. */
export function buildSelection(options: BuildArguments): CollectionOptions & BuildOptions & { readonly created: string } {
  const now = new Date();
  const skip = options.skipExistingIn ?? (options.skipExisting ? options.output : undefined);
  const { constrainBy = 'all' } = options;
  return {
    input: splitList(options.input),
    timestamp: now.toISOString().replaceAll(/[-:]|\.\d+/g, ''),
    created: now.toISOString(),
    command: process.argv.slice(2).join(' '),
    seed: Number(options.seed),
    missingPrerequisites: options.missingPrerequisites,
    where: options.dataQuery ?? '',
    constrainBy: constrainBy === 'all' || constrainBy === 'off' ? constrainBy : splitList(constrainBy),
    ...(options.output === undefined ? {} : { output: options.output }),
    ...(options.outputRun === undefined ? {} : { outputRun: options.outputRun }),
    ...(options.dataIdTable === undefined ? {} : { dataIdTable: readDataIdTable(options.dataIdTable) }),
    ...(skip === undefined ? {} : { skipExistingIn: splitList(skip) }),
    ...(options.retained === undefined ? {} : { retained: splitList(options.retained) }),
    ...(options.clobberOutputs ? { clobber: true } : {}),
    ...(options.extendRun ? { extendRun: true } : {}),
    ...(options.replaceRun ? { replaceRun: true } : {}),
    ...(options.rebase ? { rebase: true } : {}),
  };
}

export function splitList(text: string | undefined): readonly string[] {
  return (text ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
}

function readDataIdTable(path: string): DataIdColumns {
  const [head = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const names = head.split(',').map((name) => name.trim());
  const rows = lines.map((line): DataId => {
    const cells = line.split(',').map((cell) => cell.trim());
    if (cells.length !== names.length)
      throw new ConfigError(`${path}: expected ${names.length} columns (${names.join(', ')}); found "${line}"`);
    return Object.fromEntries(names.map((name, i) => [name, /^-?\d+$/.test(cells[i] ?? '') ? Number(cells[i]) : (cells[i] ?? '')]));
  });
  return columnsOf(names, rows);
}

/** Measured seconds by task of an earlier run, if one is named. */
export function measuredBy({ measured, butler }: Pick<BuildArguments, 'measured' | 'butler'>): Readonly<Record<string, number>> {
  if (measured === undefined) return {};
  return measuredSeconds(readProvenance(existsSync(measured) ? measured : runFiles(butler, measured).provenancePath));
}

interface Shown {
  readonly measuredSec?: Readonly<Record<string, number>>;
  readonly pipeline: Pipeline;
  readonly graph?: QuantumGraph;
  readonly cores?: number;
}

/** Prints what `--show` asks for. Without a graph it prints what needs none, and says whether something is left that needs one. */
export async function showThings(list: readonly string[], { pipeline, graph, cores = 1, measuredSec = {} }: Shown): Promise<boolean> {
  let left = false;
  for (const text of list) {
    const [what = '', pattern] = text.split(/=(.*)/s);
    const ofPipeline = PIPELINE_VIEWS[what];
    const ofGraph = GRAPH_VIEWS[what];
    if (!ofPipeline && !ofGraph) throw new ConfigError(`cannot show "${what}"; choose from ${SHOWN.join(', ')}`);
    if (ofPipeline && !graph) console.log(ofPipeline(pipeline, pattern));
    if (ofGraph && graph) console.log(ofGraph(graph, cores, measuredSec));
    left ||= ofGraph !== undefined;
  }
  return left;
}

const PIPELINE_VIEWS: Readonly<Record<string, (pipeline: Pipeline, pattern: string | undefined) => string>> = {
  config: (pipeline, pattern) =>
    eachTask(pipeline, pattern, (label, field) => {
      const task = pipeline.tasks.get(label);
      const text = task
        ? formatConfig(task.config.values, { schema: task.task.configSchema, history: task.config.history, pattern: field })
        : '';
      return text === '' ? '' : `${label}:\n${text.trimEnd().replaceAll(/^/gm, '  ')}`;
    }),
  history: (pipeline, pattern) =>
    eachTask(pipeline, pattern, (label, field) => {
      const config = pipeline.tasks.get(label)?.config;
      const text = config ? formatHistory(config, field) : '';
      return text === '' ? '' : `${label}:\n${text.replaceAll(/^/gm, '  ')}`;
    }),
  tasks: ({ tasks }) =>
    [...tasks.values()]
      .map(
        ({ label, specifier, task }) =>
          `${label}: ${specifier} {${task.dimensions.join(', ')}} ${task.doc} (${describeFields(task.configSchema).length} fields)`,
      )
      .join('\n'),
  subsets: ({ subsets }) =>
    [...subsets]
      .map(([name, { labels, description }]) => `${name}: ${labels.join(', ')}${description === '' ? '' : `  # ${description}`}`)
      .join('\n'),
  pipeline: (pipeline) => formatPipeline(pipeline).trimEnd(),
  resources: ({ tasks }) =>
    [...tasks.values()]
      .map(
        ({ label, resources }) =>
          `${label}: ${Object.entries(resources)
            .map(([name, value]) => `${name} ${String(value)}`)
            .join(', ')}`,
      )
      .join('\n'),
  'pipeline-graph': (pipeline) => drawText(buildPipelineGraph(pipeline)),
  'task-graph': (pipeline) => drawText(buildPipelineGraph(pipeline), { tasksOnly: true }),
  mermaid: (pipeline) => drawMermaid(buildPipelineGraph(pipeline)),
  svg: (pipeline) => drawSvg(buildPipelineGraph(pipeline)),
};

const GRAPH_VIEWS: Readonly<Record<string, (graph: QuantumGraph, cores: number, measuredSec: Readonly<Record<string, number>>) => string>> =
  {
    graph: formatGraph,
    quanta(graph) {
      const access = accessOf(graph);
      return Array.from({ length: summarizeGraph(graph).quanta }, (_, id) => `${id} ${formatQuantumId(quantumAt(access, id))}`).join('\n');
    },
    cost: formatCost,
    inputs(graph) {
      return graph.datasets
        .filter(({ existing }) => existing.size > 0)
        .map(
          ({ name, existing }) => `${name}: ${existing.size} from ${[...new Set([...existing.values()].map(({ run }) => run))].join(', ')}`,
        )
        .join('\n');
    },
  };

function eachTask(pipeline: Pipeline, pattern: string | undefined, print: (label: string, field: string) => string): string {
  const [wanted = '*', ...field] = (pattern ?? '*').split('.');
  return [...pipeline.tasks.keys()]
    .filter((label) => wanted === '*' || label === wanted)
    .map((label) => print(label, field.length === 0 ? '*' : field.join('.')))
    .filter((text) => text !== '')
    .join('\n');
}

/** Numbers of a graph, task by task, and what was left out. */
export function formatGraph(graph: QuantumGraph): string {
  const { quanta, datasets, edges } = summarizeGraph(graph);
  const width = Math.max(4, ...graph.tasks.map(({ label }) => label.length));
  return [
    ...graph.tasks.map(
      ({ label, count, dimensions, requiredCount }) =>
        `${label.padEnd(width)} ${String(count).padStart(9)}  {${dimensions.slice(0, requiredCount).join(', ')}}`,
    ),
    `${quanta} quanta, ${datasets} datasets, ${edges} edges -> ${graph.header.outputRun}`,
    ...describeReport(graph.report),
  ].join('\n');
}

/** Predicted cost of a graph. */
export function formatCost(graph: QuantumGraph, cores: number, measuredSec: Readonly<Record<string, number>> = {}): string {
  const cost = predictCost(graph, { cores, measuredSec });
  const width = Math.max(4, ...cost.tasks.map(({ label }) => label.length));
  return [
    ...cost.tasks.map(
      ({ label, quanta, eachSec, coreHours, memoryMib }) =>
        `${label.padEnd(width)} ${String(quanta).padStart(9)} x ${Number(eachSec.toPrecision(3))} s = ${coreHours.toFixed(2)} core hours, ${memoryMib} MiB each`,
    ),
    `${cost.coreHours.toFixed(2)} core hours; longest chain ${formatSeconds(cost.criticalPathSec)}; at least ${formatSeconds(cost.wallSec)} on ${cores} cores`,
  ].join('\n');
}
