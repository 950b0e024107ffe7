import { existsSync, globSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  Butler,
  type DataId,
  defineVisits,
  DimensionUniverse,
  type Grouping,
  GROUPINGS,
  ingestFiles,
  ingestRaws,
  QueryError,
  registerInstrument,
  StorageClassError,
  type TransferMode,
  UnknownDatasetTypeError,
  writeCuratedCalibrations,
} from '@almagest/butler';
import { type Camera, loadCamera } from '@almagest/instrument';
import { FileNotFoundError } from '@almagest/resources';
import { parseCsv, rowsOf } from '@almagest/table';
import { type Command, Option } from 'commander';
import { NoRawsError } from '../survey/errors.ts';
import { suggest } from '../suggest.ts';
import {
  collect,
  type OutputOptions,
  printResult,
  printRows,
  longWork,
  countOf,
  readInput,
  readYaml,
  refRow,
  TRANSFER_MODES,
  withButler,
} from './butler-output.ts';

const transfer = (): Option => new Option('-t, --transfer <mode>', 'how files come in').choices(TRANSFER_MODES).default('auto');

interface CreateFlags extends OutputOptions {
  readonly database?: string;
  readonly namespace?: string;
  readonly universe?: string;
  readonly artifacts?: string;
  readonly disassemble?: readonly string[];
}

/** Verbs that make a repository and bring data into it. */
export function registerSetUp(butler: Command): void {
  butler
    .command('create')
    .description('Make an empty repository.')
    .argument('<repo>', 'new folder')
    .option('--database <address>', 'registry database: postgresql://user@host/name (default: SQLite in the folder)')
    .option('--namespace <schema>', 'schema inside a PostgreSQL database')
    .option('--universe <file>', 'dimension universe as YAML (default: version 8)')
    .option('--artifacts <place>', 'where artifacts go: a folder, or s3://bucket/prefix (default: the repository)')
    .option('--disassemble <names>', 'storage classes or dataset types whose composites are stored in parts', collect)
    .option('--json', 'print one JSON line')
    .action(async (repo: string, options: CreateFlags) => {
      const universe =
        options.universe === undefined ? DimensionUniverse.standard() : new DimensionUniverse(await readYaml(options.universe));
      const made = await Butler.create(repo, {
        universe,
        ...(options.database ? { database: options.database } : {}),
        ...(options.namespace ? { namespace: options.namespace } : {}),
        ...(options.artifacts ? { artifacts: options.artifacts } : {}),
        ...(options.disassemble
          ? { composites: { default: false, disassembled: Object.fromEntries(options.disassemble.map((name) => [name, true])) } }
          : {}),
      });
      await made.close();
      printResult(
        { repository: resolve(repo), universe: universe.version },
        `Made ${resolve(repo)} with universe ${universe.namespace} ${universe.version}.`,
        options,
      );
    });
  butler
    .command('register-instrument')
    .description('Register cameras: instrument, detectors, filters, visit systems.')
    .argument('<repo>')
    .argument('<camera...>', 'names of cameras that ship, or camera files')
    .option('--update', 'bring changes of the camera file into an instrument that is registered')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, cameras: string[], options: OutputOptions & { update?: boolean }) =>
        await withButler(repo, { writeable: true }, async (open) => {
          for (const name of cameras) {
            const camera = findCamera(name);
            await registerInstrument(open, camera, { update: options.update ?? false });
            printResult(
              { instrument: camera.name, detectors: camera.detectors.length, filters: camera.filters.length },
              `Registered ${camera.name}: ${camera.detectors.length} detectors, ${camera.filters.length} filters.`,
              options,
            );
          }
        }),
    );
  butler
    .command('register-dataset-type')
    .description('Register a dataset type.')
    .argument('<repo>')
    .argument('<name>')
    .argument('<storage-class>')
    .argument('[dimension...]')
    .option('--is-calibration', 'may be certified into CALIBRATION collections')
    .option('--json', 'print one JSON line')
    .action(
      async (
        repo: string,
        name: string,
        storageClass: string,
        dimensions: string[],
        options: OutputOptions & { isCalibration?: boolean },
      ) =>
        await withButler(repo, { writeable: true }, async (open) => {
          // One that is not known could be neither written nor read.
          if (!open.storageClasses.has(storageClass)) throw unknownClass(storageClass, open.storageClasses.names);
          const fresh = await open.registerDatasetType({ name, storageClass, dimensions, isCalibration: options.isCalibration ?? false });
          printResult({ name, new: fresh }, fresh ? `Registered ${name}.` : `${name} is registered already.`, options);
        }),
    );
  butler
    .command('remove-dataset-type')
    .description('Remove dataset types that have no datasets.')
    .argument('<repo>')
    .argument('<name...>', 'names, globs allowed')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, names: string[], options: OutputOptions) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const found = await open.registry.queryDatasetTypes(names);
          if (found.length === 0) throw new UnknownDatasetTypeError(`no dataset type matches ${names.join(', ')}`);
          for (const { name } of found) {
            await open.registry.removeDatasetType(name);
            printResult({ removed: name }, `Removed ${name}.`, options);
          }
        }),
    );
  registerIngest(butler);
}

