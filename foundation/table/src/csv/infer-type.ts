import type { DataType } from '../model/datatype.ts';
import { asciiSlice } from '../text/parse-number.ts';
import type { SplitCells } from './split-cells.ts';

const INTEGER = /^[+-]?\d{1,19}$/;
const FLOAT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eEdD][+-]?\d+)?$/;
const SPECIAL = /^[+-]?(?:nan|inf|infinity)$/i;
const BOOLEAN = /^(?:true|false)$/i;

/** Narrowest of int64, float64, boolean and string that holds every filled cell of a column; string where none is filled. */
export function inferType(cells: SplitCells, column: number, firstRow: number, isNull: (index: number) => boolean): DataType {
  let integer = true;
  let float = true;
  let boolean = true;
  let filled = false;
  for (let row = firstRow; row < cells.rows; row++) {
    const index = row * cells.columns + column;
    if (isNull(index)) continue;
    if (cells.quoted[index] !== 0) return 'string';
    const start = cells.starts[index];
    const end = cells.ends[index];
    if (end - start > 60) return 'string';
    filled = true;
    if (integer && isShortInteger(cells.bytes, start, end)) {
      boolean = false;
      continue;
    }
    const text = asciiSlice(cells.bytes, start, end).trim();
    if (integer && !isLong(text)) integer = false;
    if (float && !FLOAT.test(text) && !SPECIAL.test(text)) float = false;
    if (boolean && !BOOLEAN.test(text)) boolean = false;
    if (!integer && !float && !boolean) return 'string';
  }
  if (!filled) return 'string';
  return integer ? 'int64' : float ? 'float64' : 'boolean';
}

function isShortInteger(bytes: Uint8Array, start: number, end: number): boolean {
  let at = bytes[start] === 45 ? start + 1 : start;
  if (at === end || end - at > 18) return false;
  for (; at < end; at++) if (bytes[at] < 48 || bytes[at] > 57) return false;
  return true;
}

function isLong(text: string): boolean {
  if (!INTEGER.test(text)) return false;
  const value = BigInt(text.replace(/^\+/, ''));
  return BigInt.asIntN(64, value) === value;
}
