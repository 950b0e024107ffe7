import type { Butler, DataCoordinate, DataId as ButlerDataId, DatasetRef, DatasetType } from '@almagest/butler';
import { dataIdAt, type DataIdColumns } from '../quantum-graph/source.ts';

/** Calibrations of many data IDs: data ID `members[k]` has `refs[rows[k]]`. */
export interface FoundCalibrations {
  readonly refs: readonly DatasetRef[];
  readonly rows: Int32Array;
  readonly members: Int32Array;
}

export const NOTHING: FoundCalibrations = { refs: [], rows: new Int32Array(0), members: new Int32Array(0) };

export interface CalibrationSearch {
  readonly dataIds: DataIdColumns;
  readonly collections: readonly string[];
}

/**
 * Datasets that are valid when the exposure or visit of each data ID was taken.
 *
 * Dimensions that the dataset type has beyond the data IDs are left open: a detector has the flats of all filters.
 */
export async function findCalibrations(butler: Butler, type: DatasetType, search: CalibrationSearch): Promise<FoundCalibrations> {
  const { dataIds, collections } = search;
  const { required } = type.dimensions;
  const known = required.filter((name) => dataIds.dimensions.includes(name));
  const open = known.length < required.length ? await certifiedBy(butler, type, { known, collections }) : undefined;
  const refs: DatasetRef[] = [];
  const rowOf = new Map<string, number>();
  const rows: number[] = [];
  const members: number[] = [];
  for (const [moment, group] of groupByMoment(dataIds)) {
    const coordinates: DataCoordinate[] = [];
    const owners: number[] = [];
    for (const member of group) {
      const all = dataIdAt(dataIds, member);
      // oxlint-disable-next-line no-await-in-loop -- no database access for plain values
      const own = open ? (open.get(keyOf(known, (name) => all[name])) ?? []) : [await coordinateOf(butler, type, all)];
      coordinates.push(...own);
      for (let k = 0; k < own.length; k++) owners.push(member);
    }
    if (coordinates.length === 0) continue;
    // oxlint-disable-next-line no-await-in-loop -- one connection
    const timespan = moment && (await timespanOf(butler, moment));
    const options = timespan ? { collections: [...collections], timespan } : { collections: [...collections] };
    // oxlint-disable-next-line no-await-in-loop -- one connection
    for (const [k, ref] of (await butler.registry.findDatasets(type.name, coordinates, options)).entries()) {
      if (!ref) continue;
      const row = rowOf.get(ref.id) ?? refs.push(ref) - 1;
      rowOf.set(ref.id, row);
      rows.push(row);
      members.push(owners[k] as number);
    }
  }
  return { refs, rows: Int32Array.from(rows), members: Int32Array.from(members) };
}

function coordinateOf(butler: Butler, { dimensions }: DatasetType, all: ReturnType<typeof dataIdAt>): Promise<DataCoordinate> {
  const own = Object.fromEntries(dimensions.required.map((name) => [name, all[name]])) as ButlerDataId;
  return butler.registry.resolveDataId(dimensions, own);
}

const keyOf = (names: readonly string[], valueOf: (name: string) => unknown): string => JSON.stringify(names.map(valueOf));

/** Data IDs that the collections have datasets of a type for, at any time, by the values of some dimensions. */
async function certifiedBy(
  butler: Butler,
  { name }: DatasetType,
  { known, collections }: { readonly known: readonly string[]; readonly collections: readonly string[] },
): Promise<ReadonlyMap<string, readonly DataCoordinate[]>> {
  const found = await butler
    .query()
    .datasets({ type: name, collections: [...collections], findFirst: false })
    .toArray();
  const distinct = new Map(found.map(({ dataId }) => [dataId.key, dataId]));
  return Map.groupBy(distinct.values(), (dataId) => keyOf(known, (dimension) => dataId.get(dimension)));
}

interface Moment {
  readonly dimension: 'exposure' | 'visit';
  readonly dataId: ButlerDataId;
}

/** Groups rows by the exposure or visit that gives their time; undefined where there is none. */
function groupByMoment(dataIds: DataIdColumns): ReadonlyMap<Moment | undefined, readonly number[]> {
  const dimension = (['exposure', 'visit'] as const).find((name) => dataIds.dimensions.includes(name));
  const rows = Array.from({ length: dataIds.length }, (_, row) => row);
  if (dimension === undefined) return new Map([[undefined, rows]]);
  const groups = new Map<string, { readonly moment: Moment; readonly rows: number[] }>();
  for (const row of rows) {
    const dataId = dataIdAt(dataIds, row);
    const key = `${dataId['instrument']}/${dataId[dimension]}`;
    const group = groups.get(key);
    if (group) group.rows.push(row);
    else
      groups.set(key, {
        moment: { dimension, dataId: { instrument: dataId['instrument'] as string, [dimension]: dataId[dimension] as number } },
        rows: [row],
      });
  }
  return new Map([...groups.values()].map((group) => [group.moment, group.rows]));
}

type Span = { readonly begin: bigint; readonly end: bigint };

async function timespanOf(butler: Butler, { dimension, dataId }: Moment): Promise<Span | undefined> {
  const expanded = await butler.expandDataId([dimension], dataId);
  return (expanded.records?.get(dimension)?.fields['timespan'] as Span | null | undefined) ?? undefined;
}
