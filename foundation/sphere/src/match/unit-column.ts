import { SphereShapeError } from '../errors.ts';

/** Many directions as columns [rad]; a row that is not finite matches nothing. */
export interface SkyColumns {
  readonly lon: Float64Array;
  readonly lat: Float64Array;
}

/** Unit vectors of many directions, x y z one after another. Fresh. Throws {@link SphereShapeError} where lengths differ. */
export function unitColumn({ lon, lat }: SkyColumns): Float64Array {
  if (lon.length !== lat.length)
    throw new SphereShapeError(`longitudes and latitudes must be of one length; found ${lon.length}, ${lat.length}`, {
      details: { lengths: [lon.length, lat.length] },
    });
  const units = new Float64Array(3 * lon.length);
  for (let i = 0; i < lon.length; i++) {
    const cosLat = Math.cos(lat[i]);
    units[3 * i] = cosLat * Math.cos(lon[i]);
    units[3 * i + 1] = cosLat * Math.sin(lon[i]);
    units[3 * i + 2] = Math.sin(lat[i]);
  }
  return units;
}

/** Separation [rad] from a squared chord of unit vectors. */
export function separationFromChord2(chord2: number): number {
  return 2 * Math.asin(Math.min(1, Math.sqrt(chord2) / 2));
}
