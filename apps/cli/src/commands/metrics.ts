import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parse } from 'yaml';
import { openFile, writeFileAtomic } from '@almagest/resources';
import { concatTables, findColumn, selectColumns, type Table, takeRows } from '@almagest/table';
import {
  buildVerificationMatrix,
  catalogColumnsOf,
  compareToTruth,
  type EvaluatedMetric,
  evaluateMetrics,
  formatMetricsHtml,
  makeMetricsReport,
  matchedCatalogOf,
  type MatrixRow,
  type MetricsReport,
  type MetricTrend,
  measureKpm,
  measurementsOfTruth,
  metricTrends,
  parseMetricsReport,
  parseRequirements,
  parseThresholds,
  readMeasurementTable,
  SCIENCE_THRESHOLDS,
  testResultsOf,
  TRUTH_THRESHOLDS,
  truthOfExposure,
  truthOfObjects,
  VerificationFormatError,
} from '@almagest/verification';

interface OutputFlags {
  readonly json?: boolean;
  readonly out?: string;
  readonly html?: string;
  readonly run?: string;
  readonly thresholds?: string;
}

/** Adds `almagest metrics`. */
export function register(program: Command): void {
  const metrics = program.command('metrics').description('Key performance metrics: measure, judge, report, compare with the truth.');
  addKpm(metrics);
  addTruth(metrics);
  addReport(metrics);
}

function addKpm(metrics: Command): void {
  outputs(
    metrics
      .command('kpm')
      .description('Measure PA1, PA2, PF1, AM, AD, AF, AB and TE of matched catalogues.')
      .argument('<catalog...>', 'measurements of several visits: FITS, Parquet, CSV, VOTable, ...; several files are one catalogue'),
  )
    .option('--min-objects <count>', 'fewest stars for the photometric metrics', wholeNumber, 10)
    .option('--radii <arcmin>', 'distances of the pairs of AM, AD and AF, separated by commas', numbers, [5, 20, 200])
    .option('--reference-band <band>', 'band that AB1 compares with', 'r')
    .option('--match-radius <arcsec>', 'radius that makes rows of several visits one object, where no column does', Number, 0.5)
    .addHelpText(
      'after',
      `
Columns: object or objectId (else rows are matched by position), visit, band, coord_ra and coord_dec [deg, or rad by unit],
psfFlux and psfFluxErr [nJy] or psfMag and psfMagErr; optional extendedness, pixelFlags_*, detect_isPrimary, ixx ... ixyPSF.
Matched catalogues of the field's own calculators are read as they are.

Examples:
  almagest metrics kpm matched.fits.gz --json
  almagest metrics kpm visits/*.parquet --html metrics.html --out metrics.json --run w_2026_47`,
    )
    .action(
      async (files: string[], flags: OutputFlags & { minObjects: number; radii: number[]; referenceBand: string; matchRadius: number }) => {
        const catalog = matchedCatalogOf(await loadAll(files), { radiusArcsec: flags.matchRadius });
        const measured = measureKpm(catalog, {
          minObjects: flags.minObjects,
          radiiArcmin: flags.radii,
          referenceBand: flags.referenceBand,
        });
        await finish(evaluateMetrics(measured, await thresholdsOf(flags, SCIENCE_THRESHOLDS)), flags, files[0] ?? '');
      },
    );
}

