import type { Schema, SchemaColumn } from '../model/schema.ts';

const TYPES = {
  boolean: 'boolean',
  byte: 'number',
  short: 'number',
  int: 'number',
  long: 'bigint',
  float: 'number',
  double: 'number',
  char: 'string',
  string: 'string',
  unicode: 'string',
  text: 'string',
  binary: 'Uint8Array',
  timestamp: 'string',
} as const;

/** One TypeScript interface a table, `<Table>Row`, with the columns' own names; 64-bit integers are bigint, columns that may be null say so. */
export function typescriptTypes(schema: Schema): string {
  const interfaces = schema.tables.map((table) => {
    const fields = table.columns.map(
      (column) =>
        `${comment(fieldDoc(column), '  ')}  readonly ${property(column.name)}: ${TYPES[column.datatype]}${column.nullable && !table.primaryKey.includes(column.name) ? ' | null' : ''};`,
    );
    return `${comment(table.description ?? '', '')}export interface ${typeName(table.name)} {\n${fields.join('\n')}\n}\n`;
  });
  const version = schema.version ? ` ${schema.version.current}` : '';
  return `// Generated from schema ${schema.name}${version}; change the schema, not this file.\n\n${interfaces.join('\n')}`;
}

function typeName(table: string): string {
  const camel = table.replace(/_+([A-Za-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  return `${camel.charAt(0).toUpperCase()}${camel.slice(1)}Row`;
}

function fieldDoc(column: SchemaColumn): string {
  return `${column.description ?? ''}${column.unit ? ` [${column.unit}]` : ''}`.trim();
}

function property(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

function comment(text: string, indent: string): string {
  return text === '' ? '' : `${indent}/** ${text.replaceAll('*/', '* /')} */\n`;
}
