import { SkyMapLookupError, SphereRangeError } from '../errors.ts';
import { faceVector, requireOrder } from '../healpix/face.ts';
import { faceFromNest, faceFromRing, lonLatToNest, lonLatToRing, nestToLonLat, ringToLonLat } from '../healpix/index-number.ts';
import { convexHull } from '../region/polygon.ts';
import { makeBox } from '../region/region.ts';
import { lonInterval } from '../vector/interval.ts';
import { HALF_PI, type LonLat, lonLatFromUnit, offsetBy, separationLonLat, TWO_PI, unitFromLonLat, wrapTwoPi } from '../vector/lon-lat.ts';
import { crossAround, layOutTract, type Tract, type TractGeometry, tractHas } from './tract.ts';

/** Rings of equal width in declination between two polar caps, each divided in right ascension; tracts numbered from the south. */
export interface RingsSkyMap {
  readonly kind: 'rings';
  readonly geometry: TractGeometry;
  readonly numRings: number;
  /** Right ascension of the first tract's centre in each ring [rad]. */
  readonly raStart: number;
  /** Tracts in each ring. */
  readonly ringSizes: readonly number[];
}

/** Tracts at chosen places. */
export interface DiscreteSkyMap {
  readonly kind: 'discrete';
  readonly geometry: TractGeometry;
  /** Centre and half side [rad] of each tract. */
  readonly tracts: readonly { readonly center: LonLat; readonly radius: number }[];
}

/**
 * A tract for every HEALPix pixel.
 * As in lsst.skymap, tract i lies at the pixel's colatitude minus 90 degrees: the numbering is mirrored at the equator.
 */
export interface HealpixSkyMap {
  readonly kind: 'healpix';
  readonly geometry: TractGeometry;
  readonly order: number;
  readonly nest: boolean;
}

export type SkyMap = RingsSkyMap | DiscreteSkyMap | HealpixSkyMap;

/** The defaults of lsst.skymap, in radians: 4000-pixel patches with a border of 100, 1 degree of overlap, 0.333 arcsec pixels. */
export const DEFAULT_TRACT_GEOMETRY: TractGeometry = {
  patchInnerWidth: 4000,
  patchInnerHeight: 4000,
  patchBorder: 100,
  tractOverlap: Math.PI / 180,
  pixelScale: (0.333 / 3600) * (Math.PI / 180),
  rotation: 0,
};

/** Makes a map of rings; numbering as lsst.skymap version 1. Throws {@link SphereRangeError} for bad numbers. */
export function makeRingsSkyMap(options: {
  readonly numRings: number;
  readonly raStart?: number;
  readonly geometry?: Partial<TractGeometry>;
}): RingsSkyMap {
  const { numRings, raStart = 0 } = options;
  if (!Number.isInteger(numRings) || numRings < 1 || numRings > 100_000)
    throw new SphereRangeError(`a sky map has 1 to 100000 rings; found ${numRings}`, { details: { value: String(numRings) } });
  const size = Math.PI / (numRings + 1);
  const ringSizes = Array.from({ length: numRings }, (_, ring) => {
    const start = size * (ring + 0.5) - HALF_PI;
    const nearest = Math.min(Math.abs(start), Math.abs(start + size));
    return Math.floor((TWO_PI * Math.cos(nearest)) / size) + 1;
  });
  return { kind: 'rings', geometry: checkGeometry(options.geometry), numRings, raStart: wrapTwoPi(raStart), ringSizes };
}

/** Makes a map of tracts about given centres; numbering is that of the list. */
export function makeDiscreteSkyMap(tracts: DiscreteSkyMap['tracts'], geometry?: Partial<TractGeometry>): DiscreteSkyMap {
  for (const { center, radius } of tracts)
    if (!(radius > 0 && radius < HALF_PI && Math.abs(center.lat) <= HALF_PI && Number.isFinite(center.lon)))
      throw new SphereRangeError(
        `a tract needs a finite centre and a radius under 90 degrees; found ${center.lon}, ${center.lat}, ${radius} (radian)`,
        {
          details: { value: `${center.lon}, ${center.lat}, ${radius}` },
        },
      );
  return { kind: 'discrete', geometry: checkGeometry(geometry), tracts };
}

/** Makes a map with a tract for each HEALPix pixel of an order, numbered as lsst.skymap does. */
export function makeHealpixSkyMap(options: {
  readonly order: number;
  readonly nest?: boolean;
  readonly geometry?: Partial<TractGeometry>;
}): HealpixSkyMap {
  requireOrder(options.order, 12);
  return { kind: 'healpix', geometry: checkGeometry(options.geometry), order: options.order, nest: options.nest ?? false };
}

