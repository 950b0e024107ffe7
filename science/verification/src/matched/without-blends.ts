import { findColumn, type Table, takeRows } from '@almagest/table';

/** The table without the rows of blends that were taken apart: their light is that of their sources, which have rows of their own. */
export function withoutBlends(table: Table): Table {
  const children = findColumn(table, 'deblend_nChild')?.data;
  if (!children) return table;
  const rows = Array.from({ length: table.nrows }, (_, i) => i).filter((i) => !(Number(children[i]) > 0));
  return rows.length === table.nrows ? table : takeRows(table, rows);
}
