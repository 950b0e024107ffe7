import type { Butler, DataCoordinate, DatasetRef as ButlerRef } from '@almagest/butler';
import type { DataIdColumns, DatasetColumns, DimensionValue, GraphSource } from '../quantum-graph/source.ts';
import { findCalibrations, NOTHING } from './find-calibrations.ts';

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
      const found = type && searched.length > 0 ? await findCalibrations(butler, type, { dataIds, collections: searched }) : NOTHING;
      return { ...(await datasetColumns(found.refs, names)), rows: found.rows, members: found.members };
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

function coordinateColumns(coordinates: readonly DataCoordinate[], dimensions: readonly string[]): DataIdColumns {
  const columns = dimensions.map((name) => coordinates.map((coordinate) => coordinate.find(name) as DimensionValue));
  return { dimensions, columns, length: coordinates.length };
}
