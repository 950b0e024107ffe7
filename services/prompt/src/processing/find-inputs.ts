import { type Butler, DataCoordinate, type DatasetRef as ButlerRef } from '@almagest/butler';
import type { DatasetRef, DatasetTypeNode } from '@almagest/pipeline';
import { DEGREE, htmEnvelope, lonLatFromUnit, makeConvexPolygon, type Vec3 } from '@almagest/sphere';

/** Where and when a detector looks. */
export interface Place {
  readonly instrument: string;
  readonly detector: number;
  readonly physicalFilter: string;
  readonly band: string;
  /** Corners on the sky; nothing where the pointing is not known. */
  readonly corners: readonly Vec3[];
  /** Begin of the exposure, TAI. */
  readonly timeTaiNs: bigint;
  readonly skymap: string;
}

/** Datasets that exist for a detector, as its pipeline would read them. */
export interface FoundInput {
  readonly type: string;
  readonly node: DatasetTypeNode;
  readonly refs: readonly DatasetRef[];
}

/** Finds what a pipeline will read for a detector at a place, before its raw is there: calibrations by time, shards and patches by overlap. */
export async function findInputs(
  butler: Butler,
  nodes: Iterable<DatasetTypeNode>,
  place: Place,
  collections: readonly string[],
): Promise<readonly FoundInput[]> {
  const known = (await Promise.all(collections.map((name) => butler.registry.findCollection(name)))).flatMap((found) =>
    found ? [found.name] : [],
  );
  const inputs: FoundInput[] = [];
  for (const node of nodes) {
    // oxlint-disable-next-line no-await-in-loop -- one connection to the registry
    const refs = known.length === 0 ? [] : await findRefs(butler, node.name, place, known);
    // oxlint-disable-next-line no-await-in-loop
    inputs.push({ type: node.name, node, refs: await toPipelineRefs(butler, refs, node) });
  }
  return inputs;
}

async function findRefs(butler: Butler, name: string, place: Place, collections: readonly string[]): Promise<readonly ButlerRef[]> {
  const type = await butler.registry.findDatasetType(name);
  if (!type) return [];
  const { required } = type.dimensions;
  const values: Readonly<Record<string, string | number>> = {
    instrument: place.instrument,
    detector: place.detector,
    physical_filter: place.physicalFilter,
    band: place.band,
    skymap: place.skymap,
  };
  const skypix = required.find((dimension) => /^htm\d+$/.test(dimension));
  if (skypix !== undefined) {
    if (place.corners.length === 0) return [];
    const rest = Object.fromEntries(
      required.filter((dimension) => dimension !== skypix).map((dimension) => [dimension, values[dimension]]),
    );
    const wanted = trixelsOf(Number(skypix.slice(3)), place.corners).map((id) =>
      DataCoordinate.of(type.dimensions, { ...rest, [skypix]: id } as never),
    );
    return present(await butler.registry.findDatasets(name, wanted, { collections }));
  }
  if (required.includes('patch')) {
    if (place.corners.length === 0) return [];
    const terms = [`patch.region OVERLAPS POLYGON(${cornersText(place.corners)})`];
    for (const dimension of required) if (dimension in values) terms.push(`${dimension} = '${String(values[dimension])}'`);
    return butler.query().where(terms.join(' AND ')).datasets({ type: name, collections, findFirst: true }).toArray();
  }
  if (!required.every((dimension) => dimension in values)) return [];
  const dataId = Object.fromEntries(required.map((dimension) => [dimension, values[dimension]])) as Record<string, string | number>;
  const span = type.isCalibration ? { timespan: { begin: place.timeTaiNs, end: place.timeTaiNs + 1n } } : {};
  return present(await butler.registry.findDatasets(name, [DataCoordinate.of(type.dimensions, dataId)], { collections, ...span }));
}

function present(refs: readonly (ButlerRef | undefined)[]): readonly ButlerRef[] {
  return refs.filter((ref) => ref !== undefined);
}

function trixelsOf(level: number, corners: readonly Vec3[]): readonly number[] {
  const { bounds } = htmEnvelope(level, makeConvexPolygon(corners));
  const ids: number[] = [];
  for (let k = 0; k + 1 < bounds.length; k += 2) for (let id = Number(bounds[k]); id < Number(bounds[k + 1]); id++) ids.push(id);
  return ids;
}

function cornersText(corners: readonly Vec3[]): string {
  return corners
    .map((corner) => lonLatFromUnit(corner))
    .map(({ lon, lat }) => `${(lon / DEGREE).toFixed(7)}, ${(lat / DEGREE).toFixed(7)}`)
    .join(', ');
}

async function toPipelineRefs(butler: Butler, refs: readonly ButlerRef[], node: DatasetTypeNode): Promise<readonly DatasetRef[]> {
  const locations = await butler.registry.fetchFileRecords(refs.map(({ id }) => id));
  return refs.map(({ id, datasetType, dataId, run }) => ({
    id,
    datasetType: node.name,
    storageClass: datasetType.storageClass,
    dimensions: datasetType.dimensions.required,
    dataId: Object.fromEntries(datasetType.dimensions.required.map((name) => [name, dataId.get(name)])) as DatasetRef['dataId'],
    run,
    calibration: datasetType.isCalibration,
    location: locations.get(id),
  }));
}
