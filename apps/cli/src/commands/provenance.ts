import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildLineage, findDatasets, formatLineage, lineageFrom, type LineageNode, lineageOf, readProvenance } from '@almagest/pipeline';
import { provenancePath } from './report.ts';

interface ProvenanceArguments {
  readonly butler: string;
  readonly run?: readonly string[];
  readonly depth?: string;
  readonly json?: boolean;
}

/** `almagest provenance of` and `almagest provenance from`. */
export function register(program: Command): void {
  const provenance = program
    .command('provenance')
    .description('Walk from a dataset to what it was made from, or to what was made from it.');
  for (const [name, text, walk] of [
    ['of', 'Everything that a dataset was made from.', lineageOf],
    ['from', 'Everything that was made from a dataset, such as a raw.', lineageFrom],
  ] as const)
    provenance
      .command(name)
      .description(text)
      .argument('<dataset>', 'id, start of an id, or type{dimension=value, ...}')
      .option('-b, --butler <repo>', 'repository', process.env['ALMAGEST_REPO'] ?? '.')
      .option(
        '-r, --run <run>',
        'look in this run or provenance file only; may be repeated',
        (value: string, before: readonly string[] | undefined) => [...(before ?? []), value],
      )
      .option('--depth <n>', 'steps to show')
      .option('--json', 'print as one JSON line')
      .addHelpText(
        'after',
        `\nExample:\n  almagest provenance ${name} ${name === 'of' ? '"calexp{visit=42, detector=3}"' : '"raw{exposure=42, detector=3}"'} -b repo`,
      )
      .action((dataset: string, options: ProvenanceArguments) => {
        const paths =
          (options.run ?? []).length > 0 ? (options.run ?? []).map((run) => provenancePath(run, options.butler)) : allRuns(options.butler);
        const lineage = buildLineage(paths.map(readProvenance));
        const nodes = findDatasets(lineage, dataset).map((found) => walk(lineage, found));
        if (options.json) return console.log(JSON.stringify(nodes.map(plain)));
        for (const node of nodes) console.log(formatLineage(node, options.depth === undefined ? {} : { depth: Number(options.depth) }));
      });
}

function allRuns(repository: string): readonly string[] {
  const dir = join(repository, '.almagest', 'runs');
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .filter((name) => /(^|\/)run(-\d+)?\.prov$/.test(name))
    .toSorted()
    .map((name) => join(dir, name));
}

interface PlainNode {
  readonly id: string;
  readonly type: string;
  readonly dataId: LineageNode['dataset']['dataId'];
  readonly run: string;
  readonly quantum: string | null;
  readonly next: readonly PlainNode[];
}

function plain({ dataset: { id, type, dataId, run }, quantum, next }: LineageNode): PlainNode {
  return { id, type, dataId, run, quantum: quantum ? `${quantum.label}#${quantum.quantum}` : null, next: next.map(plain) };
}
