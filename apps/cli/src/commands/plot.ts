import { statSync } from 'node:fs';
import { openFits } from '@almagest/fits';
import { encodeJpeg, encodePng, findImageHdu, readPlacedImage, renderGray, type Stretch } from '@almagest/image';
import { openFile, writeFileAtomic } from '@almagest/resources';
import { readTable, type Table } from '@almagest/table';
import { type Command, Option } from 'commander';
import { PlotError } from '../errors.ts';
import { histogramChart, lightCurveChart } from '../plot/charts-of-tables.ts';
import type { Chart } from '../plot/chart.ts';
import { chartSvg } from '../plot/svg.ts';
import { chartText, pictureText, type TerminalOptions, wantsColour } from '../plot/terminal.ts';

interface OutputFlags {
  readonly out?: string;
  readonly width?: string;
  readonly json?: boolean;
}

interface CurveFlags extends OutputFlags {
  readonly object?: string;
  readonly query?: string;
  readonly time?: string;
  readonly value?: string;
  readonly error?: string;
  readonly band?: string;
  readonly fold?: string;
}

interface HistogramFlags extends OutputFlags {
  readonly column: string;
  readonly query?: string;
  readonly bins: string;
}

interface ImageFlags extends OutputFlags {
  readonly hdu?: string;
  readonly stretch: Stretch;
}

const SOURCE = 'table (CSV, FITS, Parquet, VOTable, ...), or the folder of a survey';

export function register(program: Command): void {
  const plot = program.command('plot').description('Plot a light curve, an image or a histogram: into the terminal, or a file.');
  withOutput(
    plot
      .command('light-curve')
      .description('Plot brightness against time, or against phase.')
      .argument('<source>', SOURCE)
      .option('--object <id>', 'of a survey: forced photometry of this object')
      .option('--query <adql>', 'of a survey: rows that this query gives')
      .option('--time <column>', 'default: midpointMjdTai, or the first that is called like a time')
      .option('--value <column>', 'default: scienceFlux, psfFlux or mag')
      .option('--error <column>', 'default: the value with Err after it')
      .option('--band <column>', 'one colour a band; default: band')
      .option('--fold <days>', 'period to fold by'),
    '.svg',
  )
    .addHelpText(
      'after',
      `
Examples:
  almagest plot light-curve demo-survey --object 8497795799457988611
  almagest plot light-curve LINEAR_11375941.csv --time t --value mag --error magerr --fold 0.10750 -o folded.svg`,
    )
    .action(plotLightCurve);
  withOutput(
    plot
      .command('histogram')
      .description('Plot how the values of a column are distributed.')
      .argument('<source>', SOURCE)
      .requiredOption('--column <name>', 'column of numbers')
      .option('--query <adql>', 'of a survey: rows that this query gives')
      .option('--bins <n>', 'number of bars', '40'),
    '.svg',
  )
    .addHelpText(
      'after',
      `
Examples:
  almagest plot histogram stars.parquet --column gmag
  almagest plot histogram demo-survey --query "SELECT snr FROM survey.DiaSource" --column snr -o snr.svg`,
    )
    .action(plotHistogram);
  withOutput(
    plot
      .command('image')
      .description('Draw an image in grey, sky to bright stars.')
      .argument('<file>', 'FITS file')
      .option('--hdu <number|name>', 'HDU to draw')
      .addOption(new Option('--stretch <stretch>', 'brightness curve').choices(['asinh', 'linear', 'sqrt', 'log']).default('asinh')),
    '.png or .jpg',
  )
    .addHelpText(
      'after',
      `
More of images (parts, colour, limits) is in: almagest image render --help

Examples:
  almagest plot image frame.fits
  almagest plot image frame.fits.fz -o frame.png`,
    )
    .action(plotImage);
}

function withOutput(command: Command, kinds: string): Command {
  return command
    .option('-o, --out <file>', `file to write (${kinds}); default: characters on the terminal`)
    .option('--width <characters>', 'width on the terminal (default: that of the terminal, or 100)')
    .option('--json', 'one JSON object about the file');
}