function registerIngest(butler: Command): void {
  butler
    .command('ingest-raws')
    .description('Ingest raw frames. Repeat it to go on after a stop; what is there is skipped.')
    .argument('<repo>')
    .argument('<file...>', 'files, folders (searched for FITS files) or globs')
    .addOption(transfer())
    .option('--output-run <run>', 'RUN collection (default: <instrument>/raw/all)')
    .option('--camera <name...>', 'cameras to try: names or files (default: all that ship)')
    .option('--corrections <folder...>', 'folders with header corrections')
    .option('-j, --processes <n>', 'headers read at once', countOf('--processes'), 16)
    .option('--update-records', 'replace exposure records that differ')
    .option('--fail-fast', 'stop at the first file that fails')
    .option('--json', 'print the report as one JSON line')
    .addHelpText(
      'after',
      '\nA file that fails is reported and the others go on; the exit code is then 2.\n\nExample:\n  almagest butler ingest-raws repo night/*.fits -t symlink',
    )
    .action(
      async (
        repo: string,
        files: string[],
        options: OutputOptions & {
          transfer: TransferMode;
          outputRun?: string;
          camera?: string[];
          corrections?: string[];
          processes: number;
          updateRecords?: boolean;
          failFast?: boolean;
        },
      ) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const paths = expandFiles(files);
          if (paths.length === 0) throw new NoRawsError(`no FITS file is in ${files.join(', ')}`, { details: { paths: files } });
          for (const folder of options.corrections ?? []) requireFolder(folder);
          const report = await ingestRaws(open, paths, {
            mode: options.transfer,
            parallel: Math.max(1, options.processes),
            updateRecords: options.updateRecords ?? false,
            failFast: options.failFast ?? false,
            ...longWork('ingesting', options),
            ...(options.outputRun === undefined ? {} : { run: options.outputRun }),
            ...(options.camera ? { cameras: options.camera.map(findCamera) } : {}),
            ...(options.corrections ? { corrections: options.corrections } : {}),
          });
          printResult(
            { ingested: report.ingested.length, skipped: report.skipped, failures: report.failures },
            `Ingested ${report.ingested.length} datasets, skipped ${report.skipped} files, ${report.failures.length} failed.`,
            options,
          );
          if (!options.json) for (const { path, code, message } of report.failures) console.error(`${path}: ${message} [${code}]`);
          if (report.failures.length > 0) process.exitCode = 2;
        }),
    );
  butler
    .command('ingest-files')
    .description('Ingest files that are listed in a table with a column "path" and one column per dimension.')
    .argument('<repo>')
    .argument('<dataset-type>')
    .argument('<run>')
    .argument('<table>', 'CSV file')
    .addOption(transfer())
    .option('--formatter <name>', 'what reads the files (default: by storage class)')
    .option('--prefix <folder>', 'folder of relative paths')
    .option('--skip-existing', 'leave datasets alone that are there')
    .option('--json', 'print JSON lines')
    .action(
      async (
        repo: string,
        type: string,
        run: string,
        file: string,
        options: OutputOptions & { transfer: TransferMode; formatter?: string; prefix?: string; skipExisting?: boolean },
      ) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const items = [];
          if (options.formatter !== undefined) requireFormatter(open, options.formatter);
          for (const row of rowsOf(parseCsv(await readInput(file)))) {
            const { path, ...values } = Object.fromEntries(
              Object.entries(row).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
            );
            if (typeof path !== 'string') throw new QueryError(`${file} needs a text column "path"`);
            const ref = await open.makeRef(type, values as DataId, { run, idMode: 'dataid_type_run' });
            items.push({
              path: resolve(options.prefix ?? '.', path),
              refs: [ref],
              ...(options.formatter ? { formatter: options.formatter } : {}),
            });
          }
          if (items.length === 0) throw new QueryError(`${file} lists no files`);
          printRows(
            (await ingestFiles(open, items, { mode: options.transfer, existing: options.skipExisting ? 'skip' : 'fail' })).map(refRow),
            options,
          );
        }),
    );
  butler
    .command('define-visits')
    .description('Define visits from the science exposures of an instrument; those that are defined are left alone.')
    .argument('<repo>')
    .argument('<camera>', 'name of a camera that ships, or a camera file')
    .option('--instrument <name>', 'instrument, where it is not the name in the camera file')
    .addOption(new Option('--grouping <how>', 'how exposures become visits').choices(GROUPINGS).default('one-to-one'))
    .option('--where <expression>', 'only these exposures')
    .option('--update', 'define again what is defined')
    .option('--json', 'print one JSON line')
    .action(
      async (
        repo: string,
        name: string,
        options: OutputOptions & { instrument?: string; grouping: Grouping; where?: string; update?: boolean },
      ) =>
        await withButler(repo, { writeable: true }, async (open) => {
          const camera = findCamera(name);
          const visits = await defineVisits(open, {
            instrument: options.instrument ?? camera.name,
            camera,
            grouping: options.grouping,
            update: options.update ?? false,
            ...longWork('defining visits', options),
            ...(options.where ? { where: options.where } : {}),
          });
          printResult({ visits }, `Defined ${visits} visits.`, options);
        }),
    );
  butler
    .command('write-curated-calibrations')
    .description('Store what the camera file knows as a calibration that is valid for all time.')
    .argument('<repo>')
    .argument('<camera>')
    .option('--json', 'print JSON lines')
    .action(
      async (repo: string, name: string, options: OutputOptions) =>
        await withButler(repo, { writeable: true }, async (open) =>
          printRows((await writeCuratedCalibrations(open, findCamera(name))).map(refRow), options),
        ),
    );
}

