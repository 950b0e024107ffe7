import { type Binds, type Butler, expressionToJson, formatExpression, parseWhere, type Query, QueryError } from '@almagest/butler';
import type { Command } from 'commander';
import { collect, type OutputOptions, countOf, printResult, printRows, refRow, withButler } from './butler-output.ts';

interface QueryArguments extends OutputOptions {
  readonly where?: string;
  readonly bind?: readonly string[];
  readonly orderBy?: readonly string[];
  readonly limit: number;
  readonly collections?: readonly string[];
  readonly datasets?: readonly string[];
  readonly findFirst?: boolean;
  readonly showUri?: boolean;
  readonly explain?: boolean;
  readonly count?: boolean;
}

const DEFAULT_LIMIT = 20_000;

/** Verbs that ask. */
export function registerQueries(butler: Command): void {
  restricted(
    butler.command('query-datasets').description('List datasets.').argument('<repo>').argument('[type...]', 'dataset types, globs allowed'),
  )
    .option('--collections <names>', 'collections to search, globs allowed (default: all)', collect)
    .option('--find-first', 'only the first dataset of each data ID, in the order of the collections')
    .option('--show-uri', 'add the addresses of the artifacts')
    .addHelpText(
      'after',
      `\nExample:\n  almagest butler query-datasets repo raw --collections SimCam/raw/all --where "exposure.day_obs = 20261119 AND detector < 4"`,
    )
    .action(
      async (repo: string, types: string[], options: QueryArguments) =>
        await withButler(repo, {}, async (open) => await queryDatasets(open, types, options)),
    );
  restricted(butler.command('query-data-ids').description('List data IDs.').argument('<repo>').argument('<dimension...>'))
    .option('--datasets <types>', 'only data IDs with a dataset of these types', collect)
    .option('--collections <names>', 'collections of those datasets', collect)
    .action(
      async (repo: string, dimensions: string[], options: QueryArguments) =>
        await withButler(repo, {}, async (open) => {
          const results = withDatasets(restrict(open, options), options).dataIds(dimensions);
          await answer(results, options, async () =>
            printFound(
              (await results.toArray()).map((dataId) => dataId.toJSON()),
              options,
            ),
          );
        }),
    );
  restricted(butler.command('query-dimension-records').description('List records of a dimension.').argument('<repo>').argument('<element>'))
    .option('--datasets <types>', 'only records with a dataset of these types', collect)
    .option('--collections <names>', 'collections of those datasets', collect)
    .action(
      async (repo: string, element: string, options: QueryArguments) =>
        await withButler(repo, {}, async (open) => {
          const results = withDatasets(restrict(open, options), options).dimensionRecords(element);
          await answer(results, options, async () =>
            printFound(
              (await results.toArray()).map((record) => record.fields),
              options,
            ),
          );
        }),
    );
  butler
    .command('query-dataset-types')
    .description('List dataset types.')
    .argument('<repo>')
    .argument('[glob...]')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, globs: string[], options: OutputOptions) =>
        await withButler(repo, {}, async (open) => {
          for (const name of globs) if (!/[*?[]/.test(name)) await open.registry.getDatasetType(name);
          const types = await open.registry.queryDatasetTypes(globs.length > 0 ? globs : ['*']);
          printRows(
            types.map(({ name, dimensions, storageClass, isCalibration }) => ({
              name,
              dimensions: dimensions.required,
              storageClass,
              isCalibration,
            })),
            options,
            ['name', 'dimensions', 'storageClass', 'isCalibration'],
          );
        }),
    );
  butler
    .command('parse-where')
    .description('Print the canonical form of a where expression, or say where it goes wrong.')
    .argument('<expression>')
    .option('--json', 'print the canonical form and the tree')
    .addHelpText('after', `\nExample:\n  almagest butler parse-where "visit > 5 and detector in (1..9:2)" --json`)
    .action((expression: string, options: OutputOptions) => {
      const tree = parseWhere(expression);
      const canonical = tree === undefined ? '' : formatExpression(tree);
      printResult({ canonical, tree: tree === undefined ? null : expressionToJson(tree) }, canonical, options);
    });
}