async function plotLightCurve(source: string, flags: CurveFlags): Promise<void> {
  const query =
    flags.query ??
    (flags.object === undefined ? undefined : `SELECT * FROM survey.DiaForcedSource WHERE diaObjectId = ${wholeNumber(flags.object)}`);
  const table = await tableOf(source, query);
  if (table.nrows === 0)
    throw new PlotError(`there is nothing to plot: no row of ${source}${flags.object ? ` is of object ${flags.object}` : ''}`);
  const period = flags.fold === undefined ? undefined : positive(flags.fold, '--fold');
  const chart = lightCurveChart(table, {
    title: flags.object === undefined ? source : `Object ${flags.object}`,
    ...(flags.time === undefined ? {} : { time: flags.time }),
    ...(flags.value === undefined ? {} : { value: flags.value }),
    ...(flags.error === undefined ? {} : { error: flags.error }),
    ...(flags.band === undefined ? {} : { band: flags.band }),
    ...(period === undefined ? {} : { period }),
  });
  await putChart(chart, flags);
}

async function plotHistogram(source: string, flags: HistogramFlags): Promise<void> {
  const table = await tableOf(source, flags.query);
  await putChart(histogramChart(table, { title: source, column: flags.column, bins: positive(flags.bins, '--bins') }), flags);
}

async function plotImage(file: string, flags: ImageFlags): Promise<void> {
  await using source = await openFile(file);
  const fits = await openFits(source);
  const hdu = flags.hdu === undefined ? await findImageHdu(fits) : await fits.hdu(/^\d+$/.test(flags.hdu) ? Number(flags.hdu) : flags.hdu);
  const picture = renderGray((await readPlacedImage(hdu)).image, { stretch: flags.stretch });
  if (flags.out === undefined) return void process.stdout.write(pictureText(picture, terminal(flags)));
  const kind = /\.(png|jpe?g)$/i.exec(flags.out)?.[1]?.toLowerCase();
  if (kind === undefined) throw new PlotError(`images are written as .png or .jpg; found ${flags.out}`);
  await writeFileAtomic(flags.out, kind === 'png' ? encodePng(picture) : encodeJpeg(picture, 90), { durable: false });
  say(flags, { out: flags.out, width: picture.width, height: picture.height });
}

async function putChart(chart: Chart, flags: OutputFlags): Promise<void> {
  if (flags.out === undefined) return void process.stdout.write(chartText(chart, terminal(flags)));
  if (!flags.out.toLowerCase().endsWith('.svg')) throw new PlotError(`charts are written as .svg; found ${flags.out}`);
  await writeFileAtomic(flags.out, chartSvg(chart), { durable: false });
  say(flags, { out: flags.out, points: chart.series.reduce((n, { x }) => n + x.length, 0) });
}

function say(flags: OutputFlags, report: { readonly out: string } & Readonly<Record<string, unknown>>): void {
  console.log(flags.json ? JSON.stringify(report) : report.out);
}

function terminal(flags: OutputFlags): TerminalOptions {
  const columns = flags.width === undefined ? (process.stdout.columns ?? 100) : positive(flags.width, '--width');
  return { columns, colour: wantsColour(process.stdout, process.env) };
}

async function tableOf(source: string, query: string | undefined): Promise<Table> {
  if (statSync(source, { throwIfNoEntry: false })?.isDirectory()) {
    if (query === undefined) throw new PlotError(`${source} is a folder: say which rows of the survey are meant with --object or --query`);
    // The services are loaded only where they are wanted.
    const { queryTable } = await import('../survey/query-table.ts');
    return await queryTable(source, query);
  }
  await using file = await openFile(source);
  return await readTable(file, { name: source });
}

function positive(text: string, option: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new PlotError(`${option} wants a number above 0; found ${text}`);
  return value;
}

function wholeNumber(text: string): string {
  if (!/^\d+$/.test(text)) throw new PlotError(`--object wants the number of an object; found ${text}`);
  return text;
}
