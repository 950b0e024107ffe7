import type { Background } from '@almagest/characterization';
import type { SurfaceMesh } from '@almagest/kernels';
import { getColumn, makeColumn, makeTable, type Table } from '@almagest/table';

/** The mesh of an image's sky as a table, cells by rows. */
export function tableOfBackground({ level, noise }: Pick<Background, 'level' | 'noise'>): Table {
  const constant = (name: string, value: number): Table['columns'][number] =>
    makeColumn({ name, datatype: 'int32', data: new Int32Array(level.values.length).fill(value) });
  return makeTable([
    makeColumn({ name: 'level', datatype: 'float64', data: Float64Array.from(level.values), unit: 'electron' }),
    makeColumn({ name: 'noise', datatype: 'float64', data: Float64Array.from(noise.values), unit: 'electron' }),
    constant('columns', level.columns),
    constant('cellWidth', level.cellWidth),
    constant('cellHeight', level.cellHeight),
  ]);
}

/** The mesh of levels of a table of {@link tableOfBackground}, or of some of its rows. */
export function levelOfTable(table: Table, rows: readonly number[] = Array.from({ length: table.nrows }, (_, i) => i)): SurfaceMesh {
  const at = (name: string): number => Number(getColumn(table, name).data[rows[0] ?? 0]);
  const level = getColumn(table, 'level').data as Float64Array;
  const columns = at('columns');
  return {
    columns,
    rows: rows.length / columns,
    cellWidth: at('cellWidth'),
    cellHeight: at('cellHeight'),
    values: Float64Array.from(rows, (row) => level[row]),
  };
}
