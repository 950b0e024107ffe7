import { dampedRandomWalk, CLASS_RECIPES, outburstFlux, periodicChange } from '../sky/light-curves.ts';
import type { Band } from '../sky/bands.ts';
import { viewAsteroid } from '../sky/asteroids.ts';
import type { SersicShape, SkyModel, SkySource } from '../sky/sky-model.ts';

/** A source as it is in one moment and band. Angles in radians. */
export interface ApparentSource {
  readonly id: number;
  readonly kind: SkySource['kind'] | 'asteroid';
  readonly ra: number;
  readonly dec: number;
  readonly mag: number;
  /** g - i, which decides the refraction. */
  readonly colour: number;
  readonly shape?: SersicShape;
  /** Motion during the exposure [rad]: change of right ascension times cos(dec), and of declination. */
  readonly motion?: readonly [number, number];
}

const JULIAN_YEAR = 365.25;
/** An outburst fainter than this is not there. */
const FAINTEST_MAG = 30;
/** Colours of the Sun, for asteroids: magnitude in a band less V. */
const SOLAR: Readonly<Record<Band, number>> = { u: 1.6, g: 0.26, r: -0.18, i: -0.3, z: -0.31, y: -0.31 };

/** The times of the survey, to which the random walks of active nuclei are tied. */
export interface SkyTimes {
  /** Middles of all science exposures [MJD TAI], rising. */
  readonly epochs: readonly number[];
  readonly seed: string;
}

/**
 * Finds where every source is, and how bright, in one exposure.
 *
 * @param mjd - Middle of the exposure, TAI; one of `times.epochs` for active nuclei to vary.
 */
export function apparentSky(
  sky: SkyModel,
  moment: { readonly band: Band; readonly mjd: number; readonly exposureSec: number },
  times: SkyTimes,
): ApparentSource[] {
  const { band, mjd, exposureSec } = moment;
  const years = (mjd - sky.referenceMjd) / JULIAN_YEAR;
  const epoch = times.epochs.indexOf(mjd);
  const out: ApparentSource[] = [];
  for (const source of sky.sources) {
    const mag = magnitudeAt(source, { band, mjd, epoch, times });
    if (!(mag < FAINTEST_MAG)) continue;
    out.push({
      id: source.id,
      kind: source.kind,
      ra: source.ra + (source.pmRa * years) / Math.cos(source.dec),
      dec: source.dec + source.pmDec * years,
      mag,
      colour: source.mags.g - source.mags.i,
      ...(source.shape ? { shape: source.shape } : {}),
    });
  }
  // TDB - TAI is 32.184 s within 2 ms.
  const tdb = mjd + 32.184 / 86_400;
  const halfDay = exposureSec / 2 / 86_400;
  for (const orbit of sky.orbits) {
    const { ra, dec, V } = viewAsteroid(orbit, tdb);
    const before = viewAsteroid(orbit, tdb - halfDay);
    const after = viewAsteroid(orbit, tdb + halfDay);
    const motion = [(after.ra - before.ra) * Math.cos(dec), after.dec - before.dec] as const;
    out.push({ id: orbit.id, kind: 'asteroid', ra, dec, mag: V + SOLAR[band], colour: SOLAR.g - SOLAR.i, motion });
  }
  return out;
}

interface MagnitudeContext {
  readonly band: Band;
  readonly mjd: number;
  readonly epoch: number;
  readonly times: SkyTimes;
}

function magnitudeAt(source: SkySource, { band, mjd, epoch, times }: MagnitudeContext): number {
  const mean = source.mags[band];
  const { variability, outburst } = source;
  if (outburst) {
    const flux = outburstFlux(outburst, band, mjd);
    return flux > 0 ? mean - 2.5 * Math.log10(flux) : Number.POSITIVE_INFINITY;
  }
  if (!variability) return mean;
  if (variability.class !== 'agn') return mean + periodicChange(variability, band, mjd);
  if (epoch < 0) return mean;
  const walk = dampedRandomWalk(variability, `${times.seed}/agn/${source.id}`, times.epochs);
  return mean + walk[epoch] * CLASS_RECIPES.agn.bandFactor[band];
}