function unknownClass(name: string, known: readonly string[]): StorageClassError {
  const near = suggest(name, known);
  return new StorageClassError(
    `no storage class is named ${JSON.stringify(name)}${near ? `; did you mean ${JSON.stringify(near)}?` : ''}`,
    {
      details: { known },
    },
  );
}

/** A camera that ships, or a file. */
function findCamera(name: string): Camera {
  return loadCamera(existsSync(name) ? resolve(name) : name);
}

/** A formatter of other software is named by its package; a short name is one of ours, or a slip. */
function requireFormatter({ datastore }: Butler, name: string): void {
  if (!name.includes('.')) datastore.formatters.named(name);
}

function requireFolder(path: string): void {
  if (!existsSync(path)) throw new FileNotFoundError(`there is no folder ${path}`, { details: { path } });
}

function expandFiles(patterns: readonly string[]): readonly string[] {
  return patterns.flatMap((pattern) => {
    if (existsSync(pattern))
      return statSync(pattern).isDirectory()
        ? globSync('**/*.{fits,fits.fz,fits.gz,fit}', { cwd: pattern })
            .map((file) => join(pattern, file))
            .toSorted()
        : [pattern];
    return /[*?[]/.test(pattern) ? globSync(pattern).toSorted() : [pattern];
  });
}
