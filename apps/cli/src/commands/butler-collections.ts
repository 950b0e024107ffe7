import { ALL_TIME, taiNsFromIso } from '@almagest/time';
import {
  type Butler,
  type ChainEdit,
  type CollectionRecord,
  type CollectionType,
  CollectionTypeError,
  DatasetNotFoundError,
  type DatasetRef,
  QueryError,
  removeRuns,
} from '@almagest/butler';
import { type Command, Option } from 'commander';
import { collect, longWork, type OutputOptions, printResult, printRows, withButler } from './butler-output.ts';

/** Verbs about collections. */
export function registerCollections(butler: Command): void {
  butler
    .command('query-collections')
    .description('List collections.')
    .argument('<repo>')
    .argument('[glob...]')
    .addOption(
      new Option('--chains <view>', 'how chains are shown')
        .choices(['tree', 'table', 'flatten', 'no-children', 'inverse-tree', 'inverse-table'])
        .default('tree'),
    )
    .addOption(new Option('--collection-type <types...>', 'only these').choices(['RUN', 'TAGGED', 'CHAINED', 'CALIBRATION']))
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, globs: string[], options: OutputOptions & { chains: string; collectionType?: readonly string[] }) =>
        await withButler(repo, {}, async (open) => {
          const patterns = globs.length > 0 ? globs : ['*'];
          // A name that is not registered is an error, a glob without a match is not.
          for (const name of globs) if (!/[*?[]/.test(name)) await open.registry.getCollection(name);
          const types = options.collectionType as readonly CollectionType[] | undefined;
          const found =
            options.chains === 'flatten'
              ? await open.registry.flattenCollections(patterns)
              : await open.registry.queryCollections(patterns, types ? { types } : {});
          if (options.chains.startsWith('inverse')) {
            await printParents(open, found, options);
            return;
          }
          if (options.json || options.chains !== 'tree') {
            const columns = options.chains === 'no-children' ? ['name', 'type'] : ['name', 'type', 'children', 'doc'];
            printRows(
              found.map(({ name, type, children, doc }) => ({ name, type, children, doc })),
              options,
              columns,
            );
          } else await printTree(open, found);
        }),
    );
  butler
    .command('collection-chain')
    .description('Change what a CHAINED collection searches; it is made if needed.')
    .argument('<repo>')
    .argument('<chain>')
    .argument('[child...]', 'collections; for "pop" their places, 0 for the first and -1 for the last')
    .addOption(
      new Option('--mode <how>', 'what happens with the children')
        .choices(['redefine', 'prepend', 'extend', 'remove', 'pop'])
        .default('redefine'),
    )
    .option('--flatten', 'put what the children search in their place')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, chain: string, children: string[], options: OutputOptions & { mode: ChainEdit | 'pop'; flatten?: boolean }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const result = await open.transaction(async () => {
            await open.registry.registerCollection(chain, 'CHAINED');
            if (options.mode === 'pop') return await popChildren(open, chain, children);
            const given = options.flatten ? (await open.registry.flattenCollections(children)).map(({ name }) => name) : children;
            return await open.registry.editChain(chain, options.mode, given);
          });
          printResult({ chain, children: result }, `${chain}: ${result.join(', ') || 'empty'}`, options);
        }),
    );
  butler
    .command('associate')
    .description('Put datasets into a TAGGED collection; it is made if needed.')
    .argument('<repo>')
    .argument('<collection>')
    .requiredOption('-d, --dataset-type <types>', 'types, globs allowed', collect)
    .requiredOption('--collections <names>', 'where the datasets are', collect)
    .option('--where <expression>', 'restriction')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, collection: string, options: OutputOptions & { datasetType: string[]; collections: string[]; where?: string }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const refs: DatasetRef[] = [];
          for (const type of options.datasetType)
            refs.push(
              ...(await open.queryDatasets(type, { collections: options.collections, ...(options.where ? { where: options.where } : {}) })),
            );
          await open.transaction(async () => {
            await open.registry.registerCollection(collection, 'TAGGED');
            await open.registry.associate(collection, refs);
          });
          printResult({ collection, datasets: refs.length }, `${collection} holds ${refs.length} of them now.`, options);
        }),
    );
  butler
    .command('certify-calibrations')
    .description('Declare the calibrations of a collection valid for a time.')
    .argument('<repo>')
    .argument('<input>', 'collection with the datasets')
    .argument('<output>', 'CALIBRATION collection; it is made if needed')
    .argument('<dataset-type>')
    .option('--begin-date <time>', 'ISO time, TAI, when validity begins')
    .option('--end-date <time>', 'ISO time, TAI, when validity ends')
    .option('--search-all-inputs', 'take all datasets, not the first of each data ID')
    .option('--json', 'print one JSON line')
    .action(
      async (
        repo: string,
        input: string,
        output: string,
        type: string,
        options: OutputOptions & { beginDate?: string; endDate?: string; searchAllInputs?: boolean },
      ) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const refs = await open.queryDatasets(type, { collections: [input], findFirst: !options.searchAllInputs });
          const at = (text: string | undefined): bigint | undefined =>
            text === undefined ? undefined : taiNsFromIso(text, { scale: 'tai' });
          const span =
            options.beginDate === undefined && options.endDate === undefined
              ? ALL_TIME
              : { begin: at(options.beginDate), end: at(options.endDate) };
          if (refs.length === 0) throw new DatasetNotFoundError(`${input} holds no ${type} to certify`);
          await open.transaction(async () => {
            await open.registry.registerCollection(output, 'CALIBRATION');
            await open.registry.certify(output, refs, span);
          });
          printResult({ collection: output, certified: refs.length }, `Certified ${refs.length} datasets in ${output}.`, options);
        }),
    );
  registerRemovals(butler);
}

