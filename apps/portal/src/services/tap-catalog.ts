import { type AdqlType, type Catalog, type CatalogColumn, type CatalogTable, parseUserFunction } from '@almagest/adql';
import { type Row, rowsOf } from '@almagest/table';
import { ask } from './problem.ts';
import { runQuery } from './tap-client.ts';

const TYPES: Readonly<Record<string, AdqlType>> = {
  boolean: 'BOOLEAN',
  unsignedByte: 'SMALLINT',
  short: 'SMALLINT',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'REAL',
  double: 'DOUBLE',
  char: 'VARCHAR',
  unicodeChar: 'VARCHAR',
};
const SHAPES: Readonly<Record<string, AdqlType>> = {
  point: 'POINT',
  circle: 'CIRCLE',
  polygon: 'POLYGON',
  timestamp: 'TIMESTAMP',
  region: 'REGION',
};

/** What the service publishes, from its TAP_SCHEMA, as the planner takes it: so the page finds the same errors as the server. */
export async function loadCatalog(signal?: AbortSignal): Promise<Catalog> {
  const fetched = { maxRows: 100_000, ...(signal ? { signal } : {}) };
  const [tables, columns, userFunctions] = await Promise.all([
    runQuery('SELECT schema_name, table_name, description FROM TAP_SCHEMA.tables ORDER BY table_index', fetched),
    runQuery('SELECT * FROM TAP_SCHEMA.columns ORDER BY table_name, column_index', fetched),
    loadFunctions(signal),
  ]);
  const byTable = Map.groupBy(rowsOf(columns.table), (row) => text(row, 'table_name'));
  const entries = [...rowsOf(tables.table)].map((row): CatalogTable => {
    const full = text(row, 'table_name');
    const schema = text(row, 'schema_name');
    const own = (byTable.get(full) ?? []).map(columnOf);
    const [ra, dec] = ['pos.eq.ra;meta.main', 'pos.eq.dec;meta.main'].map((ucd) => own.find((column) => column.ucd === ucd)?.name);
    return {
      schema: bare(schema),
      name: bare(full.startsWith(`${schema}.`) ? full.slice(schema.length + 1) : full),
      description: text(row, 'description'),
      columns: own,
      ...(ra !== undefined && dec !== undefined ? { sky: { ra, dec } } : {}),
    };
  });
  return { tables: entries, userFunctions, defaultSchemas: [...new Set(entries.map((table) => table.schema))] };
}

async function loadFunctions(signal?: AbortSignal): Promise<Catalog['userFunctions']> {
  const xml = new DOMParser().parseFromString(await (await ask('/tap/capabilities', signal ? { signal } : {})).text(), 'text/xml');
  const features = [...xml.getElementsByTagName('languageFeatures')].filter((each) => each.getAttribute('type')?.endsWith('#features-udf'));
  return features.flatMap((each) =>
    [...each.getElementsByTagName('form')].flatMap((form) => {
      try {
        return [parseUserFunction(form.textContent ?? '')];
      } catch {
        return [];
      }
    }),
  );
}

function columnOf(row: Row): CatalogColumn {
  const xtype = text(row, 'xtype')
    .replace(/^adql:/i, '')
    .toLowerCase();
  return {
    name: bare(text(row, 'column_name')),
    type: SHAPES[xtype] ?? TYPES[text(row, 'datatype')] ?? 'VARCHAR',
    ...(text(row, 'unit') === '' ? {} : { unit: text(row, 'unit') }),
    ...(text(row, 'ucd') === '' ? {} : { ucd: text(row, 'ucd') }),
    ...(text(row, 'description') === '' ? {} : { description: text(row, 'description') }),
  };
}

function text(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : '';
}

/** A name without the quotes that a query would need around it. */
function bare(name: string): string {
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
}
