import { createHash } from 'node:crypto';
import type { Butler } from '@almagest/butler';
import {
  boundingCircle,
  DEGREE,
  decodeRegion,
  encodeRegion,
  getTract,
  iteratePatches,
  lonLatFromUnit,
  makeDiscreteSkyMap,
  type Region,
  type SkyMap,
  unionOf,
} from '@almagest/sphere';
import { NothingToMapError } from './errors.ts';

/** Where sky maps and what else belongs to the sky are kept. */
export const SKYMAPS = 'skymaps';

const DEFINITION = { name: 'skyMapDefinition', dimensions: ['skymap'], storageClass: 'StructuredDataDict' };
/** Patches of this size keep a warp and its neighbours in memory on a laptop. */
const PATCH_PIXELS = 2000;
const PATCH_BORDER = 50;
/** Regions of visits are padded for pointing errors; a tract adds this [rad]. */
const TRACT_MARGIN = (5 / 3600) * DEGREE;

/** Name and definition of a sky map of a repository. */
export interface NamedSkyMap {
  readonly name: string;
  readonly skyMap: SkyMap;
}

/**
 * Registers a sky map: the records of its tracts and patches, and its definition as a dataset. Repeating it changes nothing.
 */
export async function registerSkyMap(butler: Butler, { name, skyMap }: NamedSkyMap): Promise<void> {
  if (skyMap.kind !== 'discrete') throw new NothingToMapError(`expected a discrete sky map; found ${skyMap.kind}`);
  const tracts = skyMap.tracts.map((_, index) => getTract(skyMap, index));
  const hash = createHash('sha1').update(JSON.stringify(skyMap)).digest();
  await butler.registerDatasetType(DEFINITION);
  await butler.registry.registerCollection(SKYMAPS, 'RUN');
  const known = { skipExisting: true };
  await butler.transaction(async () => {
    const skymap = {
      name,
      hash,
      tract_max: tracts.length,
      patch_nx_max: Math.max(...tracts.map(({ patchesX }) => patchesX)),
      patch_ny_max: Math.max(...tracts.map(({ patchesY }) => patchesY)),
    };
    await butler.insertDimensionData('skymap', [skymap], known);
    for (const tract of tracts) {
      await butler.insertDimensionData('tract', [{ skymap: name, id: tract.index, region: encodeRegion(tract.outerRegion) }], known);
      const patches = [...iteratePatches(tract)].map((patch) => ({
        skymap: name,
        tract: tract.index,
        id: patch.index,
        cell_x: patch.x,
        cell_y: patch.y,
        region: encodeRegion(patch.outerRegion),
      }));
      await butler.insertDimensionData('patch', patches, known);
    }
  });
  if ((await butler.findDataset(DEFINITION.name, { skymap: name }, { collections: [SKYMAPS] })) === undefined)
    await butler.put(skyMap, DEFINITION.name, { skymap: name }, { run: SKYMAPS });
}

/**
 * The sky map of a repository, made around all visits when there is none: one tract, pixels as given.
 *
 * @param pixelScale Pixels of the coadds [rad].
 * @throws {NothingToMapError} if no visit has a region on the sky.
 */
export async function skyMapOf(butler: Butler, name: string, pixelScale: number): Promise<NamedSkyMap> {
  const known = await butler.queryDimensionRecords('skymap');
  if (known.some(({ fields }) => fields['name'] === name)) {
    const skyMap = (await butler.get(DEFINITION.name, { skymap: name }, { collections: [SKYMAPS] })) as SkyMap;
    return { name, skyMap };
  }
  const visits = await butler.queryDimensionRecords('visit');
  const regions = visits.map(({ fields }) => fields['region']).filter((region) => region instanceof Uint8Array);
  const made = {
    name,
    skyMap: coverRegions(
      regions.map((region) => decodeRegion(region)),
      pixelScale,
    ),
  };
  await registerSkyMap(butler, made);
  return made;
}

/** One tract about all regions, in equal patches. */
function coverRegions(regions: readonly Region[], pixelScale: number): SkyMap {
  if (regions.length === 0)
    throw new NothingToMapError('expected visits with a region on the sky; found none, so that there is nothing to make a sky map of');
  const { center, radius } = boundingCircle(unionOf(...regions));
  const half = radius + TRACT_MARGIN;
  const width = (2 * half) / pixelScale;
  const patchWidth = Math.ceil(width / Math.ceil(width / PATCH_PIXELS));
  return makeDiscreteSkyMap([{ center: lonLatFromUnit(center), radius: half }], {
    patchInnerWidth: patchWidth,
    patchInnerHeight: patchWidth,
    patchBorder: PATCH_BORDER,
    tractOverlap: 0,
    pixelScale,
  });
}