function registerRemovals(butler: Command): void {
  butler
    .command('remove-collections')
    .description('Remove TAGGED, CALIBRATION and CHAINED collections; their datasets stay in their runs.')
    .argument('<repo>')
    .argument('<glob...>')
    .option('--remove-from-parents', 'take them out of chains first')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, globs: string[], options: OutputOptions & { removeFromParents?: boolean }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          for (const { name } of await chosen(open, globs, ['TAGGED', 'CALIBRATION', 'CHAINED'])) {
            if (options.removeFromParents)
              for (const parent of await open.registry.collectionParents(name)) await open.registry.editChain(parent, 'remove', [name]);
            await open.registry.removeCollection(name);
            printResult({ removed: name }, `Removed ${name}.`, options);
          }
        }),
    );
  butler
    .command('remove-runs')
    .description('Remove RUN collections with all their datasets and files.')
    .argument('<repo>')
    .argument('<glob...>')
    .option('--force', 'also take them out of chains')
    .option('--dry-run', 'say what would go, and do nothing')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, globs: string[], options: OutputOptions & { force?: boolean; dryRun?: boolean }) =>
        await withButler(repo, { writeable: !options.dryRun }, async (open) => {
          const runs = (await chosen(open, globs, ['RUN'])).map((run) => run.name);
          const report = await removeRuns(open, runs, {
            unlink: (options.force ?? false) || (options.dryRun ?? false),
            dryRun: options.dryRun ?? false,
            ...longWork('removing', options),
          });
          printResult(
            { runs, ...report, dryRun: options.dryRun ?? false },
            `${options.dryRun ? 'Would remove' : 'Removed'} ${runs.length} runs with ${report.datasets} datasets (${report.bytes} bytes).`,
            options,
          );
        }),
    );
}

/** Takes children out by their places in the chain; the first unless told. @throws {QueryError} for a place that there is not. */
async function popChildren(open: Butler, chain: string, places: readonly string[]): Promise<readonly string[]> {
  const { children } = await open.registry.getCollection(chain);
  const gone = (places.length > 0 ? places : ['0']).map((text) => {
    const name = /^-?\d+$/.test(text) ? children.at(Number(text)) : undefined;
    if (name === undefined) throw new QueryError(`${chain} has the places 0 to ${children.length - 1}; found ${text}`);
    return name;
  });
  return await open.registry.editChain(chain, 'remove', gone);
}

/** Prints which chains hold each collection, as a table or from the inside out. */
async function printParents(
  open: Butler,
  found: readonly CollectionRecord[],
  options: OutputOptions & { readonly chains: string },
): Promise<void> {
  const rows = await Promise.all(
    found.map(async ({ name, type }) => ({ name, type, parents: await open.registry.collectionParents(name) })),
  );
  if (options.json || options.chains === 'inverse-table') {
    printRows(rows, options, ['name', 'type', 'parents']);
    return;
  }
  const print = async (name: string, type: string, depth: number): Promise<void> => {
    console.log(`${'  '.repeat(depth)}${name}  ${type}`);
    for (const parent of await open.registry.collectionParents(name)) await print(parent, 'CHAINED', depth + 1);
  };
  for (const { name, type } of found) await print(name, type, 0);
}

/** Collections by name or glob. @throws {UnknownCollectionError} for a name that is not registered, {CollectionTypeError} for another type. */
async function chosen(open: Butler, globs: readonly string[], types: readonly CollectionType[]): Promise<readonly CollectionRecord[]> {
  for (const name of globs) {
    if (/[*?[]/.test(name)) continue;
    const { type } = await open.registry.getCollection(name);
    if (!types.includes(type))
      throw new CollectionTypeError(`${name} is ${type}; ${type === 'RUN' ? 'remove-runs' : 'remove-collections'} removes those`);
  }
  const found = await open.registry.queryCollections(globs, { types });
  if (found.length === 0) console.error(`No ${types.join(', ')} collection matches ${globs.join(', ')}.`);
  return found;
}

async function printTree(open: Butler, found: readonly CollectionRecord[]): Promise<void> {
  const known = new Map((await open.registry.queryCollections()).map((collection) => [collection.name, collection]));
  const print = (collection: CollectionRecord, depth: number): void => {
    console.log(`${'  '.repeat(depth)}${collection.name}  ${collection.type}`);
    for (const child of collection.children) print(known.get(child)!, depth + 1);
  };
  for (const collection of found) print(collection, 0);
}
