import { type Column, findColumn, makeColumn, type Table } from '@almagest/table';
import { schemaTable } from './schema-table.ts';

/** What the Source table says of a whole detector. */
export interface SourceTableIds {
  readonly visit: bigint;
  readonly detector: number;
  readonly band: string;
  readonly physicalFilter: string;
}

/** Bits of a source's number within its detector, and of the detector within its visit. */
const SOURCE_BITS = 24n;
const DETECTOR_BITS = 10n;

/** Identifier of a source: visit, detector and number in one 64-bit integer. */
export function sourceIdOf(visit: bigint, detector: number, index: number): bigint {
  return (((visit << DETECTOR_BITS) | BigInt(detector)) << SOURCE_BITS) | BigInt(index + 1);
}

/**
 * Measured sources in the columns of the survey's Source table, with its names, types, units and UCDs.
 *
 * Columns that nothing measured are NaN, null or false. Columns that the schema does not have are left out.
 */
export function sourceTable(table: Table, ids: SourceTableIds): Table {
  const rows = table.nrows;
  const given = new Map<string, Column>(
    [
      makeColumn({
        name: 'sourceId',
        datatype: 'int64',
        data: BigInt64Array.from({ length: rows }, (_, i) => sourceIdOf(ids.visit, ids.detector, i)),
      }),
      parentColumn(table, ids),
      makeColumn({ name: 'visit', datatype: 'int64', data: new BigInt64Array(rows).fill(ids.visit) }),
      makeColumn({ name: 'detector', datatype: 'int32', data: new Int32Array(rows).fill(ids.detector) }),
      makeColumn({ name: 'band', datatype: 'string', data: Array.from({ length: rows }, () => ids.band) }),
      makeColumn({ name: 'physical_filter', datatype: 'string', data: Array.from({ length: rows }, () => ids.physicalFilter) }),
    ].map((column) => [column.name, column]),
  );
  return schemaTable('Source', (name) => given.get(name) ?? findColumn(table, name), rows);
}

/** The blend that each source was taken out of; null for none. */
function parentColumn(table: Table, { visit, detector }: SourceTableIds): Column {
  const parent = findColumn(table, 'deblend_parent')?.data as Int32Array | undefined;
  const data = new BigInt64Array(table.nrows);
  const nulls = new Uint8Array(table.nrows).fill(1);
  parent?.forEach((row, i) => {
    if (row < 0) return;
    data[i] = sourceIdOf(visit, detector, row);
    nulls[i] = 0;
  });
  return makeColumn({ name: 'parentSourceId', datatype: 'int64', data, nulls });
}
