import { sql } from 'kysely';
import type { Region } from '@almagest/sphere';
import type { Timespan } from '@almagest/time';
import { decodeBase64 } from '../datastore/base64.ts';
import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DatasetType } from '../datasets/dataset-type.ts';
import { DataCoordinate, type DataIdValue } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import { type DimensionRecord, type FieldValue, recordFields } from '../dimensions/dimension-record.ts';
import { readRegion, regionFromText, regionsMayOverlap } from '../dimensions/region.ts';
import type { RegistryContext } from '../registry/registry-context.ts';
import { decodeField, decodeTimespan, decodeUuid } from '../sql/codec.ts';
import type { Row } from '../sql/database.ts';
import { type QueryPlan, planQuery } from './plan.ts';
import type { QuerySpec } from './query-spec.ts';
import type { QueryColumn } from './scope.ts';

/** A value of a general query row. */
export type ColumnValue = FieldValue | Timespan;

/** Rows of a planned query in pages, exact region tests applied. */
export async function* streamRows(
  context: RegistryContext,
  plan: QueryPlan,
  options: { readonly pageSize?: number; readonly signal?: AbortSignal } = {},
): AsyncIterable<readonly Row[]> {
  let left = plan.limitAfter ?? Infinity;
  const overlaps = overlapTest();
  for await (const page of context.db.stream(plan.sql, options)) {
    const kept =
      plan.regionTests.length === 0
        ? page
        : page.filter((row) => plan.regionTests.every(({ left: a, right: b }) => overlaps(row[a], typeof b === 'string' ? row[b] : b)));
    const taken = kept.length > left ? kept.slice(0, left) : kept;
    if (taken.length > 0) yield taken;
    left -= taken.length;
    if (left <= 0) return;
  }
}

/** Exact overlap with regions decoded once; rows without a region never overlap. */
function overlapTest(): (a: unknown, b: unknown) => boolean {
  const decoded = new Map<unknown, Region>();
  const regionOf = (value: unknown): Region | undefined => {
    if (!(value instanceof Uint8Array) && typeof value !== 'string') return undefined;
    let region = decoded.get(value);
    if (!region) {
      if (decoded.size > 20_000) decoded.clear();
      decoded.set(value, (region = readRegion(typeof value === 'string' ? regionFromText(value) : value)));
    }
    return region;
  };
  return (a, b) => {
    const [left, right] = [regionOf(a), regionOf(b)];
    return left !== undefined && right !== undefined && regionsMayOverlap(left, right);
  };
}

/** Number of rows; counted by the database unless exact region tests are needed. */
export async function countRows(context: RegistryContext, spec: QuerySpec): Promise<number> {
  const plan = planQuery(context, { ...spec, orderBy: [] });
  if (plan.regionTests.length === 0) {
    const rows = await context.db.all(sql`SELECT COUNT(*) AS n FROM (${plan.sql}) AS q`);
    return Number(rows[0]!['n']);
  }
  let count = 0;
  for await (const page of streamRows(context, plan)) count += page.length;
  return count;
}

/** Whether there is any row. */
export async function hasRows(context: RegistryContext, spec: QuerySpec): Promise<boolean> {
  const plan = planQuery(context, { ...spec, orderBy: [], limit: 1 });
  for await (const page of streamRows(context, plan, { pageSize: 100 })) return page.length > 0;
  return false;
}

/** Reads a data ID out of rows of a plan. */
export function dataIdReader(plan: QueryPlan, dimensions: DimensionGroup): (row: Row) => DataCoordinate {
  const full = plan.dimensions.length === dimensions.names.length;
  const names = (full ? [...dimensions.required, ...dimensions.implied] : dimensions.required).map((name) => `d_${name}`);
  return (row) =>
    DataCoordinate.fromOrdered(
      dimensions,
      names.map((name) => row[name] as DataIdValue),
    );
}

export function datasetReader(plan: QueryPlan, type: DatasetType, dimensions: DimensionGroup): (row: Row) => DatasetRef {
  const readDataId = dataIdReader(plan, dimensions);
  return (row) => {
    const dataId = readDataId(row);
    return {
      id: decodeUuid(row['dataset_id']),
      datasetType: type,
      dataId: dimensions === type.dimensions ? dataId : dataId.subset(type.dimensions),
      run: row['run'] as string,
    };
  };
}

export function recordReader(context: RegistryContext, elementName: string): (row: Row) => DimensionRecord {
  const element = context.universe.get(elementName);
  const fields = element.hasTable ? recordFields(context.universe, element) : recordFields(context.universe, element).slice(0, 1);
  return (row) => {
    const values: Record<string, FieldValue> = {};
    for (const field of fields) values[field.name] = decodeField(field, row, 'r_');
    return { element: elementName, fields: values };
  };
}

/** Value of a named column of a row. */
export function readColumn(column: QueryColumn, alias: string, row: Row): ColumnValue {
  if (column.type === 'timespan') {
    const end = column.end;
    if (end !== undefined) return row[`${alias}_${end}`] as ColumnValue;
    return decodeTimespan(row, alias);
  }
  const value = row[alias];
  if (value === null || value === undefined) return null;
  if (column.type === 'uuid') return decodeUuid(value);
  if (column.type === 'bool') return value === true || value === 1;
  if (column.type === 'region' || column.type === 'hash') return decodeBase64(value as string);
  if (column.type === 'time') return BigInt(value as number);
  return value as ColumnValue;
}
