import { getPatch, getTract, planeToFitsKeywords, type SkyMap } from '@almagest/sphere';
import { createWcs, readWcsDefinition } from '@almagest/wcs';
import type { PatchFrame } from './warps/warp.ts';

/** The pixels of a patch of a sky map: its outer box on the tract's projection. */
export function patchFrameOf(skyMap: SkyMap, tractIndex: number, patchIndex: number): PatchFrame {
  const tract = getTract(skyMap, tractIndex);
  const keywords: Readonly<Record<string, string | number>> = { ...planeToFitsKeywords(tract.plane), RADESYS: 'ICRS' };
  const wcs = createWcs(readWcsDefinition({ get: (keyword: string) => keywords[keyword] }));
  return { wcs, box: getPatch(tract, patchIndex).outer };
}
