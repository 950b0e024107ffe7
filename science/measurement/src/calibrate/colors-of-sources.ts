import { getColumn, type Table } from '@almagest/table';

/** Mean colour of stars by magnitude: a straight line, and how far single stars are from it. Plain data. */
export interface ColorRelation {
  /** Mean colour = level + slope * magnitude [mag], between these magnitudes; held beyond them. */
  readonly level: number;
  readonly slope: number;
  readonly bright: number;
  readonly faint: number;
  /** Standard deviation of the colours about the line [mag]. */
  readonly scatter: number;
}

/** Mean colour at a magnitude [mag]. */
export function colorAt({ level, slope, bright, faint }: ColorRelation, mag: number): number {
  return level + slope * Math.min(faint, Math.max(bright, mag));
}

const LEAST_STARS = 20;
/** The line is followed this far beyond the faintest star [mag]: counts of red dwarfs go on, but not for ever. */
const BEYOND = 1;

/**
 * Fits the mean colour of stars against their magnitude.
 *
 * Faint stars are redder than bright ones on the mean: where a star's own colour is not known, that of stars as bright as it is nearer
 * to the truth than that of all. A mean is wanted, not a median, since what is corrected with it is linear in colour.
 *
 * @param stars - Known magnitudes and colours [mag]; pairs with a NaN are left out.
 * @returns undefined for fewer than 20 stars or magnitudes that are all alike.
 */
export function fitColorRelation(stars: { readonly mag: ArrayLike<number>; readonly color: ArrayLike<number> }): ColorRelation | undefined {
  let [n, m, c, mm, mc, cc] = [0, 0, 0, 0, 0, 0];
  let [bright, faint] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < stars.mag.length; i++) {
    const [mag, color] = [stars.mag[i], stars.color[i]];
    if (!Number.isFinite(mag + color)) continue;
    n += 1;
    m += mag;
    c += color;
    mm += mag * mag;
    mc += mag * color;
    cc += color * color;
    bright = Math.min(bright, mag);
    faint = Math.max(faint, mag);
  }
  const spread = n * mm - m * m;
  if (n < LEAST_STARS || !(spread > 0.01 * n * n)) return undefined;
  const slope = (n * mc - m * c) / spread;
  const level = (c - slope * m) / n;
  const residual = cc - level * c - slope * mc;
  return { level, slope, bright, faint: faint + BEYOND, scatter: Math.sqrt(Math.max(0, residual) / (n - 2)) };
}

/** Colour of every source [mag], NaN where nothing is known, and by how much it may be off. */
export interface SourceColors {
  readonly color: Float64Array;
  readonly scatter: Float64Array;
}

/** What is known of the colours of an image's sources. */
export interface KnownColors {
  /** Rows of sources that are reference stars, and their colours [mag]; NaN where unknown. */
  readonly rows: readonly number[];
  readonly colors: readonly number[];
  /** Mean colours of stars by magnitude, for the others; absent where they cannot be told. */
  readonly relation?: ColorRelation | undefined;
  /** AB magnitude of one count, by which sources are put on the relation. */
  readonly zeroPoint?: number | undefined;
}

/** Colours of sources: their own where they are reference stars, for other point sources the mean at their magnitude. */
export function colorsOfSources(sources: Table, { rows, colors, relation, zeroPoint }: KnownColors): SourceColors {
  const color = new Float64Array(sources.nrows).fill(Number.NaN);
  const scatter = new Float64Array(sources.nrows);
  if (relation && zeroPoint !== undefined) {
    const [flux, extendedness] = ['psfFlux', 'extendedness'].map((name) => getColumn(sources, name).data as Float64Array);
    for (let i = 0; i < color.length; i++) {
      if (!(flux[i] > 0) || extendedness[i] > 0) continue;
      color[i] = colorAt(relation, zeroPoint - 2.5 * Math.log10(flux[i]));
      scatter[i] = relation.scatter;
    }
  }
  rows.forEach((row, k) => {
    if (!Number.isFinite(colors[k])) return;
    color[row] = colors[k];
    scatter[row] = 0;
  });
  return { color, scatter };
}
