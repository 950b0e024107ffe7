import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import { InvalidSchemaError } from '../errors.ts';
import type { Schema, SchemaColumn, SchemaConstraint, SchemaDatatype, SchemaIssue, SchemaTable } from '../model/schema.ts';
import { checkSchema } from './check-schema.ts';
import {
  dialectKeys,
  type FelisColumn,
  type FelisConstraint,
  felisFile,
  type FelisFile,
  type FelisTable,
  unknownKeys,
} from './felis-file.ts';

export interface ParseSchemaOptions {
  /** Name for messages. */
  readonly file?: string;
  /** Gives the text of another schema file that this one refers to by `resources`. */
  readonly readResource?: (uri: string) => string;
  /** Load without the columns of resources that cannot be read, with warnings, rather than refuse. */
  readonly allowMissingResources?: boolean;
}

/** A schema with everything that was noticed while reading it. */
export interface SchemaReading {
  readonly schema: Schema | undefined;
  readonly issues: readonly SchemaIssue[];
}

/**
 * Reads a schema from Felis YAML.
 *
 * @throws {InvalidSchemaError} if anything is wrong with it; the message lists the first problems with their lines.
 */
export function parseSchema(text: string, options: ParseSchemaOptions = {}): Schema {
  const { schema, issues } = readSchema(text, options);
  const errors = issues.filter((issue) => issue.severity === 'error');
  if (schema && errors.length === 0) return schema;
  const shown = errors
    .slice(0, 10)
    .map((issue) => `${issue.line === undefined ? '' : `line ${issue.line}, `}${issue.path}: ${issue.message}`);
  const rest = errors.length > 10 ? `\n... and ${errors.length - 10} more` : '';
  throw new InvalidSchemaError(
    `${options.file ?? 'the schema'} has ${errors.length} error${errors.length === 1 ? '' : 's'}:\n${shown.join('\n')}${rest}`,
    {
      details: { ...(options.file ? { file: options.file } : {}), issues: errors },
    },
  );
}

/** Reads a schema and says all that is wrong or doubtful; the schema is there where it has no errors of form. */
export function readSchema(text: string, options: ParseSchemaOptions = {}): SchemaReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const yamlErrors = document.errors.map((error): SchemaIssue => ({
    severity: 'error',
    path: '',
    line: error.linePos?.[0].line,
    message: error.message.split('\n')[0] ?? '',
  }));
  if (yamlErrors.length > 0) return { schema: undefined, issues: yamlErrors };
  const locate = lineFinder(document, lines);
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  const parsed = felisFile.safeParse(value);
  if (!parsed.success) {
    const issues = parsed.error.issues.map((issue): SchemaIssue => ({
      severity: 'error',
      path: readablePath(value, issue.path),
      line: locate(issue.path),
      message: issue.message,
    }));
    return { schema: undefined, issues };
  }
  const building: Building = { file: parsed.data, options, locate, issues: [], resources: new Map() };
  const schema = buildSchema(building);
  const incomplete = new Set(parsed.data.tables.filter((table) => table.columnRefs).map((table) => table.name));
  return {
    schema,
    issues: [...building.issues, ...checkSchema(schema, building.locate, options.allowMissingResources ? incomplete : new Set())],
  };
}

interface Building {
  readonly file: FelisFile;
  readonly options: ParseSchemaOptions;
  readonly locate: (path: readonly PropertyKey[]) => number | undefined;
  readonly issues: SchemaIssue[];
  readonly resources: Map<string, Schema>;
}

function buildSchema(building: Building): Schema {
  const { file } = building;
  const version =
    typeof file.version === 'string'
      ? { current: file.version, compatible: [], readCompatible: [] }
      : file.version && {
          current: file.version.current,
          compatible: file.version.compatible ?? [],
          readCompatible: file.version.read_compatible ?? [],
        };
  const ids = collectIds(file);
  return {
    name: file.name,
    id: file['@id'] ?? `#${file.name}`,
    description: clean(file.description),
    version,
    utype: file['votable:utype'],
    tables: file.tables.map((table, i) => buildTable(building, table, i, ids)),
  };
}

/** Column places by identifier: declared ones, and `#Table.column` for all. */
type ColumnIds = ReadonlyMap<string, { readonly table: string; readonly column: string }>;

