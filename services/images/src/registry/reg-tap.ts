import { parseUserFunction, type UserFunction } from '@almagest/adql';
import type { LoadingEngine, TapSchema, TapTable } from '@almagest/tap';
import { type Cell, columnFromCells, makeTable, type Table } from '@almagest/table';
import { columnsOf, type RegistryOwner, type RegistryRecord } from './records.ts';

type Row = Readonly<Record<string, Cell>>;
type Kind = 'text' | 'number' | 'real' | 'time';

interface RegTable {
  readonly description: string;
  readonly columns: Readonly<Record<string, Kind>>;
  readonly rows: (records: readonly RegistryRecord[], owner: RegistryOwner, updated: string) => readonly Row[];
}

const text = (...names: readonly string[]): Record<string, Kind> => Object.fromEntries(names.map((name) => [name, 'text']));
/** RegTAP keeps what is compared without regard to letters in small ones. @see RegTAP 1.1, section 4 */
const low = (value: string): string => value.toLowerCase();

/** Tables of the standard that say something of these records; names and columns are its own. @see RegTAP 1.1, section 8 */
const TABLES: Readonly<Record<string, RegTable>> = {
  resource: {
    description: 'Resources: services, the registry, the naming authority',
    columns: {
      ...text('ivoid', 'res_type'),
      created: 'time',
      ...text('short_name', 'res_title'),
      updated: 'time',
      ...text(
        'content_level',
        'res_description',
        'reference_url',
        'creator_seq',
        'content_type',
        'source_format',
        'source_value',
        'res_version',
      ),
      region_of_regard: 'real',
      ...text('waveband', 'rights', 'rights_uri', 'harvested_from'),
    },
    rows: (records, owner, updated) =>
      records.map((r) => ({
        ivoid: low(r.ivoid),
        res_type: low(r.type),
        created: updated,
        short_name: r.shortName,
        res_title: r.title,
        updated,
        content_level: 'research',
        res_description: r.description,
        reference_url: r.referenceUrl,
        creator_seq: owner.publisher,
        content_type: r.type === 'vs:CatalogService' ? 'survey' : 'registry',
        waveband: 'optical',
      })),
  },
  res_role: {
    description: 'Who publishes, made and looks after resources',
    columns: text('ivoid', 'role_name', 'role_ivoid', 'street_address', 'email', 'telephone', 'logo', 'base_role'),
    rows: (records, owner) =>
      records.flatMap((r) => [
        { ivoid: low(r.ivoid), role_name: owner.publisher, base_role: 'publisher' },
        { ivoid: low(r.ivoid), role_name: owner.publisher, base_role: 'creator' },
        { ivoid: low(r.ivoid), role_name: owner.contactName, email: owner.contactEmail, base_role: 'contact' },
      ]),
  },
  res_subject: {
    description: 'Subjects of resources',
    columns: text('ivoid', 'res_subject'),
    rows: (records) => records.flatMap((r) => r.subjects.map((subject) => ({ ivoid: low(r.ivoid), res_subject: subject }))),
  },
  capability: {
    description: 'What a service can do, by standard',
    columns: { ivoid: 'text', cap_index: 'number', ...text('cap_type', 'cap_description', 'standard_id') },
    rows: (records) =>
      records.flatMap((r) =>
        r.interfaces.map((each, i) => ({
          ivoid: low(r.ivoid),
          cap_index: i + 1,
          cap_type: each.capabilityType === undefined ? null : low(each.capabilityType),
          standard_id: low(each.standardId),
        })),
      ),
  },
  interface: {
    description: 'Addresses of capabilities',
    columns: {
      ivoid: 'text',
      cap_index: 'number',
      intf_index: 'number',
      ...text('intf_type', 'intf_role', 'std_version', 'query_type', 'result_type', 'wsdl_url', 'url_use', 'access_url', 'mirror_url'),
      authenticated_only: 'number',
    },
    rows: (records) =>
      records.flatMap((r) =>
        r.interfaces.map((each, i) => ({
          ivoid: low(r.ivoid),
          cap_index: i + 1,
          intf_index: 1,
          intf_type: each.capabilityType === 'vg:Harvest' ? 'vg:oaihttp' : 'vs:paramhttp',
          intf_role: 'std',
          std_version: each.version ?? null,
          url_use: each.use,
          access_url: each.accessUrl,
          authenticated_only: 0,
        })),
      ),
  },
  res_schema: {
    description: 'Schemas of services with tables',
    columns: { ivoid: 'text', schema_index: 'number', ...text('schema_description', 'schema_name', 'schema_title', 'schema_utype') },
    rows: (records) =>
      records.flatMap((r) =>
        (r.tables?.schemas ?? []).map((schema, i) => ({
          ivoid: low(r.ivoid),
          schema_index: i + 1,
          schema_description: schema.description ?? null,
          schema_name: low(schema.name),
          schema_utype: schema.utype ?? null,
        })),
      ),
  },
  res_table: {
    description: 'Tables of services',
    columns: {
      ivoid: 'text',
      schema_index: 'number',
      ...text('table_description', 'table_name', 'table_title', 'table_type', 'table_utype'),
      table_index: 'number',
      nrows: 'number',
    },
    rows: (records) =>
      records.flatMap((r) =>
        (r.tables?.tables ?? []).map((table, i) => ({
          ivoid: low(r.ivoid),
          schema_index: (r.tables?.schemas.findIndex(({ name }) => name === table.schema) ?? 0) + 1,
          table_description: table.description ?? null,
          table_name: low(`${table.schema}.${table.name}`),
          table_utype: table.utype ?? null,
          table_index: i + 1,
          nrows: table.rows ?? null,
        })),
      ),
  },
  table_column: {
    description: 'Columns of the tables of services',
    columns: {
      ...text(
        'ivoid',
        'name',
        'ucd',
        'unit',
        'utype',
        'datatype',
        'extended_schema',
        'extended_type',
        'arraysize',
        'delim',
        'type_system',
        'flag',
        'column_description',
      ),
      std: 'number',
      table_index: 'number',
    },
    rows: (records) =>
      records.flatMap((r) =>
        columnsOf(r).map(({ schema: _schema, table, column }) => ({
          ivoid: low(r.ivoid),
          name: low(column.name),
          ucd: column.ucd ?? null,
          unit: column.unit ?? null,
          utype: column.utype ?? null,
          datatype: low(column.type),
          type_system: 'vs:taptype',
          flag: column.indexed ? 'indexed' : null,
          column_description: column.description ?? null,
          std: column.std ? 1 : 0,
          table_index:
            (r.tables?.tables.findIndex((each) => low(`${each.schema}.${each.name}`) === low(table.replaceAll('"', ''))) ?? 0) + 1,
        })),
      ),
  },
  res_detail: {
    description: 'Further facts of resources by XPath',
    columns: { ivoid: 'text', cap_index: 'number', ...text('detail_xpath', 'detail_value') },
    rows: (records, owner) =>
      records
        .filter(({ type }) => type === 'vg:Registry')
        .map((r) => ({ ivoid: low(r.ivoid), cap_index: null, detail_xpath: '/managedAuthority', detail_value: owner.authority })),
  },
  relationship: {
    description: 'Relations between resources',
    columns: text('ivoid', 'relationship_type', 'related_id', 'related_name'),
    rows: () => [],
  },
  res_date: { description: 'Dates of resources', columns: { ivoid: 'text', date_value: 'time', value_role: 'text' }, rows: () => [] },
  validation: {
    description: 'Validation of resources',
    columns: { ivoid: 'text', cap_index: 'number', validated_by: 'text', val_level: 'number' },
    rows: () => [],
  },
  alt_identifier: { description: 'Other identifiers of resources', columns: text('ivoid', 'alt_identifier'), rows: () => [] },
  intf_param: {
    description: 'Parameters of interfaces',
    columns: {
      ivoid: 'text',
      intf_index: 'number',
      ...text(
        'name',
        'ucd',
        'unit',
        'utype',
        'datatype',
        'extended_schema',
        'extended_type',
        'arraysize',
        'delim',
        'param_use',
        'param_description',
      ),
      std: 'number',
    },
    rows: () => [],
  },
};

