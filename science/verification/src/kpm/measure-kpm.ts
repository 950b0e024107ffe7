import { type MatchedCatalog } from '../matched/matched-catalog.ts';
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
 * Within one band: PA1, PA2, PF1, AM, AD and AF at each radius, TE1 and TE2 where ellipticities are there.
 * A catalogue of several bands gives AB1 for every band; repeatability would mix bands there, so give one band at a time for it.
 */
export function measureKpm(catalog: MatchedCatalog, options: KpmOptions = {}): readonly Measurement[] {
  const { radiiArcmin = [5, 20, 200], referenceBand = 'r' } = options;
  const bands = bandsOfCatalog(catalog);
  const enough = options.minObjects === undefined ? {} : { minObjects: options.minObjects };
  if (bands.length > 1) return bands.map((band) => measureAB(catalog, { band, referenceBand }));
  const band = bands[0];
  const wide = band === 'u' || band === 'z' || band === 'y';
  const measured = [
    measurePA1(catalog, enough),
    measurePA2(catalog, enough),
    measurePF1(catalog, { ...enough, limitMmag: wide ? 22.5 : 15 }),
    ...radiiArcmin.flatMap((radiusArcmin) => [
      measureAM(catalog, { radiusArcmin }),
      measureAD(catalog, { radiusArcmin }),
      measureAF(catalog, { radiusArcmin }),
    ]),
    ...(catalog.e1 && catalog.psfE1 ? [measureTE(catalog, { which: 'TE1' }), measureTE(catalog, { which: 'TE2' })] : []),
  ];
  return measured.map((measurement) => ({ ...measurement, ...(band === undefined ? {} : { band }) }));
}