function addTruth(metrics: Command): void {
  outputs(
    metrics
      .command('truth')
      .description('Compare a catalogue with the truth of a simulation: completeness, purity, bias, scatter, pulls.')
      .argument('<catalog>', 'table with ra, dec [deg], psfFlux, psfFluxErr [nJy]')
      .argument('<truth>', 'table of the simulator: sources (with --exposure) or objects (with --band)'),
  )
    .option('--exposure <id>', 'exposure to compare, for a table of sources')
    .option('--detector <number>', 'detector to compare', wholeNumber)
    .option('--band <letter>', 'band of the catalogue, for a table of objects')
    .option('--radius <arcsec>', 'largest distance of a match', Number, 0.5)
    .option('--mag-tolerance <mag>', 'largest difference of magnitudes of a match', Number)
    .option('--isolation <arcsec>', 'leave blends within this distance out of the accuracy', Number, 3)
    .addHelpText(
      'after',
      '\nExample:\n  almagest metrics truth source.parquet truth/sources.parquet --exposure 2026031400030 --detector 0 --mag-tolerance 1',
    )
    .action(
      async (
        file: string,
        truthFile: string,
        flags: OutputFlags & {
          exposure?: string;
          detector?: number;
          band?: string;
          radius: number;
          magTolerance?: number;
          isolation: number;
        },
      ) => {
        const truthTable = await load(truthFile);
        const truth =
          flags.band === undefined
            ? truthOfExposure(truthTable, {
                ...(flags.exposure === undefined ? {} : { exposureId: BigInt(flags.exposure) }),
                ...(flags.detector === undefined ? {} : { detector: flags.detector }),
              })
            : truthOfObjects(truthTable, flags.band);
        const comparison = compareToTruth(catalogColumnsOf(rowsOf(await load(file), flags)), truth, {
          radiusArcsec: flags.radius,
          isolationArcsec: flags.isolation,
          ...(flags.magTolerance === undefined ? {} : { magTolerance: flags.magTolerance }),
        });
        const measured = measurementsOfTruth(comparison, flags.band);
        await finish(evaluateMetrics(measured, await thresholdsOf(flags, TRUTH_THRESHOLDS)), flags, file);
      },
    );
}

function addReport(metrics: Command): void {
  metrics
    .command('report')
    .description(
      'Put reports of metrics together: latest values, trends between runs, verification matrix. Exit code 2 where a requirement fails.',
    )
    .argument('<report...>', 'JSON reports that kpm or truth wrote with --out')
    .option('--html <path>', 'write a page that stands alone')
    .option('--requirements <yaml>', 'requirements and how each is verified')
    .option('--tests <json>', 'results of tests, as vitest --reporter=json writes them')
    .option('--json', 'print one JSON line')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest metrics report monday.json tuesday.json --html trends.html\n  almagest metrics report metrics.json --requirements docs/requirements.yaml --tests tests.json --json',
    )
    .action(async (files: string[], flags: { html?: string; requirements?: string; tests?: string; json?: boolean }) => {
      const reports = await Promise.all(files.map(async (file) => parseMetricsReport(await document(file), file)));
      const trends = metricTrends(reports);
      const newest = reports.toSorted((a, b) => (a.created < b.created ? -1 : 1)).at(-1);
      if (!newest) return;
      const current: MetricsReport = { ...newest, metrics: trends.map(({ last }) => last) };
      const matrix = flags.requirements === undefined ? [] : await matrixOf(flags.requirements, current.metrics, flags.tests);
      if (flags.html !== undefined)
        await writeFileAtomic(flags.html, formatMetricsHtml(current, { ...(reports.length > 1 ? { trends } : {}), matrix }));
      if (matrix.some(({ result }) => result === 'failed')) process.exitCode = 2;
      if (flags.json) console.log(JSON.stringify({ ...current, trends, matrix }));
      else console.log([textOf(current.metrics), trendText(trends, reports.length), matrixText(matrix)].filter(Boolean).join('\n\n'));
    });
}

async function matrixOf(path: string, found: readonly EvaluatedMetric[], testsPath: string | undefined): Promise<readonly MatrixRow[]> {
  const tests = testsPath === undefined ? [] : testResultsOf(await document(testsPath));
  return buildVerificationMatrix(parseRequirements(await document(path)), { metrics: found, tests });
}

function outputs(command: Command): Command {
  return command
    .option('--thresholds <yaml>', 'thresholds in place of the science requirements')
    .option('--run <name>', 'name of the run in the report (default: the file)')
    .option('--out <path>', 'write the report as JSON')
    .option('--html <path>', 'write the report as a page that stands alone')
    .option('--json', 'print the report as one JSON line');
}