export const REGTAP_SCHEMA: TapSchema = {
  name: 'rr',
  description: 'Records of the services of this server, as a registry of the Virtual Observatory has them',
  utype: 'ivo://ivoa.net/std/RegTAP#1.1',
};

const TYPES = { text: 'VARCHAR', number: 'INTEGER', real: 'DOUBLE', time: 'TIMESTAMP' } as const;
const DATATYPES = { text: 'string', number: 'int32', real: 'float64', time: 'string' } as const;

/** The tables as a TAP service publishes them. */
export const REGTAP_TABLES: readonly TapTable[] = Object.entries(TABLES).map(([name, { description, columns }]) => ({
  schema: 'rr',
  name,
  description,
  columns: Object.entries(columns).map(([column, kind]) => ({
    name: column,
    type: TYPES[kind],
    description: column.replaceAll('_', ' '),
    std: true,
  })),
  sql: () => `"${engineName(name)}"`,
}));

/** Functions of the standard, which {@link loadRegTap} makes known to the engine. @see RegTAP 1.1, section 9 */
export const REGTAP_FUNCTIONS: readonly UserFunction[] = [
  {
    ...parseUserFunction('ivo_nocasematch(value VARCHAR, pattern VARCHAR) -> INTEGER'),
    description: '1 if the pattern of LIKE matches, letters large or small.',
  },
  { ...parseUserFunction('ivo_hasword(haystack VARCHAR, needle VARCHAR) -> INTEGER'), description: '1 if the text has the words.' },
  {
    ...parseUserFunction('ivo_hashlist_has(hashlist VARCHAR, item VARCHAR) -> INTEGER'),
    description: '1 if the list of words divided by # has the item.',
  },
  {
    ...parseUserFunction('ivo_string_agg(expression VARCHAR, delimiter VARCHAR) -> VARCHAR'),
    description: 'All texts of a group, one behind the other.',
    aggregate: true,
  },
];

