import { isAbsolute, join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  type CatalogRecord,
  createDuckdbEngine,
  describeCatalog,
  ingestCatalog,
  type IngestOptions,
  listCatalogs,
  openCollection,
  registerHealpix,
  verifyCollection,
} from '@almagest/catalogs';
import { getTable, readSchemaFile, SURVEY_SCHEMAS, surveySchema, type SchemaTable } from '@almagest/schema';

interface ArchiveOptions {
  readonly archive: string;
  readonly json?: boolean;
}

interface IngestFlags extends ArchiveOptions {
  readonly ra: string;
  readonly dec: string;
  readonly kind: 'object' | 'source';
  readonly maxRows: number;
  readonly lowestOrder: number;
  readonly highestOrder: number;
  readonly margin?: number;
  readonly index?: string;
  readonly table?: string;
  readonly release?: string;
  readonly scopes?: string[];
  readonly replace?: boolean;
  readonly append?: boolean;
  readonly dropBadPositions?: boolean;
  readonly memory?: string;
}

/** Adds `almagest catalog`. */
export function register(program: Command): void {
  const catalog = program.command('catalog').description('Catalogues as HEALPix-partitioned Parquet (HATS): ingest, look into, verify.');
  ingest(catalog);
  inArchive(catalog.command('list').description('List the catalogues of an archive folder.'))
    .addHelpText('after', '\nExample:\n  almagest catalog list --archive survey/catalogs')
    .action(async (options: ArchiveOptions) => {
      const records = await listCatalogs(options.archive);
      if (options.json) for (const record of records) console.log(JSON.stringify(summaryOf(record)));
      else for (const record of records) console.log(lineOf(record));
    });
  inArchive(
    catalog.command('describe').description('Say what a catalogue holds.').argument('<catalog>', 'name in the archive, or a folder'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  almagest catalog describe --archive survey/catalogs Source\n  almagest catalog describe --json ./small_sky',
    )
    .action(async (name: string, options: ArchiveOptions) => {
      const record = await describeCatalog(placeOf(name, options));
      if (options.json)
        console.log(
          JSON.stringify({
            ...summaryOf(record),
            columns: record.columns,
            properties: record.collection.primary.properties,
            provenance: record.provenance,
          }),
        );
      else console.log(textOf(record));
    });
  inArchive(
    catalog
      .command('verify')
      .description('Check a catalogue against itself; exit code 2 where something is wrong.')
      .argument('<catalog>', 'name in the archive, or a folder'),
  )
    .option('--no-positions', 'leave out the check of each row against its position')
    .addHelpText('after', '\nExample:\n  almagest catalog verify --archive survey/catalogs Source')
    .action(async (name: string, options: ArchiveOptions & { positions: boolean }) => {
      const engine = await createDuckdbEngine({ prepare: registerHealpix });
      try {
        const result = await verifyCollection(await openCollection(placeOf(name, options)), engine, { positions: options.positions });
        if (result.issues.length > 0) process.exitCode = 2;
        if (options.json) console.log(JSON.stringify({ catalog: name, valid: result.issues.length === 0, ...result }));
        else {
          for (const issue of result.issues) console.log(`${issue.catalog}: ${issue.message}`);
          console.log(
            `${name}: ${result.issues.length === 0 ? 'sound' : `${result.issues.length} faults`}; ${result.rows} rows in ${result.tiles} tiles, ${result.marginRows} rows of margin`,
          );
        }
      } finally {
        await engine.close();
      }
    });
}

function ingest(catalog: Command): void {
  inArchive(
    catalog
      .command('ingest')
      .description('Ingest tables as a catalogue; all or nothing.')
      .argument('<name>', 'name of the catalogue')
      .argument('<file...>', 'files of one format: Parquet, CSV, TSV, FITS, VOTable, ECSV, JSON, Arrow'),
  )
    .option('--ra <column>', 'column of the right ascension [deg]', 'ra')
    .option('--dec <column>', 'column of the declination [deg]', 'dec')
    .option('--kind <kind>', 'object or source', kind, 'object')
    .option('--max-rows <count>', 'most rows of a tile', wholeNumber, 1_000_000)
    .option('--lowest-order <order>', 'coarsest order of a tile', wholeNumber, 0)
    .option('--highest-order <order>', 'finest order of a tile', wholeNumber, 10)
    .option('--margin <arcsec>', 'width of the margin cache', positive)
    .option('--index <column>', 'column to index')
    .option(
      '--table <schema.table>',
      `table whose units and descriptions hold, such as release.Source; schemas: ${SURVEY_SCHEMAS.join(', ')}, or a file`,
    )
    .option('--release <name>', 'release that the catalogue belongs to')
    .option('--scopes <names>', 'scopes one of which a reader needs, separated by commas (default: public)', names)
    .option('--replace', 'take the place of a catalogue of that name')
    .option('--append', 'add the rows to the catalogue of that name')
    .option('--drop-bad-positions', 'leave out rows without a position on the sky')
    .option('--memory <size>', 'memory of the engine, such as 1GB')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest catalog ingest --archive survey/catalogs stars stars.fits\n  almagest catalog ingest --archive survey/catalogs --kind source --index sourceId --margin 10 --table release.Source Source sources/*.parquet',
    )
    .action(async (name: string, files: string[], flags: IngestFlags) => {
      const options: IngestOptions = {
        archive: flags.archive,
        name,
        inputs: files,
        raColumn: flags.ra,
        decColumn: flags.dec,
        kind: flags.kind,
        maxRows: flags.maxRows,
        lowestOrder: flags.lowestOrder,
        highestOrder: flags.highestOrder,
        existing: flags.append ? 'append' : flags.replace ? 'replace' : 'refuse',
        badPositions: flags.dropBadPositions ? 'drop' : 'refuse',
        now: new Date(),
        ...(flags.margin === undefined ? {} : { marginArcsec: flags.margin }),
        ...(flags.index === undefined ? {} : { indexColumn: flags.index }),
        ...(flags.table === undefined ? {} : { schema: schemaTable(flags.table) }),
        ...(flags.release === undefined ? {} : { release: flags.release }),
        ...(flags.scopes === undefined ? {} : { access: flags.scopes }),
        ...(flags.memory === undefined ? {} : { memoryLimit: flags.memory }),
      };
      const summary = await ingestCatalog(options);
      if (flags.json) console.log(JSON.stringify(summary));
      else {
        const extras = [
          summary.marginRows === undefined ? '' : `, ${summary.marginRows} rows of margin`,
          summary.indexed === undefined ? '' : `, indexed by ${summary.indexed}`,
          summary.droppedRows > 0 ? `, ${summary.droppedRows} rows left out` : '',
        ];
        console.log(`${summary.path}: ${summary.rows} rows in ${summary.tiles} tiles${extras.join('')}`);
      }
    });
}

function inArchive(command: Command): Command {
  return command.option('-a, --archive <folder>', 'folder of catalogues', '.').option('--json', 'JSON lines');
}

function placeOf(name: string, options: ArchiveOptions): string {
  return isAbsolute(name) ? name : join(options.archive, name);
}

function schemaTable(text: string): SchemaTable {
  const dot = text.lastIndexOf('.');
  const schema = text.slice(0, dot);
  const own = SURVEY_SCHEMAS.find((name) => name === schema);
  return getTable(own ? surveySchema(own) : readSchemaFile(schema), text.slice(dot + 1));
}

function summaryOf(record: CatalogRecord): Record<string, unknown> {
  const { primary, margins, indexes } = record.collection;
  return {
    name: record.name,
    path: record.path,
    kind: primary.kind,
    table: record.table,
    release: record.release ?? null,
    access: record.access,
    rows: primary.nrows,
    tiles: primary.tiles.length,
    margins: margins.map((margin) => ({
      name: margin.name,
      arcsec: Number(margin.properties['hats_margin_threshold']),
      rows: margin.nrows,
    })),
    indexes: [...indexes.keys()],
  };
}

function lineOf(record: CatalogRecord): string {
  const { primary } = record.collection;
  return `${record.name.padEnd(24)} ${String(primary.nrows).padStart(12)} rows  ${String(primary.tiles.length).padStart(6)} tiles  ${record.release ?? '-'}  ${record.access === 'public' ? 'public' : record.access.join(',')}`;
}

function textOf(record: CatalogRecord): string {
  const { primary, margins, indexes } = record.collection;
  const orders = primary.tiles.map((tile) => tile.order);
  return [
    lineOf(record),
    `  position: ${primary.raColumn ?? '?'}, ${primary.decColumn ?? '?'}; tiles of orders ${Math.min(...orders)} to ${Math.max(...orders)}`,
    ...margins.map((margin) => `  margin: ${margin.properties['hats_margin_threshold']} arcsec, ${margin.nrows} rows`),
    ...[...indexes.keys()].map((column) => `  index: ${column}`),
    ...record.columns.map((column) =>
      `  ${column.name.padEnd(24)} ${column.datatype.padEnd(9)} ${[column.unit && `[${column.unit}]`, column.ucd, column.description].filter(Boolean).join('  ')}`.trimEnd(),
    ),
  ].join('\n');
}

function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('expected a whole number');
  return Number(text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 36_000)) throw new InvalidArgumentError('expected a number of arcseconds');
  return value;
}

function kind(text: string): 'object' | 'source' {
  if (text !== 'object' && text !== 'source') throw new InvalidArgumentError('expected object or source');
  return text;
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}
