import {
  BIGINT,
  BOOLEAN,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  DOUBLE,
  FLOAT,
  INTEGER,
  LIST,
  listValue,
  SMALLINT,
  TIMESTAMP,
  TINYINT,
  UBIGINT,
  UINTEGER,
  USMALLINT,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api';
import { type Cell, cellAt, type Column, type DataType, type Table } from '@almagest/table';

const TYPES: Readonly<Record<DataType, DuckDBType>> = {
  boolean: BOOLEAN,
  int8: TINYINT,
  uint8: UTINYINT,
  int16: SMALLINT,
  uint16: USMALLINT,
  int32: INTEGER,
  uint32: UINTEGER,
  int64: BIGINT,
  uint64: UBIGINT,
  float32: FLOAT,
  float64: DOUBLE,
  complex64: VARCHAR,
  complex128: VARCHAR,
  string: VARCHAR,
};
/** Rows of one chunk: DuckDB's vector size. */
const CHUNK_ROWS = 2048;

/** Makes a table of the engine from a table in memory. Times (xtype `timestamp`) become TIMESTAMP, arrays lists, and NaN stays NaN. */
export async function loadTable(connection: DuckDBConnection, name: string, table: Table): Promise<void> {
  const types = table.columns.map(typeOf);
  const declared = table.columns.map((column, i) => `${quoteIdentifier(column.name)} ${(types[i] as DuckDBType).toString()}`);
  await connection.run(`CREATE TABLE ${quoteIdentifier(name)} (${declared.join(', ')})`);
  const times = table.columns.flatMap((column) => (column.xtype === 'timestamp' ? [column.name] : []));
  const appender = await connection.createAppender(name);
  try {
    for (let start = 0; start < table.nrows; start += CHUNK_ROWS) {
      const count = Math.min(CHUNK_ROWS, table.nrows - start);
      const chunk = DuckDBDataChunk.create(types, count);
      for (const [i, column] of table.columns.entries())
        chunk.setColumnValues(
          i,
          Array.from({ length: count }, (_, row) => valueOf(column, start + row)),
        );
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  } finally {
    appender.closeSync();
  }
  for (const time of times)
    await connection.run(
      `ALTER TABLE ${quoteIdentifier(name)} ALTER ${quoteIdentifier(time)} TYPE ${TIMESTAMP.toString()} USING TRY_CAST(${quoteIdentifier(time)} AS TIMESTAMP)`,
    );
}

/** A name in double quotes. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function typeOf(column: Column): DuckDBType {
  const type = TYPES[column.datatype];
  return column.shape.length > 0 && type !== VARCHAR ? LIST(type) : type;
}

function valueOf(column: Column, row: number): DuckDBValue {
  const cell = cellAt(column, row);
  if (cell === null) return null;
  if (column.shape.length > 0)
    return column.datatype === 'string'
      ? Array.from(cell as readonly string[]).join(' ')
      : listValue(Array.from(cell as ArrayLike<number>));
  return typeof cell === 'object' ? textOf(cell) : cell;
}

function textOf(cell: Exclude<Cell, number | bigint | boolean | string | null>): string {
  return JSON.stringify(cell);
}
