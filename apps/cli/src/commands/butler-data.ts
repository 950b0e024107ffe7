import {
  applyRetention,
  type Butler,
  checkRepository,
  type DatasetRef,
  exportToFolder,
  importDatasets,
  ingestBundle,
  parseRetentionRules,
  pruneDatasets,
  QueryError,
  retrieveArtifacts,
  transferDatasets,
  type TransferMode,
  writeBundle,
} from '@almagest/butler';
import { taiNsFromUnixNs } from '@almagest/time';
import { type Command, Option } from 'commander';
import { collect, type OutputOptions, printResult, printRows, longWork, readYaml, TRANSFER_MODES, withButler } from './butler-output.ts';

interface Selection extends OutputOptions {
  readonly datasetType?: readonly string[];
  readonly collections?: readonly string[];
  readonly where?: string;
  readonly findFirst?: boolean;
  readonly transfer?: TransferMode;
  readonly dryRun?: boolean;
}

/** Verbs that move, check and remove data. */
export function registerData(butler: Command): void {
  selecting(
    butler
      .command('retrieve-artifacts')
      .description('Copy the files of datasets out of a repository.')
      .argument('<repo>')
      .argument('<folder>'),
  )
    .option('--no-preserve-path', 'all files into one folder')
    .option('--overwrite', 'replace files that are there')
    .action(
      async (repo: string, folder: string, options: Selection & { preservePath: boolean; overwrite?: boolean }) =>
        await withButler(repo, {}, async (open) => {
          const files = await retrieveArtifacts(open, await select(open, options), folder, {
            preservePath: options.preservePath,
            overwrite: options.overwrite ?? false,
            ...longWork('copying', options),
          });
          printRows(
            files.map((file) => ({ file })),
            options,
          );
        }),
    );
  selecting(
    butler
      .command('transfer-datasets')
      .description('Bring datasets into another repository; those that are there are left alone.')
      .argument('<source>')
      .argument('<target>'),
  )
    .addOption(transferOption('how files come in', 'copy'))
    .action(
      async (source: string, target: string, options: Selection) =>
        await withButler(
          source,
          {},
          async (from) =>
            await withButler(target, { writeable: true }, async (to) => {
              const refs = await transferDatasets(from, to, await select(from, options), {
                mode: options.transfer ?? 'copy',
                ...longWork('transferring', options),
              });
              printResult({ transferred: refs.length }, `Transferred ${refs.length} datasets.`, options);
            }),
        ),
    );
  selecting(
    butler
      .command('export')
      .description('Write datasets and all they refer to into a folder, in the exchange format.')
      .argument('<repo>')
      .argument('<folder>'),
  ).action(
    async (repo: string, folder: string, options: Selection) =>
      await withButler(repo, {}, async (open) => {
        const datasets = await select(open, options);
        const file = await exportToFolder(open, folder, {
          datasets,
          collections: options.collections ?? [],
          ...longWork('exporting', options),
        });
        printResult({ file, datasets: datasets.length }, `Wrote ${file} with ${datasets.length} datasets.`, options);
      }),
  );
  butler
    .command('export-calibs')
    .description('Write the calibrations that collections hold into a folder, with their validity, in the exchange format.')
    .argument('<repo>')
    .argument('<folder>')
    .argument('<collection...>', 'CALIBRATION collections, or chains of them')
    .option('-d, --dataset-type <types>', 'only these types, globs allowed (default: all)', collect)
    .option('--json', 'print JSON')
    .action(
      async (repo: string, folder: string, collections: string[], options: Selection) =>
        await withButler(repo, {}, async (open) => {
          const types = await open.registry.queryDatasetTypes(options.datasetType ?? ['*']);
          const datasetType = types.filter((type) => type.isCalibration).map(({ name }) => name);
          const found = new Map((await select(open, { ...options, datasetType, collections })).map((ref) => [ref.id, ref]));
          const datasets = [...found.values()];
          const file = await exportToFolder(open, folder, { datasets, collections, ...longWork('exporting', options) });
          printResult({ file, datasets: datasets.length }, `Wrote ${file} with ${datasets.length} calibrations.`, options);
        }),
    );
  butler
    .command('import')
    .description('Read a file or folder of the exchange format, made by any release.')
    .argument('<repo>')
    .argument('<file>', 'export file, or folder with export.yaml')
    .addOption(transferOption('how artifacts come in; "none" registers datasets without them', 'auto', ['none']))
    .option('--skip-existing', 'leave alone what is there')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, file: string, options: OutputOptions & { transfer: TransferMode | 'none'; skipExisting?: boolean }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const report = await importDatasets(open, file, {
            mode: options.transfer,
            skipExisting: options.skipExisting ?? false,
            ...longWork('importing', options),
          });
          printResult(
            { ...report },
            `Imported ${report.records} records, ${report.collections} collections, ${report.datasets} datasets.`,
            options,
          );
        }),
    );
  selecting(
    butler
      .command('zip-artifacts')
      .description('Put the files of datasets into one ZIP bundle that a repository can take in whole.')
      .argument('<repo>')
      .argument('<folder>'),
  ).action(
    async (repo: string, folder: string, options: Selection) =>
      await withButler(repo, {}, async (open) => {
        const refs = await select(open, options);
        const bundle = await writeBundle(open, refs, folder, longWork('bundling', options));
        printResult({ bundle, datasets: refs.length }, `Wrote ${bundle} with ${refs.length} datasets.`, options);
      }),
  );
  butler
    .command('ingest-zip')
    .description('Take a ZIP bundle in; it stays one file.')
    .argument('<repo>')
    .argument('<bundle>')
    .addOption(transferOption('how the bundle comes in', 'copy'))
    .option('--skip-existing', 'leave datasets alone that are there')
    .option('--json', 'print one JSON line')
    .action(
      async (repo: string, bundle: string, options: OutputOptions & { transfer: TransferMode; skipExisting?: boolean }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const refs = await ingestBundle(open, bundle, { mode: options.transfer, existing: options.skipExisting ? 'skip' : 'fail' });
          printResult({ datasets: refs.length }, `Ingested ${refs.length} datasets.`, options);
        }),
    );
  registerRemovals(butler);
}

