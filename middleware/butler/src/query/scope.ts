import type { DatasetType } from '../datasets/dataset-type.ts';
import { recordFields } from '../dimensions/dimension-record.ts';
import { didYouMean } from '@almagest/errors';
import type { DimensionElement, DimensionUniverse } from '../dimensions/universe.ts';

/** Fields of datasets that queries can name. */
export type DatasetField = 'dataset_id' | 'run' | 'collection' | 'ingest_date' | 'timespan' | 'rank';

/** What a name in a query means. */
export type QueryColumn =
  | { readonly kind: 'dimension'; readonly dimension: string; readonly type: 'int' | 'string' }
  | {
      readonly kind: 'field';
      readonly element: string;
      readonly field: string;
      readonly type: 'int' | 'float' | 'string' | 'bool' | 'timespan' | 'region' | 'hash';
      /** One end of a span. */
      readonly end?: 'begin' | 'end';
    }
  | {
      readonly kind: 'dataset';
      readonly datasetType: string;
      readonly field: DatasetField;
      readonly type: 'uuid' | 'string' | 'time' | 'timespan' | 'int';
      readonly end?: 'begin' | 'end';
    };

const DATASET_FIELDS: Readonly<Record<string, { readonly field: DatasetField; readonly type: 'uuid' | 'string' | 'time' | 'timespan' }>> = {
  dataset_id: { field: 'dataset_id', type: 'uuid' },
  id: { field: 'dataset_id', type: 'uuid' },
  run: { field: 'run', type: 'string' },
  collection: { field: 'collection', type: 'string' },
  ingest_date: { field: 'ingest_date', type: 'time' },
  timespan: { field: 'timespan', type: 'timespan' },
};

/** The names that a query may use: its dimensions, their records' fields, and fields of its datasets. */
export interface Scope {
  readonly universe: DimensionUniverse;
  /** Dimensions in which bare field names are looked for. */
  readonly dimensions: readonly string[];
  readonly datasetTypes: readonly DatasetType[];
}

/** Meaning of a name, or a sentence that says what is wrong with it. */
export function resolveName(scope: Scope, name: string): QueryColumn | string {
  const [first = '', ...rest] = name.split('.');
  const dataset = scope.datasetTypes.find((type) => type.name === first);
  if (dataset && rest.length > 0) return datasetColumn(dataset.name, rest, name);
  const element = scope.universe.find(first);
  if (element) return rest.length === 0 ? ownColumn(element) : elementColumn(scope, element, rest, name);
  return bareColumn(scope, first, rest, name);
}

function ownColumn(element: DimensionElement): QueryColumn | string {
  if (!element.isDimension) return `${element.name} joins dimensions and has no value of its own; name one of its fields`;
  return { kind: 'dimension', dimension: element.name, type: element.primaryKey!.type === 'string' ? 'string' : 'int' };
}

function elementColumn(scope: Scope, element: DimensionElement, rest: readonly string[], name: string): QueryColumn | string {
  const [field = '', end, ...more] = rest;
  const found = recordFields(scope.universe, element).find(
    (known) => known.name === field || (known.dimension === field && field !== element.name),
  );
  if (!found || more.length > 0) {
    const known = recordFields(scope.universe, element).map((candidate) => candidate.name);
    return `${element.name} has no field ${JSON.stringify(rest.join('.'))}; it has ${known.join(', ')}`;
  }
  if (found.dimension !== undefined && end === undefined) {
    const own = scope.universe.get(found.dimension);
    return { kind: 'dimension', dimension: own.name, type: own.primaryKey!.type === 'string' ? 'string' : 'int' };
  }
  if (end === undefined) return { kind: 'field', element: element.name, field, type: found.type === 'blob' ? 'hash' : found.type };
  if (found.type === 'timespan' && (end === 'begin' || end === 'end'))
    return { kind: 'field', element: element.name, field, type: 'timespan', end };
  return `${name}: only a timespan has parts, begin and end`;
}

function datasetColumn(datasetType: string, rest: readonly string[], name: string): QueryColumn | string {
  const [field = '', end, ...more] = rest;
  const found = DATASET_FIELDS[field];
  if (!found || more.length > 0)
    return `datasets have no field ${JSON.stringify(rest.join('.'))}; they have dataset_id, run, collection, ingest_date, timespan`;
  if (end === undefined) return { kind: 'dataset', datasetType, ...found };
  if (found.type === 'timespan' && (end === 'begin' || end === 'end')) return { kind: 'dataset', datasetType, ...found, end };
  return `${name}: only a timespan has parts, begin and end`;
}

/** A field name alone stands for the one dimension, or the one dataset type, that has it. */
function bareColumn(scope: Scope, field: string, rest: readonly string[], name: string): QueryColumn | string {
  const having = scope.dimensions
    .map((dimension) => scope.universe.get(dimension))
    .filter((element) => recordFields(scope.universe, element).some((known) => known.name === field && known.dimension === undefined));
  // The timespan of an exposure is meant rather than that of the day it implies.
  const holders = having.filter((element) => !having.some((other) => other.implied.includes(element.name)));
  const only = holders[0];
  if (holders.length === 1) return elementColumn(scope, only!, [field, ...rest], name);
  if (holders.length > 1)
    return `${field} is a field of ${holders.map((element) => element.name).join(' and ')}; write ${only!.name}.${field}`;
  if (DATASET_FIELDS[field] && scope.datasetTypes.length === 1) return datasetColumn(scope.datasetTypes[0]!.name, [field, ...rest], name);
  if (DATASET_FIELDS[field]) return `${field} needs the dataset type before it, as in flat.${field}`;
  const known = [
    ...scope.universe.elements.map((element) => element.name),
    ...scope.dimensions.flatMap((dimension) =>
      recordFields(scope.universe, scope.universe.get(dimension)).map((candidate) => candidate.name),
    ),
    ...scope.datasetTypes.map((type) => type.name),
  ];
  return `${JSON.stringify(name)} is no dimension, field, dataset type or bound name${didYouMean(name, known)}`;
}
