import { type Cell, cellAt, type Column, formatFloat32, isNullAt } from '@almagest/table';
import type { ResultHead, ResultSerializer } from './serializer.ts';

const encoder = new TextEncoder();

type CellText = (row: number) => string;

/** Float32 have the fewest digits that read back as the same number. @see RFC 4180; the first line has the names */
export function textSerializer({ columns }: ResultHead, separator: ',' | '\t'): ResultSerializer {
  const quote = separator === '\t' ? withoutBreaks : quoted;
  return {
    start: () => encoder.encode(`${columns.map((column) => quote(column.name)).join(separator)}\r\n`),
    rows: (batch) => {
      const cells = batch.columns.map((column) => textOf(column, quote));
      let text = '';
      for (let row = 0; row < batch.nrows; row++) {
        for (let i = 0; i < cells.length; i++) text += i === 0 ? cells[i]?.(row) : `${separator}${cells[i]?.(row)}`;
        text += '\r\n';
      }
      return encoder.encode(text);
    },
    finish: ({ overflow, error }) =>
      encoder.encode(error === undefined ? (overflow ? '# OVERFLOW\r\n' : '') : `# ERROR ${error.replaceAll(/[\r\n]+/g, ' ')}\r\n`),
  };
}

function withoutBreaks(text: string): string {
  return text.replaceAll(/[\t\r\n]/g, ' ');
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** How the cells of a column are written; NULL and NaN are empty. */
function textOf(column: Column, quote: (text: string) => string): CellText {
  const { data, datatype } = column;
  if (column.shape.length > 0 || datatype.startsWith('complex')) return (row) => quote(listText(column, cellAt(column, row)));
  if (datatype === 'string') return (row) => (isNullAt(column, row) ? '' : quote(data[row] as string));
  if (datatype === 'boolean') return (row) => (isNullAt(column, row) ? '' : data[row] === 0 ? 'false' : 'true');
  if (datatype === 'float32') return (row) => numberText(column, row, formatFloat32);
  if (datatype === 'float64') return (row) => numberText(column, row, String);
  return (row) => (isNullAt(column, row) ? '' : String(data[row]));
}

function numberText(column: Column, row: number, format: (value: number) => string): string {
  const value = column.data[row] as number;
  if (Number.isNaN(value) || isNullAt(column, row)) return '';
  return Number.isFinite(value) ? format(value) : String(value);
}

function listText(column: Column, cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell !== 'object') return String(cell);
  if (!('length' in cell)) return JSON.stringify(cell);
  const format = column.datatype === 'float32' ? (value: unknown) => formatFloat32(value as number) : String;
  return Array.from(cell as ArrayLike<unknown>, format).join(' ');
}

/** `{"metadata": [...], "data": [[...]], "overflow": false}`; integers beyond 2^53 are strings so that no digit is lost. */
export function jsonSerializer({ columns }: ResultHead): ResultSerializer {
  let first = true;
  return {
    start: () => encoder.encode(`{"metadata":${JSON.stringify(columns)},"data":[`),
    rows: (batch) => {
      const cells = batch.columns.map(jsonOf);
      let text = '';
      for (let row = 0; row < batch.nrows; row++) {
        text += first ? '\n[' : ',\n[';
        for (let i = 0; i < cells.length; i++) text += i === 0 ? cells[i]?.(row) : `,${cells[i]?.(row)}`;
        text += ']';
        first = false;
      }
      return encoder.encode(text);
    },
    finish: ({ overflow, error }) =>
      encoder.encode(`\n],"overflow":${overflow}${error === undefined ? '' : `,"error":${JSON.stringify(error)}`}}\n`),
  };
}

function jsonOf(column: Column): CellText {
  const { data, datatype } = column;
  const isFloat = datatype === 'float32' || datatype === 'float64';
  if (column.shape.length > 0 || !(isFloat || datatype === 'string')) return (row) => JSON.stringify(jsonCell(cellAt(column, row)));
  if (datatype === 'string') return (row) => (isNullAt(column, row) ? 'null' : JSON.stringify(data[row]));
  const format = datatype === 'float32' ? formatFloat32 : String;
  return (row) => (Number.isFinite(data[row]) && !isNullAt(column, row) ? format(data[row] as number) : 'null');
}

function jsonCell(cell: Cell): unknown {
  if (typeof cell === 'bigint') return Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell);
  if (typeof cell === 'number') return Number.isFinite(cell) ? cell : null;
  if (cell !== null && typeof cell === 'object' && 'length' in cell) return Array.from(cell as ArrayLike<Cell>, jsonCell);
  return cell;
}