function collectIds(file: FelisFile): ColumnIds {
  const ids = new Map<string, { table: string; column: string }>();
  for (const table of file.tables) {
    const columns = [
      ...(table.columns ?? []).map((c) => ({ name: c.name, id: c['@id'] })),
      ...Object.values(table.columnRefs ?? {}).flatMap((tables) =>
        Object.values(tables).flatMap((refs) => Object.keys(refs).map((name) => ({ name, id: undefined }))),
      ),
    ];
    for (const { name, id } of columns) {
      const place = { table: table.name, column: name };
      ids.set(`#${table.name}.${name}`, place);
      if (id !== undefined) ids.set(id, place);
    }
  }
  return ids;
}

function buildTable(building: Building, table: FelisTable, index: number, ids: ColumnIds): SchemaTable {
  const at = ['tables', index];
  for (const key of unknownKeys(table, 'table'))
    building.issues.push({
      severity: 'error',
      path: `tables.${table.name}`,
      line: building.locate([...at, key]),
      message: `key "${key}" is not known`,
    });
  const resolve = (reference: string, key: string): string => resolveColumn(building, ids, table.name, reference, [...at, key]).column;
  const own = (table.columns ?? []).map((column, i) => buildColumn(building, column, table.name, [...at, 'columns', i]));
  return {
    name: table.name,
    id: table['@id'] ?? `#${table.name}`,
    description: clean(table.description),
    utype: table['votable:utype'],
    columns: [...referredColumns(building, table, at), ...own],
    primaryKey: (table.primaryKey ?? []).map((reference) => resolve(reference, 'primaryKey')),
    indexes: (table.indexes ?? []).map((entry) => ({
      name: entry.name,
      description: clean(entry.description),
      columns: (entry.columns ?? []).map((reference) => resolve(reference, 'indexes')),
      expressions: entry.expressions ?? [],
    })),
    constraints: (table.constraints ?? []).map((entry) => buildConstraint(building, entry, table.name, ids, [...at, 'constraints'])),
    groups: (table.columnGroups ?? []).map((group) => ({
      name: group.name,
      description: clean(group.description),
      ucd: group['ivoa:ucd'],
      utype: group['votable:utype'],
      columns: group.columns.map((reference) => resolve(reference, 'columnGroups')),
    })),
    tableIndex: table['tap:table_index'],
    dialectOptions: Object.fromEntries(
      Object.entries(dialectKeys(table)).flatMap(([dialect, options]) =>
        Object.entries(options).map(([key, value]) => [`${dialect}:${key}`, value]),
      ),
    ),
  };
}

/** Columns taken over from tables of other files. */
function referredColumns(building: Building, table: FelisTable, at: readonly PropertyKey[]): SchemaColumn[] {
  const columns: SchemaColumn[] = [];
  for (const [resource, tables] of Object.entries(table.columnRefs ?? {})) {
    const other = openResource(building, resource, [...at, 'columnRefs', resource]);
    for (const [tableName, references] of Object.entries(tables)) {
      const source = other?.tables.find((candidate) => candidate.name === tableName);
      const path = [...at, 'columnRefs', resource, tableName];
      if (other && !source) problem(building, path, `resource "${resource}" has no table "${tableName}"`);
      for (const [name, reference] of Object.entries(references)) {
        const wanted = reference?.ref_name ?? name;
        const found = source?.columns.find((column) => column.name === wanted);
        if (source && !found)
          problem(building, [...path, name], `table "${tableName}" of resource "${resource}" has no column "${wanted}"`);
        if (!found) continue;
        const id = `#${table.name}.${name}`;
        const overrides = reference?.overrides;
        columns.push(
          overrides
            ? {
                ...found,
                ...buildColumn(building, { ...asFile(found), ...overrides, name } as FelisColumn, table.name, [...path, name]),
                id,
              }
            : { ...found, name, id },
        );
      }
    }
  }
  return columns;
}

