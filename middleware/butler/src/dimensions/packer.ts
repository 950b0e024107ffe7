import { DataIdError } from '../errors.ts';
import { DataCoordinate, type DataId } from './data-coordinate.ts';
import type { DimensionRecord } from './dimension-record.ts';
import type { DimensionUniverse } from './universe.ts';

/** Which combination of ids a packed integer holds. */
export type PackerName = 'visit_detector' | 'exposure_detector' | 'tract_patch' | 'tract_patch_band';

/** Turns data IDs of one instrument or sky map into integers and back, as catalogue ids need. */
export interface DimensionPacker {
  /** Packed values are below 2 to this. */
  readonly maxBits: number;
  pack(dataId: DataId | DataCoordinate): bigint;
  unpack(packed: bigint): DataId;
}

/** Order in which bands are packed. */
const BANDS = ['u', 'g', 'r', 'i', 'z', 'y'] as const;

/**
 * A packer of the universe.
 *
 * @param governor - Record of the instrument (with `visit_max` or `exposure_max`, and `detector_max`) or sky map (with `tract_max` and numbers of patches).
 * @throws {DataIdError} if the record lacks a maximum, and from `pack` if a value exceeds one.
 */
export function makePacker(universe: DimensionUniverse, name: PackerName, governor: DimensionRecord): DimensionPacker {
  const { dimensions } = universe.config.packers[name] ?? { dimensions: PACKED[name] };
  const fixed = governor.element;
  const owner = governor.fields['name'] as string;
  const parts = dimensions
    .filter((dimension) => dimension !== fixed)
    .map((dimension) => ({ dimension, size: BigInt(sizeOf(name, dimension, governor)) }));
  const total = parts.reduce((product, part) => product * part.size, 1n);
  const read = (dataId: DataId | DataCoordinate, dimension: string): string | number => {
    const value = dataId instanceof DataCoordinate ? dataId.find(dimension) : dataId[dimension];
    if (value === undefined) throw new DataIdError(`packing ${name} needs ${dimension}`);
    return value;
  };
  return {
    maxBits: (total - 1n).toString(2).length,
    pack: (dataId) => {
      if (read(dataId, fixed) !== owner) throw new DataIdError(`this packer is for ${fixed} ${owner}; found ${read(dataId, fixed)}`);
      let packed = 0n;
      for (const { dimension, size } of parts) {
        const value = indexOf(dimension, read(dataId, dimension));
        if (value < 0n || value >= size)
          throw new DataIdError(`${dimension} must lie within 0 and ${size - 1n} to be packed; found ${value}`);
        packed = packed * size + value;
      }
      return packed;
    },
    unpack: (packed) => {
      if (packed < 0n || packed >= total) throw new DataIdError(`${packed} is no packed ${name}; expected 0 to ${total - 1n}`);
      const values: Record<string, string | number> = { [fixed]: owner };
      let rest = packed;
      for (const { dimension, size } of parts.toReversed()) {
        values[dimension] = dimension === 'band' ? (BANDS[Number(rest % size)] ?? '') : Number(rest % size);
        rest /= size;
      }
      return values;
    },
  };
}

const PACKED: Readonly<Record<PackerName, readonly string[]>> = {
  visit_detector: ['instrument', 'visit', 'detector'],
  exposure_detector: ['instrument', 'exposure', 'detector'],
  tract_patch: ['skymap', 'tract', 'patch'],
  tract_patch_band: ['skymap', 'tract', 'patch', 'band'],
};

function sizeOf(name: PackerName, dimension: string, governor: DimensionRecord): number {
  const field = (key: string): number => {
    const value = governor.fields[key];
    if (typeof value === 'number' && value > 0) return value;
    throw new DataIdError(`packing ${name} needs ${governor.element}.${key}, which is ${String(value as null)}`);
  };
  if (dimension === 'band') return BANDS.length;
  return dimension === 'patch' ? field('patch_nx_max') * field('patch_ny_max') : field(`${dimension}_max`);
}

function indexOf(dimension: string, value: string | number): bigint {
  if (dimension !== 'band') return BigInt(value);
  const index = BANDS.indexOf(value as 'u');
  if (index < 0) throw new DataIdError(`bands ${BANDS.join(', ')} can be packed; found ${value}`);
  return BigInt(index);
}