function restricted(command: Command): Command {
  return command
    .option('--where <expression>', 'restriction; `almagest butler parse-where` explains one')
    .option('--bind <name=value>', 'value of a :name in the expression', (value: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      value,
    ])
    .option('--order-by <names>', 'sort by these, "-" in front for descending', collect)
    .option('--limit <n>', 'rows at most, 0 for all', countOf('--limit'), DEFAULT_LIMIT)
    .option('--count', 'print how many there are')
    .option('--explain', 'say why the answer is empty')
    .option('--json', 'print JSON lines');
}

async function queryDatasets(open: Butler, types: readonly string[], options: QueryArguments): Promise<void> {
  const collections =
    options.collections ?? (await open.registry.queryCollections()).filter((found) => found.type !== 'CHAINED').map((found) => found.name);
  const names = (await open.registry.queryDatasetTypes(types.length > 0 ? types : ['*'])).map((type) => type.name);
  // A name that is not registered is an error, a glob without a match is not.
  for (const type of types) if (!/[*?[]/.test(type)) await open.registry.getDatasetType(type);
  // Wrong everywhere, if it is wrong: also where there is no dataset type to ask for.
  const query = restrict(open, options);
  if (names.length === 0 && options.explain) {
    const reason = `no dataset type matches ${types.length > 0 ? types.join(', ') : '*'}`;
    printResult({ reason }, reason, options);
  }
  const rows: Readonly<Record<string, unknown>>[] = [];
  let total = 0;
  for (const type of names) {
    const results = query.datasets({ type, collections, findFirst: options.findFirst ?? false });
    if (options.count) total += await results.count();
    else if (options.explain)
      for (const reason of await results.explainNoResults()) printResult({ type, reason }, `${type}: ${reason}`, options);
    else
      for (const ref of await results.toArray())
        rows.push(options.showUri ? { ...refRow(ref), uri: await open.getUris(ref).catch(() => null) } : refRow(ref));
  }
  if (options.count) printResult({ count: total }, String(total), options);
  else if (!options.explain) {
    printFound(rows, options);
  }
}

async function answer(
  results: { count(): Promise<number>; explainNoResults(): Promise<readonly string[]> },
  options: QueryArguments,
  print: () => Promise<void>,
): Promise<void> {
  if (options.count) {
    const count = await results.count();
    printResult({ count }, String(count), options);
  } else if (options.explain) for (const reason of await results.explainNoResults()) printResult({ reason }, reason, options);
  else await print();
}

function restrict(open: Butler, options: QueryArguments): Query {
  const binds = Object.fromEntries((options.bind ?? []).map(parseBind)) as Binds;
  const limit = options.limit === 0 ? undefined : options.limit;
  const query = open
    .query()
    .orderBy(...(options.orderBy ?? []))
    .limit(options.count ? undefined : limit);
  return options.where === undefined ? query : query.where(options.where, binds);
}

function withDatasets(query: Query, options: QueryArguments): Query {
  return (options.datasets ?? []).reduce(
    (joined, type) => joined.joinDatasets({ type, collections: options.collections ?? ['*'], findFirst: false }),
    query,
  );
}

function parseBind(text: string): readonly [string, unknown] {
  const at = text.indexOf('=');
  if (at < 1) throw new QueryError(`a bound value is given as name=value; found ${JSON.stringify(text)}`);
  const [name, value] = [text.slice(0, at), text.slice(at + 1)];
  return [name, value !== '' && Number.isFinite(Number(value)) ? Number(value) : value];
}

/** Prints rows; tells a person what an empty answer or a full one means. */
function printFound(rows: readonly Readonly<Record<string, unknown>>[], options: QueryArguments): void {
  printRows(rows, options);
  if (rows.length === 0 && !options.json) console.error('Nothing found; repeat with --explain to learn why.');
  if (rows.length > 0 && rows.length === options.limit) console.error(`There may be more than ${rows.length}; ask with --limit 0 for all.`);
}
