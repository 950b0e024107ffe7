import type { Schema, SchemaColumn, SchemaConstraint, SchemaTable } from '../model/schema.ts';

/** A page about a schema, in Markdown: its tables, and for each all columns, keys and indexes. */
export function schemaDocs(schema: Schema): string {
  const version = schema.version ? ` ${schema.version.current}` : '';
  const contents = schema.tables.map(
    (table) => `| [${table.name}](#${table.name.toLowerCase()}) | ${table.columns.length} | ${cell(table.description)} |`,
  );
  return [
    `# ${schema.name}${version}`,
    ...(schema.description ? ['', schema.description] : []),
    '',
    '| table | columns | contents |',
    '|---|---|---|',
    ...contents,
    ...schema.tables.flatMap(tableDocs),
    '',
  ].join('\n');
}

function tableDocs(table: SchemaTable): string[] {
  const facts = [
    ...(table.primaryKey.length > 0 ? [`* Primary key: ${table.primaryKey.join(', ')}`] : []),
    ...table.constraints.map((constraint) => `* ${constraintText(constraint)}`),
    ...table.indexes.map((index) => `* Index ${index.name}: ${[...index.columns, ...index.expressions].join(', ')}`),
    ...table.groups.map(
      (group) => `* Group ${group.name}: ${group.columns.join(', ')}${group.description ? ` (${group.description})` : ''}`,
    ),
  ];
  return [
    '',
    `## ${table.name}`,
    ...(table.description ? ['', table.description] : []),
    '',
    '| column | type | unit | UCD | description |',
    '|---|---|---|---|---|',
    ...table.columns.map(
      (column) =>
        `| ${column.name} | ${typeText(column, table)} | ${cell(column.unit)} | ${cell(column.ucd)} | ${cell(column.description)} |`,
    ),
    ...(facts.length > 0 ? ['', ...facts] : []),
  ];
}

function typeText(column: SchemaColumn, table: SchemaTable): string {
  const size = column.length ?? column.precision;
  const required = !column.nullable || table.primaryKey.includes(column.name) ? '' : ', may be null';
  return `${column.datatype}${size === undefined ? '' : `(${size})`}${required}`;
}

function constraintText(constraint: SchemaConstraint): string {
  switch (constraint.kind) {
    case 'unique':
      return `Unique ${constraint.name}: ${constraint.columns.join(', ')}`;
    case 'check':
      return `Check ${constraint.name}: ${constraint.expression}`;
    default:
      return `Foreign key ${constraint.name}: ${constraint.columns.join(', ')} → ${constraint.referencedTable} (${constraint.referencedColumns.join(', ')})`;
  }
}

function cell(text: string | undefined): string {
  return (text ?? '').replaceAll('|', '\\|').replace(/\s+/g, ' ');
}
