import { median } from '@almagest/numerics';
import { type MatchedCatalog, rowsOfObject } from './matched-catalog.ts';

/** Which objects of a matched catalogue a metric uses; an object enters or stays out as a whole. */
export interface ObjectSelection {
  /** Bounds of the median signal to noise, both included. */
  readonly snrMin: number;
  readonly snrMax?: number;
  /** Point sources have extendedness below 0.9 in every visit, extended ones above 0.9; `any` does not ask. A missing value rules an object out. */
  readonly shape: 'point' | 'extended' | 'any';
  /** Leaves out objects with a saturated, bad, edge or cosmic-ray pixel in any visit. */
  readonly clean: boolean;
  /** Leaves out objects that are not primary detections in every visit. */
  readonly primary: boolean;
  /** Bounds of the median magnitude [mag], half-open. */
  readonly magRange?: readonly [bright: number, faint: number];
  /** Fewest rows of an object. */
  readonly minRows?: number;
}

/** Isolated, clean, primary point sources with a median S/N of at least 50: what the astrometric metrics use. */
export const CLEAN_STARS: ObjectSelection = { snrMin: 50, shape: 'point', clean: true, primary: true };

/** Point sources with a median S/N of at least 200, whatever their flags: what PA1 and PF1 use. */
export const BRIGHT_STARS: ObjectSelection = { snrMin: 200, shape: 'point', clean: false, primary: false };

/**
 * Numbers of the objects that a selection keeps, ascending.
 *
 * An object needs at least two rows, and a finite magnitude in all of them.
 */
export function selectObjects(catalog: MatchedCatalog, selection: ObjectSelection): Int32Array {
  const kept: number[] = [];
  for (let k = 0; k < catalog.objectNames.length; k++) if (keeps(catalog, rowsOfObject(catalog, k), selection)) kept.push(k);
  return Int32Array.from(kept);
}

function keeps(catalog: MatchedCatalog, rows: Int32Array, selection: ObjectSelection): boolean {
  if (rows.length < Math.max(2, selection.minRows ?? 2)) return false;
  const mags = Float64Array.from(rows, (row) => catalog.mag[row]);
  if (!mags.every((mag) => Number.isFinite(mag))) return false;
  const snr = median(Float64Array.from(rows, (row) => (Number.isFinite(catalog.snr[row]) ? catalog.snr[row] : Number.NaN)));
  if (!(snr >= selection.snrMin && snr <= (selection.snrMax ?? Number.POSITIVE_INFINITY))) return false;
  if (!hasShape(catalog, rows, selection.shape)) return false;
  if (selection.clean && catalog.pixelFlags && rows.some((row) => catalog.pixelFlags?.[row] !== 0)) return false;
  if (selection.primary && catalog.primary && rows.some((row) => catalog.primary?.[row] === 0)) return false;
  if (!selection.magRange) return true;
  const mag = median(mags);
  return mag >= selection.magRange[0] && mag < selection.magRange[1];
}

function hasShape({ extendedness }: MatchedCatalog, rows: Int32Array, shape: ObjectSelection['shape']): boolean {
  if (shape === 'any' || !extendedness) return shape !== 'extended';
  return rows.every((row) => (shape === 'point' ? extendedness[row] < 0.9 : extendedness[row] > 0.9));
}