async function finish(metrics: readonly EvaluatedMetric[], flags: OutputFlags, file: string): Promise<void> {
  const report = makeMetricsReport(metrics, { run: flags.run ?? basename(file), created: new Date().toISOString() });
  if (flags.out !== undefined) await writeFileAtomic(flags.out, `${JSON.stringify(report, null, 1)}\n`);
  if (flags.html !== undefined) await writeFileAtomic(flags.html, formatMetricsHtml(report));
  console.log(flags.json ? JSON.stringify(report) : textOf(metrics));
}

async function thresholdsOf(flags: OutputFlags, standard: typeof SCIENCE_THRESHOLDS): Promise<typeof SCIENCE_THRESHOLDS> {
  return flags.thresholds === undefined ? standard : parseThresholds(await document(flags.thresholds));
}

/** Several tables as one, with the columns that all of them have. */
async function loadAll(files: readonly string[]): Promise<Table> {
  const tables: Table[] = [];
  for (const file of files) tables.push(await load(file));
  const [first] = tables;
  if (!first || tables.length === 1) return first ?? { columns: [], nrows: 0, meta: {} };
  const shared = first.columns
    .map(({ name }) => name)
    .filter((name) => tables.every(({ columns }) => columns.some((c) => c.name === name)));
  return concatTables(tables.map((table) => selectColumns(table, shared)));
}

/** Rows of one exposure and detector, where the table has several and the flags name them. */
function rowsOf(table: Table, { exposure, detector }: { readonly exposure?: string; readonly detector?: number }): Table {
  const visits = findColumn(table, 'visit')?.data;
  const detectors = findColumn(table, 'detector')?.data;
  const rows = Int32Array.from({ length: table.nrows }, (_, row) => row).filter(
    (row) =>
      (exposure === undefined || !visits || String(visits[row]) === exposure) &&
      (detector === undefined || !detectors || Number(detectors[row]) === detector),
  );
  return rows.length === table.nrows ? table : takeRows(table, rows);
}

async function load(path: string): Promise<Table> {
  await using file = await openFile(path);
  return await readMeasurementTable(file, { name: path });
}

/** A YAML or JSON file. */
async function document(path: string): Promise<unknown> {
  await using file = await openFile(path);
  const text = new TextDecoder().decode(await file.read(0, file.size));
  try {
    return parse(text);
  } catch (error) {
    throw new VerificationFormatError(
      `${path} must be YAML or JSON; found ${error instanceof Error ? error.message.split('\n')[0] : 'something else'}`,
      {
        cause: error,
        details: { where: path, found: '' },
      },
    );
  }
}

function textOf(metrics: readonly EvaluatedMetric[]): string {
  const width = Math.max(6, ...metrics.map(({ name }) => name.length));
  return metrics
    .map(({ name, band = '', value, unit, count, verdict }) => {
      const shown = value === null ? '-' : String(Number(value.toPrecision(6)));
      return `${name.padEnd(width)}  ${band.padEnd(2)} ${shown.padStart(12)} ${unit.padEnd(4)}  ${String(count).padStart(8)}  ${verdict}`;
    })
    .join('\n');
}

function trendText(trends: readonly MetricTrend[], reports: number): string {
  if (reports < 2) return '';
  return trends
    .filter(({ change }) => change !== null)
    .map(({ name, band, points, change }) => {
      const values = points.map(({ value }) => (value === null ? '-' : String(Number(value.toPrecision(4)))));
      return `${name}${band === undefined ? '' : ` ${band}`}: ${values.join(' -> ')} (${(100 * (change ?? 0)).toFixed(1)} %)`;
    })
    .join('\n');
}

function matrixText(matrix: readonly MatrixRow[]): string {
  return matrix
    .map(({ id, title, result, evidence }) => `${result.padEnd(7)} ${id}  ${title}: ${evidence.map(({ text }) => text).join('; ')}`)
    .join('\n');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function numbers(text: string): number[] {
  const values = text.split(',').map(Number);
  if (!values.every((value) => value > 0 && value <= 600))
    throw new InvalidArgumentError('expected numbers above 0 and up to 600, separated by commas');
  return values;
}