const MACROS = [
  `ivo_nocasematch(v, p) AS CASE WHEN v ILIKE p THEN 1 ELSE 0 END`,
  `ivo_hasword(h, n) AS CASE WHEN regexp_matches(lower(h), '(^|[^a-z0-9])' || regexp_escape(lower(n)) || '([^a-z0-9]|$)') THEN 1 ELSE 0 END`,
  `ivo_hashlist_has(l, i) AS CASE WHEN list_contains(string_split(lower(l), '#'), lower(i)) THEN 1 ELSE 0 END`,
  `ivo_string_agg(e, d) AS string_agg(e, d)`,
];

/** Puts the rows and the functions into an engine. */
export async function loadRegTap(
  engine: LoadingEngine,
  records: readonly RegistryRecord[],
  owner: RegistryOwner,
  updated: Date,
): Promise<void> {
  for (const macro of MACROS) for await (const _none of (await engine.run(`CREATE OR REPLACE MACRO ${macro}`)).batches);
  for (const [name, table] of Object.entries(TABLES)) {
    await engine.dropTable(engineName(name));
    await engine.loadTable(engineName(name), tableOf(table, table.rows(records, owner, updated.toISOString().slice(0, 19))));
  }
}

function engineName(name: string): string {
  return `almagest_rr_${name}`;
}

function tableOf({ columns }: RegTable, rows: readonly Row[]): Table {
  return makeTable(
    Object.entries(columns).map(([name, kind]) =>
      columnFromCells(
        { name, datatype: DATATYPES[kind], ...(kind === 'time' ? { xtype: 'timestamp' } : {}) },
        rows.map((row) => row[name] ?? null),
      ),
    ),
  );
}
