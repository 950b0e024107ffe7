import { type Column, ColumnBuilder, type ColumnSpec, type Table, makeColumn, makeColumnData, makeTable } from '@almagest/table';
import type { CatalogColumn } from '@almagest/adql';
import { VOTABLE_TYPES } from './tap-table.ts';

/** The columns that a result declares: types and units of the query, whatever the engine computed with. */
export function declareColumns(columns: readonly CatalogColumn[]): ColumnSpec[] {
  return columns.map((column) => {
    const isShape = isComputedShape(column);
    const { table, arraysize, xtype } = VOTABLE_TYPES[column.type];
    const shape = isShape || column.type === 'BLOB' ? [arraysize === '*' ? -1 : Number(arraysize)] : arrayShape(column);
    const extended = column.xtype ?? xtype;
    return {
      name: column.name,
      datatype: table,
      ...(shape ? { shape } : {}),
      ...(extended === undefined ? {} : { xtype: extended }),
      ...(column.unit === undefined ? {} : { unit: column.unit }),
      ...(column.ucd === undefined ? {} : { ucd: column.ucd }),
      ...(column.utype === undefined ? {} : { utype: column.utype }),
      ...(column.description === undefined ? {} : { description: column.description }),
    };
  });
}

/** A shape that a query makes; a column with an xtype of its own keeps its text. */
function isComputedShape({ type, xtype }: CatalogColumn): boolean {
  return xtype === undefined && (type === 'POINT' || type === 'CIRCLE' || type === 'POLYGON');
}

function arrayShape({ type, arraysize }: CatalogColumn): number[] | undefined {
  if (arraysize === undefined || VOTABLE_TYPES[type].table === 'string') return undefined;
  return arraysize.split('x').map((part) => (part.endsWith('*') ? -1 : Number(part)));
}

/** A batch of the engine with the types that the result declares. */
export function castBatch(batch: Table, specs: readonly ColumnSpec[]): Table {
  return makeTable(batch.columns.map((column, i) => castColumn(column, specs[i] as ColumnSpec)));
}

function castColumn(column: Column, spec: ColumnSpec): Column {
  const { nulls } = column;
  if (column.datatype === spec.datatype && column.shape.join() === (spec.shape ?? []).join())
    return makeColumn({ ...spec, data: column.data, ...(column.offsets ? { offsets: column.offsets } : {}), ...(nulls ? { nulls } : {}) });
  if (column.datatype === 'string' && spec.shape) return shapeColumn(column, spec);
  const rows = column.data.length;
  const data = makeColumnData(spec.datatype, rows);
  for (let i = 0; i < rows; i++) {
    const value = column.data[i] as number | bigint | string;
    if (spec.datatype === 'string') data[i] = String(value) as never;
    else if (spec.datatype === 'int64')
      data[i] = (nulls?.[i] ? 0n : BigInt(typeof value === 'number' ? Math.trunc(value) : value)) as never;
    else data[i] = Number(value) as never;
  }
  return makeColumn({ ...spec, data, ...(nulls ? { nulls } : {}) });
}

/** `CIRCLE 1 2 3` as [1, 2, 3]. */
function shapeColumn(column: Column, spec: ColumnSpec): Column {
  const builder = new ColumnBuilder(spec, column.data.length);
  for (const [i, text] of (column.data as string[]).entries()) {
    const numbers = text
      .split(/\s+/)
      .map(Number)
      .filter((value) => !Number.isNaN(value));
    builder.push(column.nulls?.[i] || numbers.length === 0 ? null : numbers);
  }
  return builder.finish();
}