function registerRemovals(butler: Command): void {
  selecting(butler.command('prune-datasets').description('Remove datasets.').argument('<repo>'))
    .option('--unstore', 'delete the files, keep the registry entries')
    .option('--purge', 'delete files and registry entries')
    .option('--disassociate <tags>', 'take them out of these TAGGED collections', collect)
    .option('--dry-run', 'say what would go, and do nothing')
    .action(
      async (repo: string, options: Selection & { unstore?: boolean; purge?: boolean; disassociate?: readonly string[] }) =>
        await withButler(repo, { writeable: !options.dryRun }, async (open) => {
          const { unstore = false, purge = false, dryRun = false, disassociate = [] } = options;
          if (!unstore && !purge && disassociate.length === 0)
            throw new QueryError('say what is to go: --unstore, --purge or --disassociate TAG');
          const report = await pruneDatasets(open, await select(open, options), {
            unstore,
            purge,
            dryRun,
            disassociate,
            ...longWork('removing', options),
          });
          printResult(
            { ...report, dryRun },
            `${dryRun ? 'Would remove' : 'Removed'} ${report.artifacts} files (${report.bytes} bytes) of ${report.datasets} datasets.`,
            options,
          );
        }),
    );
  butler
    .command('retention')
    .description('Apply retention rules; without --execute it only says what would go.')
    .argument('<repo>')
    .argument('<rules>', 'YAML list of { name, datasetTypes, collections, olderThanDays, action }')
    .option('--execute', 'remove')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, file: string, options: OutputOptions & { execute?: boolean }) =>
        await withButler(repo, { writeable: options.execute ?? false }, async (open) => {
          const rules = parseRetentionRules(await readYaml(file));
          const now = taiNsFromUnixNs(BigInt(Date.now()) * 1_000_000n);
          printRows(
            (await applyRetention(open, rules, { now, dryRun: !options.execute, ...longWork('applying rules', options) })).map(
              (report) => ({ ...report }),
            ),
            options,
          );
        }),
    );
  butler
    .command('fsck')
    .description('Compare files with the registry; exit code 2 where they disagree.')
    .argument('<repo>')
    .option('--checksums', 'read every file and compare its checksum')
    .option('--repair', 'finish what killed processes left, forget missing files, set orphans aside')
    .option('--json', 'print the report as one JSON line')
    .action(
      async (repo: string, options: OutputOptions & { checksums?: boolean; repair?: boolean }) =>
        await withButler(repo, { writeable: options.repair ?? false }, async (open) => {
          const report = await checkRepository(open, {
            checksums: options.checksums ?? false,
            repair: options.repair ?? false,
            ...longWork('checking', options),
          });
          printResult({ ...report }, `${report.artifacts} files, ${report.bytes} bytes, ${report.problems.length} problems.`, options);
          if (!options.json)
            for (const { kind, path, detail, repaired } of report.problems)
              console.log(`${kind}  ${path}: ${detail}${repaired ? ' (repaired)' : ''}`);
          if (report.problems.some((problem) => !problem.repaired)) process.exitCode = 2;
        }),
    );
}

function transferOption(text: string, usual: TransferMode, more: readonly string[] = []): Option {
  return new Option('-t, --transfer <mode>', text).choices([...TRANSFER_MODES, ...more]).default(usual);
}

function selecting(command: Command): Command {
  return command
    .requiredOption('-d, --dataset-type <types>', 'dataset types, globs allowed', collect)
    .requiredOption('--collections <names>', 'collections to search', collect)
    .option('--where <expression>', 'restriction')
    .option('--find-first', 'only the first dataset of each data ID')
    .option('--json', 'print JSON');
}

async function select(open: Butler, options: Selection): Promise<readonly DatasetRef[]> {
  const refs: DatasetRef[] = [];
  for (const type of options.datasetType ?? [])
    refs.push(
      ...(await open.queryDatasets(type, {
        collections: options.collections ?? [],
        findFirst: options.findFirst ?? false,
        ...(options.where ? { where: options.where } : {}),
      })),
    );
  if (refs.length === 0 && !options.json) console.error('No dataset matches; almagest butler query-datasets with --explain says why.');
  return refs;
}
