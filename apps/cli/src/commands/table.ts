import { basename } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { openFile, writeFileAtomic } from '@almagest/resources';
import {
  type Column,
  formatOfName,
  readTable,
  selectColumns,
  sliceRows,
  type Table,
  TABLE_FORMATS,
  type TableFormat,
  UnsupportedTableError,
  writeJsonLines,
  writeTable,
} from '@almagest/table';
import { KEEPS, matchTables } from './table-match.ts';

interface ReadOptions {
  readonly from?: TableFormat;
  readonly hdu?: string;
  readonly lenient?: boolean;
  readonly json?: boolean;
}

/** Adds `almagest table`. */
export function register(program: Command): void {
  const table = program
    .command('table')
    .description('Look into tables and convert them: VOTable, FITS, CSV, TSV, ECSV, JSON, Parquet, Arrow.');
  table.addHelpText('after', '\nFormats are recognized by content, then by name; gzip files are unpacked.');
  reading(table.command('info').description('Say what columns and rows tables have.').argument('<file...>', 'files of any format'))
    .addHelpText('after', '\nExamples:\n  almagest table info stars.vot\n  almagest table info --json night/*.parquet')
    .action(async (files: string[], options: ReadOptions) => {
      for (const file of files) printInfo(file, await load(file, options), options);
    });
  reading(table.command('head').description('Print the first rows.').argument('<file>', 'a file of any format'))
    .option('-n, --rows <count>', 'rows to print', wholeNumber, 10)
    .option('-c, --columns <names>', 'columns, separated by commas', names)
    .addHelpText('after', '\nExamples:\n  almagest table head -n 5 stars.vot\n  almagest table head --json -c ra,dec stars.fits')
    .action(async (file: string, options: ReadOptions & { rows: number; columns?: string[] }) => {
      const whole = await load(file, options);
      const shown = sliceRows(options.columns ? selectColumns(whole, options.columns) : whole, 0, options.rows);
      if (options.json) process.stdout.write(writeJsonLines(shown));
      else console.log(textTable(shown));
    });
  reading(
    table
      .command('convert')
      .description('Convert a table to another format.')
      .argument('<in>', 'file to read')
      .argument('<out>', 'file to write'),
  )
    .option('-t, --to <format>', `format to write (default by name): ${TABLE_FORMATS.join(', ')}`, tableFormat)
    .option('-c, --columns <names>', 'columns to keep, separated by commas', names)
    .option('--overwrite', 'replace the output file')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest table convert stars.fits stars.vot\n  almagest table convert --to votable-binary2 stars.csv stars.xml\n  almagest table convert -c id,ra,dec survey.vot.gz survey.parquet',
    )
    .action(async (input: string, output: string, options: ReadOptions & { to?: TableFormat; columns?: string[]; overwrite?: boolean }) => {
      const format = formatFor(output, options.to);
      const whole = await load(input, options);
      const kept = options.columns ? selectColumns(whole, options.columns) : whole;
      const bytes = await writeFileAtomic(output, writeTable(kept, format), { exclusive: !options.overwrite, durable: false });
      if (options.json)
        console.log(JSON.stringify({ in: input, out: output, format, rows: kept.nrows, columns: kept.columns.length, bytes }));
      else console.log(`${output}: ${kept.nrows} rows, ${kept.columns.length} columns, ${bytes} bytes of ${format}`);
    });
  addMatch(table);
}

function addMatch(table: Command): void {
  reading(
    table
      .command('match')
      .description('Join two tables by position on the sky.')
      .argument('<a>', 'file to read')
      .argument('<b>', 'file to read')
      .argument('<out>', 'file to write'),
  )
    .requiredOption('-r, --radius <arcsec>', 'largest separation', arcsec)
    .addOption(
      new Option('--keep <pairs>', 'which pairs: each row once, the nearest of B for each row of A, or all')
        .choices(KEEPS)
        .default('one-to-one'),
    )
    .option('--columns-a <ra,dec>', 'position columns of A [deg]', twoNames, ['ra', 'dec'])
    .option('--columns-b <ra,dec>', 'position columns of B [deg]', twoNames, ['ra', 'dec'])
    .option('-t, --to <format>', 'format to write (default by name)', tableFormat)
    .option('--overwrite', 'replace the output file')
    .addHelpText('after', '\nExample:\n  almagest table match gaia.fits sdss.vot both.fits --radius 0.5 --columns-b RAJ2000,DEJ2000')
    .action(async (a: string, b: string, output: string, options: ReadOptions & MatchOptions) => {
      const format = formatFor(output, options.to);
      const [first, second] = [await load(a, options), await load(b, options)];
      const matched = matchTables(first, second, {
        radiusArcsec: options.radius,
        keep: options.keep,
        first: options.columnsA,
        second: options.columnsB,
      });
      const bytes = await writeFileAtomic(output, writeTable(matched, format), { exclusive: !options.overwrite, durable: false });
      if (options.json)
        console.log(JSON.stringify({ a, b, out: output, format, rows: matched.nrows, columns: matched.columns.length, bytes }));
      else console.log(`${output}: ${matched.nrows} pairs of ${first.nrows} and ${second.nrows} rows, ${bytes} bytes of ${format}`);
    });
}

