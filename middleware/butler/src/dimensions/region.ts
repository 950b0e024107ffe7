import {
  decodeRegion,
  decodeRegionBase64,
  encodeRegion,
  healpixEnvelope,
  htmEnvelope,
  intersects,
  type RangeSet,
  type Region,
} from '@almagest/sphere';
import { decodeBase64 } from '../datastore/base64.ts';
import { RegionEncodingError } from '../errors.ts';

/** A pixelization at one level. */
export interface SkypixSystem {
  readonly system: 'htm' | 'healpix';
  readonly level: number;
}

/** Pixels of a skypix system that may overlap a region, as half-open ranges: a superset, so that no overlap is lost. */
export function skypixRanges(region: Region, { system, level }: SkypixSystem): readonly (readonly [number, number])[] {
  const ranges: RangeSet = system === 'htm' ? htmEnvelope(level, region) : healpixEnvelope(level, region);
  const out: [number, number][] = [];
  for (let i = 0; i < ranges.bounds.length; i += 2) out.push([Number(ranges.bounds[i]), Number(ranges.bounds[i + 1])]);
  return out;
}

/** Pixels one by one; meant for the coarse common system. */
export function skypixEnvelope(region: Uint8Array, system: SkypixSystem): readonly number[] {
  const pixels: number[] = [];
  for (const [begin, end] of skypixRanges(readRegion(region), system)) for (let pixel = begin; pixel < end; pixel += 1) pixels.push(pixel);
  return pixels;
}

/** @throws {RegionEncodingError} */
export function readRegion(bytes: Uint8Array): Region {
  try {
    return decodeRegion(bytes);
  } catch (error) {
    throw new RegionEncodingError(`a sky region cannot be decoded: ${(error as Error).message}`, { cause: error });
  }
}

/** Bytes of a region as registries keep it; several texts joined by ':' are a union. @throws {RegionEncodingError} */
export function regionFromText(text: string): Uint8Array {
  if (!text.includes(':') && text !== '') return decodeBase64(text);
  try {
    return encodeRegion(decodeRegionBase64(text));
  } catch (error) {
    throw new RegionEncodingError(`a sky region cannot be decoded: ${(error as Error).message}`, { cause: error });
  }
}

/** Whether two regions share a point; cases that rounding leaves open count as sharing. */
export function regionsMayOverlap(a: Region, b: Region): boolean {
  return intersects(a, b) !== 'no';
}

/** Whether a value is a region of the sphere room rather than its bytes. */
export function isRegion(value: unknown): value is Region {
  return typeof value === 'object' && value !== null && 'kind' in value && typeof value.kind === 'string';
}
