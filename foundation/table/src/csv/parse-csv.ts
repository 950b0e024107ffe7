import { TableFormatError } from '../errors.ts';
import { readCellText, textCell } from '../intake/cell-text.ts';
import { ColumnSink, MemoryBudget } from '../intake/column-sink.ts';
import type { Column, ColumnSpec } from '../model/column.ts';
import type { DataType } from '../model/datatype.ts';
import { makeTable, type Table, type TableMeta } from '../model/table.ts';
import { NumberSyntax } from '../text/parse-number.ts';
import { inferType } from './infer-type.ts';
import { cellText, type SplitCells, splitCells } from './split-cells.ts';

export interface CsvReadOptions {
  /** One character between cells (default comma; tab for TSV). */
  readonly delimiter?: string;
  /** False where the first row is data; columns are then named col1, col2, ... */
  readonly header?: boolean;
  /** Types of columns by name; others are inferred from all their cells. */
  readonly types?: Readonly<Record<string, DataType>>;
  /** Lines that begin with this character are skipped. */
  readonly comment?: string;
  /** Texts that mean null besides the empty cell, such as `NULL` or `\N`. */
  readonly nullTexts?: readonly string[];
  readonly maxColumns?: number;
}

/**
 * Reads comma-, tab- or otherwise delimited text (RFC 4180).
 *
 * An empty cell is null, a quoted empty cell is empty text. Inferred types are int64, float64, boolean and string.
 *
 * @param bytes - UTF-8 text, with or without byte order mark.
 * @throws {TableFormatError} if a row is too long, a quote does not end, or a cell does not fit a type that was given.
 */
export function parseCsv(bytes: Uint8Array, options: CsvReadOptions = {}): Table {
  const { delimiter = ',', header = true, comment, maxColumns = 20_000 } = options;
  const cells = splitCells(bytes, {
    delimiter: delimiter.charCodeAt(0),
    maxColumns,
    format: 'csv',
    ...(comment === undefined ? {} : { comment: comment.charCodeAt(0) }),
  });
  const firstRow = header && cells.rows > 0 ? 1 : 0;
  const names = uniqueNames(
    Array.from({ length: cells.columns }, (_, i) => (header ? cellText(cells, i).trim() || `col${i + 1}` : `col${i + 1}`)),
  );
  const isNull = nullTest(cells, options.nullTexts ?? []);
  const specs = names.map((name, i): ColumnSpec => ({ name, datatype: options.types?.[name] ?? inferType(cells, i, firstRow, isNull) }));
  return readColumns({ cells, firstRow, specs, isNull, format: 'csv' });
}

export interface CellReading {
  readonly cells: SplitCells;
  readonly firstRow: number;
  readonly specs: readonly ColumnSpec[];
  readonly isNull: (index: number) => boolean;
  readonly format: string;
  readonly meta?: TableMeta;
}

/** Reads split cells as columns of known types. */
export function readColumns(reading: CellReading): Table {
  const { cells, firstRow, specs } = reading;
  const budget = new MemoryBudget();
  budget.sawInput(cells.bytes.length);
  const columns: Column[] = specs.map((spec, i) => readColumn(reading, new ColumnSink(spec, budget), i));
  return { ...makeTable(columns, reading.meta ?? {}), nrows: columns.length === 0 ? 0 : cells.rows - firstRow };
}

function readColumn(reading: CellReading, sink: ColumnSink, columnIndex: number): Column {
  const { cells, firstRow, isNull, format } = reading;
  const cell = textCell(sink);
  const encoder = new TextEncoder();
  for (let row = firstRow; row < cells.rows; row++) {
    const index = row * cells.columns + columnIndex;
    try {
      if (isNull(index)) sink.endNullRow();
      else if (cells.quoted[index] === 3) {
        const text = encoder.encode(cellText(cells, index));
        readCellText(cell, text, 0, text.length);
      } else readCellText(cell, cells.bytes, cells.starts[index], cells.ends[index]);
    } catch (error) {
      if (!(error instanceof NumberSyntax)) throw error;
      const { name, datatype } = sink.spec;
      throw new TableFormatError(
        `column "${name}" holds ${datatype}; found "${cellText(cells, index).slice(0, 60)}" (row ${row - firstRow})`,
        {
          details: { format, column: name, row: row - firstRow },
        },
      );
    }
  }
  return sink.take();
}

/** Tests cells for null: empty and unquoted, or one of the given texts. */
export function nullTest(cells: SplitCells, nullTexts: readonly string[]): (index: number) => boolean {
  if (nullTexts.length === 0) return (index) => cells.starts[index] === cells.ends[index] && cells.quoted[index] === 0;
  const longest = Math.max(...nullTexts.map((text) => text.length));
  return (index) => {
    if (cells.quoted[index] !== 0) return false;
    const length = cells.ends[index] - cells.starts[index];
    return length === 0 || (length <= longest && nullTexts.includes(cellText(cells, index)));
  };
}

/** Names made unique by `_2`, `_3` ... */
export function uniqueNames(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; seen.has(unique); n++) unique = `${name}_${n}`;
    seen.add(unique);
    return unique;
  });
}
