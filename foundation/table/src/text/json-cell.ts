import { type Column, valuesPerCell } from '../model/column.ts';
import { DATA_TYPES } from '../model/datatype.ts';
import { formatFloat32, formatFloat64 } from './format-number.ts';

/** JSON text of the values from `start` to `end` of a column as one cell; nested as the cell's shape, complex numbers as pairs. */
export function jsonCell(column: Column, start: number, end: number): string {
  if (column.shape.length === 0) return jsonValue(column, start);
  return nest(column, start, end, column.shape);
}

function nest(column: Column, start: number, end: number, shape: readonly number[]): string {
  if (shape.length === 1) {
    let text = '[';
    for (let i = start; i < end; i++) text += `${i > start ? ',' : ''}${column.itemNulls?.[i] ? 'null' : jsonValue(column, i)}`;
    return `${text}]`;
  }
  const inner = shape.slice(1);
  const step = valuesPerCell(inner);
  const parts: string[] = [];
  if (step === 0) return '[]';
  for (let i = start; i < end; i += step) parts.push(nest(column, i, i + step, inner));
  return `[${parts.join(',')}]`;
}

/** JSON text of one value; numbers that JSON lacks are strings. */
export function jsonValue(column: Column, index: number): string {
  const { data, datatype } = column;
  switch (datatype) {
    case 'string':
      return JSON.stringify(data[index]);
    case 'boolean':
      return data[index] === 0 ? 'false' : 'true';
    case 'float64':
      return jsonFloat(data[index] as number, formatFloat64);
    case 'float32':
      return jsonFloat(data[index] as number, formatFloat32);
    case 'complex64':
    case 'complex128': {
      const format = DATA_TYPES[datatype].bytes === 8 ? formatFloat32 : formatFloat64;
      return `[${jsonFloat(data[2 * index] as number, format)},${jsonFloat(data[2 * index + 1] as number, format)}]`;
    }
    default:
      return String(data[index]);
  }
}

function jsonFloat(value: number, format: (value: number) => string): string {
  return Number.isFinite(value) ? format(value) : Number.isNaN(value) ? '"NaN"' : value > 0 ? '"Infinity"' : '"-Infinity"';
}