interface MatchOptions {
  readonly radius: number;
  readonly keep: (typeof KEEPS)[number];
  readonly columnsA: readonly [string, string];
  readonly columnsB: readonly [string, string];
  readonly to?: TableFormat;
  readonly overwrite?: boolean;
}

function formatFor(output: string, wanted: TableFormat | undefined): TableFormat {
  const format = wanted ?? formatOfName(output);
  if (!format)
    throw new UnsupportedTableError(`the name "${basename(output)}" tells no format; give one with --to`, { details: { format: output } });
  return format;
}

function reading(command: Command): Command {
  return command
    .option('-f, --from <format>', 'format to read, where the content does not tell', tableFormat)
    .option('--hdu <hdu>', 'HDU of a FITS file, by number or name')
    .option('--lenient', 'make cells that do not fit their type null')
    .option('--json', 'JSON lines');
}

async function load(path: string, options: ReadOptions): Promise<Table> {
  await using file = await openFile(path);
  return await readTable(file, {
    name: path,
    ...(options.from ? { format: options.from } : {}),
    ...(options.hdu === undefined ? {} : { hdu: /^\d+$/.test(options.hdu) ? Number(options.hdu) : options.hdu }),
    ...(options.lenient ? { onBadCell: 'null' as const } : {}),
  });
}

function printInfo(file: string, table: Table, options: ReadOptions): void {
  const columns = table.columns.map(({ name, datatype, shape, unit, ucd, description, nulls }) => ({
    name,
    datatype,
    shape,
    unit,
    ucd,
    description,
    nulls: nulls?.reduce((n, flag) => n + (flag ? 1 : 0), 0) ?? 0,
  }));
  if (options.json) {
    console.log(JSON.stringify({ file, name: table.meta.name, description: table.meta.description, rows: table.nrows, columns }));
    return;
  }
  console.log(`${file}: ${table.meta.name ? `"${table.meta.name}", ` : ''}${table.nrows} rows, ${columns.length} columns`);
  for (const column of columns) {
    const type = `${column.datatype}${column.shape.length > 0 ? `[${column.shape.map((n) => (n === -1 ? '*' : n)).join(',')}]` : ''}`;
    const parts = [column.unit && `[${column.unit}]`, column.ucd, column.nulls > 0 && `${column.nulls} null`, column.description];
    console.log(`  ${column.name.padEnd(24)} ${type.padEnd(14)} ${parts.filter(Boolean).join('  ')}`.trimEnd());
  }
}

/** Columns side by side, numbers to the right. */
function textTable(table: Table): string {
  const cells = table.columns.map((column) => Array.from({ length: table.nrows }, (_, row) => cellText(column, table, row)));
  const widths = table.columns.map((column, i) =>
    Math.min(40, Math.max(column.name.length, ...(cells[i] ?? []).map((text) => text.length))),
  );
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (table.columns[i]?.datatype === 'string' ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const rows = Array.from({ length: table.nrows }, (_, row) => line(cells.map((column) => column[row] ?? '')));
  return [line(table.columns.map((column) => column.name)), line(widths.map((width) => '-'.repeat(width))), ...rows].join('\n');
}

function cellText(column: Column, table: Table, row: number): string {
  const json = new TextDecoder().decode(writeJsonLines(sliceRows({ ...table, columns: [column] }, row, row + 1)));
  const text = json.slice(JSON.stringify(column.name).length + 2, -2);
  const plain = text === 'null' ? '' : column.datatype === 'string' && column.shape.length === 0 ? (JSON.parse(text) as string) : text;
  return plain.length > 40 ? `${plain.slice(0, 39)}…` : plain;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function arcsec(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 36_000)) throw new InvalidArgumentError('expected arcseconds above 0, 36000 at most');
  return value;
}

function twoNames(text: string): readonly [string, string] {
  const [ra, dec, more] = names(text);
  if (!ra || !dec || more !== undefined) throw new InvalidArgumentError('expected two names, as in ra,dec');
  return [ra, dec];
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function tableFormat(text: string): TableFormat {
  const found = TABLE_FORMATS.find((format) => format === text);
  if (!found) throw new InvalidArgumentError(`expected one of ${TABLE_FORMATS.join(', ')}`);
  return found;
}