function openResource(building: Building, name: string, path: readonly PropertyKey[]): Schema | undefined {
  const known = building.resources.get(name);
  if (known) return known;
  const uri = building.file.resources?.[name]?.uri;
  if (uri === undefined) {
    problem(building, path, `resource "${name}" is not declared`);
    return undefined;
  }
  if (!building.options.readResource) return missing(building, path, `resource "${name}" (${uri}) cannot be read here`);
  let text: string;
  try {
    text = building.options.readResource(uri);
  } catch (error) {
    return missing(building, path, `resource "${name}" (${uri}) cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  // A resource may refer to further files, but not back: the reader is not handed on.
  const { schema, issues } = readSchema(text, { file: uri });
  const first = issues.find((issue) => issue.severity === 'error');
  if (first) problem(building, path, `resource "${name}" (${uri}) is not valid: ${first.path}: ${first.message}`);
  if (schema) building.resources.set(name, schema);
  return schema;
}

function missing(building: Building, path: readonly PropertyKey[], message: string): undefined {
  const severity = building.options.allowMissingResources ? 'warning' : 'error';
  building.issues.push({ severity, path: readablePath(building.file, path), line: building.locate(path), message });
}

function buildColumn(building: Building, column: FelisColumn, table: string, at: readonly PropertyKey[]): SchemaColumn {
  for (const key of unknownKeys(column, 'column'))
    building.issues.push({
      severity: 'error',
      path: `tables.${table}.columns.${column.name}`,
      line: building.locate([...at, key]),
      message: `key "${key}" is not known`,
    });
  const dialects = dialectKeys(column);
  return {
    name: column.name,
    id: column['@id'] ?? `#${table}.${column.name}`,
    datatype: column.datatype as SchemaDatatype,
    length: column.length,
    precision: column.precision,
    nullable: column.nullable ?? true,
    autoincrement: column.autoincrement ?? false,
    value: column.value,
    description: clean(column.description),
    unit: column['ivoa:unit'] ?? column['fits:tunit'] ?? undefined,
    ucd: column['ivoa:ucd'],
    utype: column['votable:utype'],
    xtype: column['votable:xtype'],
    votableDatatype: column['votable:datatype'],
    arraysize: column['votable:arraysize'] === undefined ? undefined : String(column['votable:arraysize']),
    principal: column['tap:principal'] ?? false,
    standard: column['tap:std'] ?? false,
    columnIndex: column['tap:column_index'],
    dialectTypes: Object.fromEntries(
      Object.entries(dialects).flatMap(([dialect, options]) => (options['datatype'] ? [[dialect, options['datatype']]] : [])),
    ),
  };
}

/** A column in the file's keys, for overriding some of them. */
function asFile(column: SchemaColumn): Record<string, unknown> {
  const all = {
    datatype: column.datatype,
    length: column.length,
    precision: column.precision,
    nullable: column.nullable,
    description: column.description,
    'ivoa:unit': column.unit,
    'ivoa:ucd': column.ucd,
    'votable:utype': column.utype,
    'votable:xtype': column.xtype,
    'votable:arraysize': column.arraysize,
    'tap:principal': column.principal,
    'tap:column_index': column.columnIndex,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function buildConstraint(
  building: Building,
  entry: FelisConstraint,
  table: string,
  ids: ColumnIds,
  at: readonly PropertyKey[],
): SchemaConstraint {
  const common = { name: entry.name, description: clean(entry.description), deferrable: entry.deferrable ?? false };
  if (entry['@type'] === 'Check') return { ...common, kind: 'check', expression: entry.expression };
  const columns = entry.columns.map((reference) => resolveColumn(building, ids, table, reference, at).column);
  if (entry['@type'] === 'Unique') return { ...common, kind: 'unique', columns };
  const targets = entry.referencedColumns.map((reference) => resolveColumn(building, ids, table, reference, at));
  return {
    ...common,
    kind: 'foreign-key',
    columns,
    referencedTable: targets[0]?.table ?? '',
    referencedColumns: targets.map((target) => target.column),
    onDelete: entry.on_delete,
    onUpdate: entry.on_update,
  };
}

function resolveColumn(
  building: Building,
  ids: ColumnIds,
  table: string,
  reference: string,
  at: readonly PropertyKey[],
): { readonly table: string; readonly column: string } {
  const found = ids.get(reference) ?? (reference.startsWith('#') ? undefined : ids.get(`#${table}.${reference}`));
  if (found) return found;
  problem(building, at, `no column "${reference}"`);
  return { table, column: reference };
}

function problem(building: Building, path: readonly PropertyKey[], message: string): void {
  building.issues.push({ severity: 'error', path: readablePath(building.file, path), line: building.locate(path), message });
}

/** A path with names in place of list positions. */
function readablePath(root: unknown, path: readonly PropertyKey[]): string {
  let node: unknown = root;
  const parts: string[] = [];
  for (const key of path) {
    node = typeof node === 'object' && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined;
    const name = typeof key === 'number' && typeof node === 'object' && node !== null ? (node as { name?: unknown }).name : undefined;
    parts.push(typeof name === 'string' ? name : String(key));
  }
  return parts.join('.');
}

function lineFinder(document: Document, lines: LineCounter): (path: readonly PropertyKey[]) => number | undefined {
  return (path) => {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
    }
    return undefined;
  };
}

function clean(text: string | undefined): string | undefined {
  const joined = text?.replace(/\s+/g, ' ').trim();
  return joined === '' ? undefined : joined;
}