/** Number of tracts of a map. */
export function tractCount(map: SkyMap): number {
  switch (map.kind) {
    case 'rings':
      return 2 + map.ringSizes.reduce((sum, size) => sum + size, 0);
    case 'discrete':
      return map.tracts.length;
    case 'healpix':
      return 12 * 4 ** map.order;
  }
}

/** A tract by index. Throws {@link SkyMapLookupError} where there is none. */
export function getTract(map: SkyMap, index: number): Tract {
  const count = tractCount(map);
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new SkyMapLookupError(`the sky map has tracts 0 to ${count - 1}; found ${index}`, { details: { index } });
  switch (map.kind) {
    case 'rings':
      return ringsTract(map, index);
    case 'discrete': {
      const { center, radius } = map.tracts[index];
      return explicitTract(map.geometry, { index, center, radius });
    }
    case 'healpix':
      return healpixTract(map, index);
  }
}

/** Index of the tract whose inner region holds a direction; of discrete tracts the one with the nearest centre. */
export function findTract(map: SkyMap, sky: LonLat): number {
  switch (map.kind) {
    case 'rings': {
      const ring = ringOf(map, sky.lat);
      return indexInRings(map, ring, columnInRing(map, ring, sky.lon));
    }
    case 'discrete': {
      const distances = map.tracts.map((tract) => separationLonLat(tract.center, sky));
      return distances.indexOf(Math.min(...distances));
    }
    case 'healpix':
      return (map.nest ? lonLatToNest : lonLatToRing)(map.order, sky.lon, -sky.lat);
  }
}

/** Indices of all tracts that have a pixel at a direction, ascending. */
export function findAllTracts(map: SkyMap, sky: LonLat): readonly number[] {
  const found = new Set(candidates(map, sky));
  return [...found].filter((index) => tractHas(getTract(map, index), sky)).toSorted((p, q) => p - q);
}

function candidates(map: SkyMap, sky: LonLat): readonly number[] {
  if (map.kind === 'discrete') return map.tracts.map((_, index) => index);
  const reach = tractReach(map);
  if (map.kind === 'healpix') {
    const count = tractCount(map);
    const center = (index: number): LonLat => healpixCenter(map, index);
    return Array.from({ length: count }, (_, index) => index).filter((index) => separationLonLat(center(index), sky) <= reach);
  }
  const all = [0, tractCount(map) - 1];
  for (let ring = 0; ring < map.numRings; ring++) {
    const lat = ringLat(map, ring);
    if (Math.abs(lat - sky.lat) > reach) continue;
    const step = TWO_PI / map.ringSizes[ring];
    // Points within reach differ in longitude by at most this.
    const ratio = Math.sin(Math.min(reach, HALF_PI)) / Math.max(1e-9, Math.cos(sky.lat));
    const columns = ratio >= 1 ? map.ringSizes[ring] : Math.min(map.ringSizes[ring], 2 * Math.ceil(Math.asin(ratio) / step) + 3);
    const middle = columnInRing(map, ring, sky.lon);
    for (let k = 0; k < columns; k++) {
      const column = (((middle + k - (columns >> 1)) % map.ringSizes[ring]) + map.ringSizes[ring]) % map.ringSizes[ring];
      all.push(indexInRings(map, ring, column));
    }
  }
  return all;
}

/** No pixel of a tract is farther from its centre [rad]: its half side, the overlap, the rounding to whole patches, on the diagonal. */
function tractReach(map: RingsSkyMap | HealpixSkyMap): number {
  const { geometry } = map;
  const half = map.kind === 'rings' ? Math.PI / (map.numRings + 1) / 2 : 1.1 / 2 ** map.order;
  const patch = Math.max(geometry.patchInnerWidth, geometry.patchInnerHeight) * geometry.pixelScale;
  return Math.min(HALF_PI, Math.atan(Math.SQRT2 * (Math.tan(Math.min(1.5, half + geometry.tractOverlap)) + patch)));
}

