import type { Butler, DataCoordinate, DatasetRef as ButlerRef, DataId as ButlerDataId } from '@almagest/butler';
import { dataIdAt, type DataIdColumns, type DatasetColumns, type DimensionValue, type GraphSource } from '../quantum-graph/source.ts';

const CHUNK = 2000;

/** Answers the graph builder from a butler repository: one SQL query for each set of dimensions and each dataset type. */
export function butlerSource(butler: Butler): GraphSource {
  const existing = async (collections: readonly string[]): Promise<readonly string[]> => {
    const found = await Promise.all(collections.map((name) => butler.registry.findCollection(name)));
    return collections.filter((_, i) => found[i] !== undefined);
  };
  const locationsOf = async (refs: readonly ButlerRef[]): Promise<readonly unknown[]> => {
    const list: unknown[] = [];
    for (let i = 0; i < refs.length; i += CHUNK) {
      const part = refs.slice(i, i + CHUNK);
      // oxlint-disable-next-line no-await-in-loop -- one connection
      const records = await butler.registry.fetchFileRecords(part.map(({ id }) => id));
      for (const { id } of part) list.push(records.get(id));
    }
    return list;
  };
  const datasetColumns = async (refs: readonly ButlerRef[], dimensions: readonly string[]): Promise<DatasetColumns> => ({
    ...coordinateColumns(
      refs.map(({ dataId }) => dataId),
      dimensions,
    ),
    ids: refs.map(({ id }) => id),
    runs: refs.map(({ run }) => run),
    locations: await locationsOf(refs),
  });
  return {
    expandDimensions(dimensions) {
      const { required, implied } = butler.universe.group(dimensions);
      return { required, implied };
    },
    async dataIds(dimensions, { where, having, collections, bridges = [] }) {
      const searched = await existing(collections);
      let query = butler
        .query()
        .where(where)
        .joinDimensions(bridgesFor(butler, dimensions, { where, bridges }));
      for (const type of having) {
        // A type or a collection that is not there leaves nothing.
        // oxlint-disable-next-line no-await-in-loop -- few
        if (searched.length === 0 || !(await butler.registry.findDatasetType(type)))
          return coordinateColumns([], butler.universe.group(dimensions).names);
        query = query.joinDatasets({ type, collections: searched, findFirst: false });
      }
      const found = await query.dataIds(dimensions).toArray();
      return coordinateColumns(found, butler.universe.group(dimensions).names);
    },
    async datasets(name, { where, collections }) {
      const type = await butler.registry.findDatasetType(name);
      const searched = await existing(collections);
      const names = type?.dimensions.names ?? [];
      if (!type || searched.length === 0) return datasetColumns([], names);
      const refs = await butler.query().where(where).datasets({ type: name, collections: searched, findFirst: true }).toArray();
      return datasetColumns(refs, names);
    },
    calibrations: async (name, dataIds, collections) => {
      const searched = await existing(collections);
      const type = await butler.registry.findDatasetType(name);
      const names = type?.dimensions.names ?? [];
      const rows = new Int32Array(dataIds.length).fill(-1);
      if (!type || searched.length === 0) return { ...(await datasetColumns([], names)), rows };
      const refs: ButlerRef[] = [];
      const known = new Map<string, number>();
      for (const [moment, members] of groupByMoment(dataIds)) {
        // oxlint-disable-next-line no-await-in-loop -- one connection
        const found = await findAt(butler, { name, required: type.dimensions.required, dataIds, members, moment, collections: searched });
        for (const [i, ref] of found.entries()) {
          if (!ref) continue;
          const row = known.get(ref.id) ?? refs.push(ref) - 1;
          known.set(ref.id, row);
          rows[members[i] as number] = row;
        }
      }
      return { ...(await datasetColumns(refs, names)), rows };
    },
    async datasetType(name) {
      const type = await butler.registry.findDatasetType(name);
      return type && { dimensions: type.dimensions.required, storageClass: type.storageClass };
    },
    convertible: (from, to) => butler.storageClasses.canConvert(from, to),
  };
}

/**
 * Dimensions that relate an answer to what the expression speaks of: visits, where the answer has exposures, which have no region,
 * and the expression names something on the sky.
 */
function bridgesFor(
  butler: Butler,
  dimensions: readonly string[],
  { where, bridges }: { readonly where: string; readonly bridges: readonly string[] },
): readonly string[] {
  const own = butler.universe.group(dimensions).names;
  if (!own.includes('exposure') || own.includes('visit') || !bridges.includes('visit')) return [];
  const words = new Set(where.replaceAll(/'[^']*'|"[^"]*"/g, '').match(/[a-z_]\w*/g));
  const spatial = [...words].some((name) => !own.includes(name) && butler.universe.find(name)?.spatial !== undefined);
  return spatial ? ['visit'] : [];
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

async function findAt(
  butler: Butler,
  search: {
    readonly name: string;
    readonly required: readonly string[];
    readonly dataIds: DataIdColumns;
    readonly members: readonly number[];
    readonly moment: Moment | undefined;
    readonly collections: readonly string[];
  },
): Promise<readonly (ButlerRef | undefined)[]> {
  const { name, required, dataIds, members, moment, collections } = search;
  const type = await butler.registry.getDatasetType(name);
  const coordinates: DataCoordinate[] = [];
  for (const row of members) {
    const all = dataIdAt(dataIds, row);
    const own = Object.fromEntries(required.map((dimension) => [dimension, all[dimension]])) as ButlerDataId;
    // oxlint-disable-next-line no-await-in-loop -- no database access for plain values
    coordinates.push(await butler.registry.resolveDataId(type.dimensions, own));
  }
  if (!moment) return butler.registry.findDatasets(name, coordinates, { collections });
  const expanded = await butler.expandDataId([moment.dimension], moment.dataId);
  const timespan = expanded.records?.get(moment.dimension)?.fields['timespan'] as
    | { readonly begin: bigint; readonly end: bigint }
    | null
    | undefined;
  return butler.registry.findDatasets(name, coordinates, { collections, timespan: (timespan ?? undefined) as never });
}

function coordinateColumns(coordinates: readonly DataCoordinate[], dimensions: readonly string[]): DataIdColumns {
  const columns = dimensions.map((name) => coordinates.map((coordinate) => coordinate.find(name) as DimensionValue));
  return { dimensions, columns, length: coordinates.length };
}
