import type { Command } from 'commander';
import { Butler } from '@almagest/butler';
import {
  describeReport,
  formatQuantumId,
  graphPipeline,
  openGraphFile,
  predictCost,
  summarizeGraph,
  writeGraphFile,
} from '@almagest/pipeline';
import {
  addBuildOptions,
  type BuildArguments,
  buildSelection,
  formatCost,
  formatGraph,
  loadPipeline,
  measuredBy,
  showThings,
} from './pipeline-options.ts';

interface GraphArguments extends BuildArguments {
  readonly file?: string;
  readonly json?: boolean;
  readonly cores: string;
}

interface ShowArguments {
  readonly quantum?: string;
  readonly json?: boolean;
  readonly cores: string;
}

/** `almagest graph build` and `almagest graph show`. */
export function register(program: Command): void {
  const graph = program.command('graph').description('Build quantum graphs and look into them; nothing is run.');
  addBuildOptions(graph.command('build').description('Build the quantum graph of a pipeline.').argument('<pipeline>', 'pipeline file'))
    .option('-f, --file <path>', 'write the graph here')
    .option('--cores <n>', 'cores for the predicted time', '1')
    .option('--json', 'print the numbers as one JSON line')
    .addHelpText(
      'after',
      '\nExample:\n  almagest graph build drp.yaml -b repo -i Cam/raw,Cam/calib --output-run u/me/drp -d "visit = 42" -f drp.qgraph --show cost',
    )
    .action(build);
  graph
    .command('show')
    .description('Print a graph file, or one quantum of it.')
    .argument('<file>', 'graph file')
    .option('-q, --quantum <id>', 'print this quantum with its datasets')
    .option('--cores <n>', 'cores for the predicted time', '1')
    .option('--json', 'print as one JSON line')
    .addHelpText('after', '\nExample:\n  almagest graph show drp.qgraph --quantum 1234')
    .action(show);
}

async function build(path: string, options: GraphArguments): Promise<void> {
  const pipeline = await loadPipeline(path, options);
  if (options.show && !(await showThings(options.show, { pipeline }))) return;
  await using butler = await Butler.open(options.butler);
  const { graph } = await graphPipeline(butler, pipeline, buildSelection(options));
  if (options.file !== undefined) writeGraphFile(graph, options.file);
  const cores = Number(options.cores);
  if (options.json) console.log(JSON.stringify({ ...summarizeGraph(graph), report: graph.report, cost: predictCost(graph, { cores }) }));
  else if (options.show) await showThings(options.show, { pipeline, graph, cores, measuredSec: measuredBy(options) });
  else console.log(formatGraph(graph));
}

function show(path: string, options: ShowArguments): void {
  const file = openGraphFile(path);
  try {
    if (options.quantum !== undefined) {
      const quantum = file.quantum(Number(options.quantum));
      if (options.json) return console.log(JSON.stringify(quantum));
      console.log(formatQuantumId(quantum));
      for (const [direction, connections] of [
        ['reads', quantum.inputs],
        ['writes', quantum.outputs],
      ] as const)
        for (const [key, refs] of Object.entries(connections))
          for (const { datasetType, dataId, run, id } of refs)
            console.log(`  ${direction} ${key}: ${datasetType} ${JSON.stringify(dataId)} [${run}] ${id}`);
      return;
    }
    const graph = file.load();
    if (options.json)
      return console.log(JSON.stringify({ header: graph.header, ...summarizeGraph(graph), report: describeReport(graph.report) }));
    console.log(`${formatGraph(graph)}\n${formatCost(graph, Number(options.cores))}`);
  } finally {
    file.close();
  }
}
