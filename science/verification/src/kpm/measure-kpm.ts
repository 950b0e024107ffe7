import { type MatchedCatalog, restrictToBand } from '../matched/matched-catalog.ts';
import { measureAD, measureAF, measureAM } from './astrometric.ts';
import { measureAB } from './band-to-band.ts';
import { measureTE } from './ellipticity.ts';
import type { Measurement } from './measurement.ts';
import { measurePA1, measurePA2, measurePF1 } from './photometric.ts';

export interface KpmOptions {
  /** Fewest stars for the photometric metrics; 10 by default. */
  readonly minObjects?: number;
  /** Distances of pairs [arcmin]; 5, 20 and 200 by default. */
  readonly radiiArcmin?: readonly number[];
  /** Reference band of AB1; `r` by default. */
  readonly referenceBand?: string;
}

const BAND_ORDER = 'ugrizy';

/** Bands of a catalogue, in order of wavelength. */
export function bandsOfCatalog(catalog: MatchedCatalog): readonly string[] {
  return [...new Set(catalog.band)].toSorted((a, b) => BAND_ORDER.indexOf(a) - BAND_ORDER.indexOf(b) || (a < b ? -1 : 1));
}

/**
 * Measures all key performance metrics that a matched catalogue allows.
 *
 * For every band: PA1, PA2, PF1, AM, AD and AF at each radius, TE1 and TE2 where ellipticities are there; with several bands also AB1 of each.
 */
export function measureKpm(catalog: MatchedCatalog, options: KpmOptions = {}): readonly Measurement[] {
  const bands = bandsOfCatalog(catalog);
  if (bands.length < 2) return measureBand(catalog, bands[0], options);
  const { referenceBand = 'r' } = options;
  return bands.flatMap((band) => [
    ...measureBand(restrictToBand(catalog, band), band, options),
    measureAB(catalog, { band, referenceBand }),
  ]);
}

function measureBand(catalog: MatchedCatalog, band: string | undefined, options: KpmOptions): readonly Measurement[] {
  const { radiiArcmin = [5, 20, 200], minObjects } = options;
  const enough = minObjects === undefined ? {} : { minObjects };
  const wide = band === 'u' || band === 'z' || band === 'y';
  return [
    measurePA1(catalog, enough),
    measurePA2(catalog, enough),
    measurePF1(catalog, { ...enough, limitMmag: wide ? 22.5 : 15 }),
    ...radiiArcmin.flatMap((radiusArcmin) => [
      measureAM(catalog, { radiusArcmin }),
      measureAD(catalog, { radiusArcmin }),
      measureAF(catalog, { radiusArcmin }),
    ]),
    ...(catalog.e1 && catalog.psfE1 ? [measureTE(catalog, { which: 'TE1' }), measureTE(catalog, { which: 'TE2' })] : []),
  ].map((measurement) => ({ ...measurement, ...(band === undefined ? {} : { band }) }));
}
