import { getTable, printDdl, type Schema, type SchemaColumn, type SchemaDatatype, type SchemaTable, surveySchema } from '@almagest/schema';

/** HEALPix order of the pixels that rows are found by (cells of 1.7 arcmin). */
export const PIXEL_ORDER = 11;
/** Pixel of the position: of the object for sources that have one, else their own. */
export const PIXEL_COLUMN = 'apdbPixel';
/** Chunk in which the row was added. */
export const CHUNK_COLUMN = 'apdbChunk';

/** Tables that carry positions, and the indexes that reads need. */
const SPATIAL: Readonly<Record<string, readonly (readonly string[])[]>> = {
  DiaObject: [[CHUNK_COLUMN]],
  DiaSource: [[PIXEL_COLUMN, 'midpointMjdTai'], ['diaObjectId', 'midpointMjdTai'], ['visit', 'detector'], ['ssObjectId'], [CHUNK_COLUMN]],
  DiaForcedSource: [[PIXEL_COLUMN, 'midpointMjdTai'], ['diaObjectId', 'midpointMjdTai'], [CHUNK_COLUMN]],
};

/** Of many versions of an object only the latest is looked for; indexes of these alone do not grow with the survey. */
const LATEST_INDEXES = [PIXEL_COLUMN, 'diaObjectId'].map(
  (column) => `CREATE INDEX "IDX_DiaObject_latest_${column}" ON "DiaObject" ("${column}") WHERE "validityEndMjdTai" IS NULL;`,
);

/** The survey's published tables. */
export const PUBLISHED: Schema = surveySchema('apdb');

/** Tables as they lie in the database: the published ones with what finding and replicating rows needs, and our bookkeeping. */
export const PHYSICAL: Schema = {
  ...PUBLISHED,
  tables: [
    ...PUBLISHED.tables.map(physicalTable),
    table('ApdbVisitDetector', ['visit', 'detector'], {
      visit: 'long!',
      detector: 'int!',
      visitMjdTai: 'double!',
      processedMjdTai: 'double!',
      apdbChunk: 'long!',
      digest: 'text!',
      objects: 'int!',
      sources: 'int!',
      forcedSources: 'int!',
    }),
    table('ApdbReplicaChunk', ['id'], { id: 'long!', updatedMjdTai: 'double!' }),
    table('ApdbUpdateRecord', ['apdbChunk', 'ordinal'], {
      apdbChunk: 'long!',
      ordinal: 'int!',
      processedMjdTai: 'double!',
      payload: 'text!',
    }),
    table('ApdbNewObject', ['diaObjectId'], { diaObjectId: 'long!', processedMjdTai: 'double!' }),
    table('ApdbMetadata', ['name'], { name: 'text!', value: 'text!' }),
  ],
};

/** Statements that make the database. */
export function physicalDdl(dialect: 'sqlite' | 'postgresql'): string[] {
  return [...printDdl(PHYSICAL, dialect, { foreignKeys: false }), ...LATEST_INDEXES];
}

/** The published columns of a table. */
export function publishedTable(name: string): SchemaTable {
  return getTable(PUBLISHED, name);
}

function physicalTable(published: SchemaTable): SchemaTable {
  const indexes = SPATIAL[published.name];
  const chunk = [column(CHUNK_COLUMN, 'long', true)];
  if (published.name === 'SSSource')
    return {
      ...published,
      constraints: [],
      columns: [...published.columns, ...chunk],
      indexes: [...published.indexes, index(published.name, [CHUNK_COLUMN])],
    };
  if (published.name === 'mpc_orbits')
    return { ...published, constraints: [], indexes: [...published.indexes, index(published.name, ['designation'])] };
  if (!indexes) return { ...published, constraints: [] };
  return {
    ...published,
    constraints: [],
    columns: [...published.columns, column(PIXEL_COLUMN, 'long', false), ...chunk],
    indexes: indexes.map((columns) => index(published.name, columns)),
  };
}

function index(tableName: string, columns: readonly string[]): SchemaTable['indexes'][number] {
  return { name: `IDX_${tableName}_${columns.join('_')}`, description: undefined, columns: [...columns], expressions: [] };
}

/** A bookkeeping table; an exclamation mark forbids nulls. */
function table(name: string, primaryKey: readonly string[], columns: Readonly<Record<string, string>>): SchemaTable {
  return {
    name,
    id: `#${name}`,
    description: undefined,
    utype: undefined,
    columns: Object.entries(columns).map(([key, type]) => column(key, type.replace('!', '') as SchemaDatatype, !type.endsWith('!'))),
    primaryKey: [...primaryKey],
    indexes: [],
    constraints: [],
    groups: [],
    tableIndex: undefined,
    dialectOptions: {},
  };
}

function column(name: string, datatype: SchemaDatatype, nullable: boolean): SchemaColumn {
  return {
    name,
    id: `#${name}`,
    datatype,
    length: undefined,
    precision: undefined,
    nullable,
    autoincrement: false,
    value: undefined,
    description: undefined,
    unit: undefined,
    ucd: undefined,
    utype: undefined,
    xtype: undefined,
    votableDatatype: undefined,
    arraysize: undefined,
    principal: false,
    standard: false,
    columnIndex: undefined,
    dialectTypes: {},
  };
}