function ringsTract(map: RingsSkyMap, index: number): Tract {
  const { ring, column } = ringIndices(map, index);
  const size = Math.PI / (map.numRings + 1);
  const radius = size / 2;
  if (ring < 0 || ring === map.numRings) {
    const sign = ring < 0 ? -1 : 1;
    const edge = sign * (HALF_PI - radius);
    const cap = makeBox({ a: 0, b: TWO_PI }, sign < 0 ? { a: -HALF_PI, b: edge } : { a: edge, b: HALF_PI });
    return explicitTract(map.geometry, { index, center: { lon: 0, lat: sign * HALF_PI }, radius, innerRegion: cap });
  }
  const lat = ringLat(map, ring);
  const step = TWO_PI / map.ringSizes[ring];
  const center = { lon: wrapTwoPi(map.raStart + step * column), lat };
  const innerRegion = makeBox(lonInterval(center.lon - step / 2, center.lon + step / 2), { a: lat - radius, b: lat + radius });
  return explicitTract(map.geometry, { index, center, radius, innerRegion });
}

function explicitTract(
  geometry: TractGeometry,
  plan: { readonly index: number; readonly center: LonLat; readonly radius: number; readonly innerRegion?: Tract['innerRegion'] },
): Tract {
  const { index, center, radius, innerRegion } = plan;
  return layOutTract({ index, center, geometry, mustHold: crossAround(center, radius + geometry.tractOverlap), innerRegion });
}

function healpixTract(map: HealpixSkyMap, index: number): Tract {
  const { face, x, y } = map.nest ? faceFromNest(map.order, index) : faceFromRing(map.order, index);
  const nside = 2 ** map.order;
  const corners = [
    [x + 1, y + 1],
    [x, y + 1],
    [x, y],
    [x + 1, y],
  ].map(([px, py]) => {
    const { lon, lat } = lonLatFromUnit(faceVector(face, px / nside, py / nside));
    return { lon, lat: -lat };
  });
  const half = map.geometry.tractOverlap / 2;
  const around = (corner: LonLat): readonly LonLat[] => Array.from({ length: 24 }, (_, i) => offsetBy(corner, (i * TWO_PI) / 24, half));
  return layOutTract({
    index,
    center: healpixCenter(map, index),
    geometry: map.geometry,
    mustHold: half === 0 ? corners : corners.flatMap(around),
    innerRegion: convexHull(corners.map(unitFromLonLat)),
  });
}

function healpixCenter(map: HealpixSkyMap, index: number): LonLat {
  const { lon, lat } = (map.nest ? nestToLonLat : ringToLonLat)(map.order, index);
  return { lon, lat: -lat };
}

function ringLat(map: RingsSkyMap, ring: number): number {
  return (Math.PI / (map.numRings + 1)) * (ring + 1) - HALF_PI;
}

/** Ring of a latitude: -1 in the southern cap, numRings in the northern. */
function ringOf(map: RingsSkyMap, lat: number): number {
  const size = Math.PI / (map.numRings + 1);
  const start = size / 2 - HALF_PI;
  if (lat < start) return -1;
  if (lat > -start) return map.numRings;
  return Math.min(map.numRings - 1, Math.floor((lat - start) / size));
}

function columnInRing(map: RingsSkyMap, ring: number, lon: number): number {
  if (ring < 0 || ring >= map.numRings) return 0;
  const count = map.ringSizes[ring];
  const column = Math.floor(wrapTwoPi(lon - map.raStart) / (TWO_PI / count) + 0.5);
  return column === count ? 0 : column;
}

function indexInRings(map: RingsSkyMap, ring: number, column: number): number {
  if (ring < 0) return 0;
  let index = 1 + column;
  for (let i = 0; i < ring; i++) index += map.ringSizes[i];
  return index;
}

function ringIndices(map: RingsSkyMap, index: number): { ring: number; column: number } {
  if (index === 0) return { ring: -1, column: 0 };
  let column = index - 1;
  let ring = 0;
  while (ring < map.numRings && column >= map.ringSizes[ring]) column -= map.ringSizes[ring++];
  return { ring, column };
}

function checkGeometry(partial: Partial<TractGeometry> = {}): TractGeometry {
  const geometry = { ...DEFAULT_TRACT_GEOMETRY, ...partial };
  const { patchInnerWidth, patchInnerHeight, patchBorder, tractOverlap, pixelScale, rotation } = geometry;
  const whole = [patchInnerWidth, patchInnerHeight, patchBorder].every(Number.isInteger);
  if (
    !whole ||
    patchInnerWidth < 1 ||
    patchInnerHeight < 1 ||
    patchBorder < 0 ||
    !(tractOverlap >= 0) ||
    !(pixelScale > 0) ||
    !Number.isFinite(rotation)
  )
    throw new SphereRangeError(
      'tract geometry: patches need whole positive sides, a whole border from 0, overlap from 0 and a positive pixel scale',
      {
        details: { value: JSON.stringify(geometry) },
      },
    );
  return geometry;
}
