import { createRandom, type Random } from '@almagest/numerics';
import type { Band } from './bands.ts';
import type { Outburst, Variability, VariableClass } from './sky-model.ts';

/** Variability by class: period range [day], amplitude range in r [mag], g - i colour, and how the amplitude depends on band. */
export interface ClassRecipe {
  readonly periodDays: readonly [number, number];
  readonly amplitudeMag: readonly [number, number];
  readonly gMinusI: number;
  /** Amplitude relative to that in r. */
  readonly bandFactor: Readonly<Record<Band, number>>;
}

const PULSATOR = { u: 1.3, g: 1.35, r: 1, i: 0.8, z: 0.72, y: 0.7 };
const GREY = { u: 1, g: 1, r: 1, i: 1, z: 1, y: 1 };

/** @see Gaia Collaboration, Eyer et al. (2019), A&A 623, A110, for the ranges. */
export const CLASS_RECIPES: Readonly<Record<VariableClass, ClassRecipe>> = {
  rrab: { periodDays: [0.45, 0.75], amplitudeMag: [0.5, 1.1], gMinusI: 0.3, bandFactor: PULSATOR },
  rrc: { periodDays: [0.25, 0.4], amplitudeMag: [0.25, 0.5], gMinusI: 0.2, bandFactor: PULSATOR },
  cepheid: { periodDays: [2, 30], amplitudeMag: [0.4, 1], gMinusI: 0.8, bandFactor: PULSATOR },
  mira: { periodDays: [120, 450], amplitudeMag: [2, 4], gMinusI: 2.8, bandFactor: { u: 1.6, g: 1.5, r: 1, i: 0.7, z: 0.55, y: 0.5 } },
  'delta-scuti': { periodDays: [0.05, 0.2], amplitudeMag: [0.05, 0.4], gMinusI: 0.25, bandFactor: PULSATOR },
  'eclipsing-algol': { periodDays: [0.6, 5], amplitudeMag: [0.3, 1.2], gMinusI: 0.5, bandFactor: GREY },
  'eclipsing-contact': { periodDays: [0.22, 0.6], amplitudeMag: [0.2, 0.7], gMinusI: 0.9, bandFactor: GREY },
  rotator: { periodDays: [0.5, 30], amplitudeMag: [0.02, 0.15], gMinusI: 2, bandFactor: { u: 1.3, g: 1.2, r: 1, i: 0.8, z: 0.7, y: 0.7 } },
  agn: { periodDays: [80, 600], amplitudeMag: [0.15, 0.4], gMinusI: 0.3, bandFactor: { u: 1.3, g: 1.2, r: 1, i: 0.9, z: 0.8, y: 0.75 } },
};

export const PERIODIC_CLASSES: readonly VariableClass[] = [
  'rrab',
  'rrc',
  'cepheid',
  'mira',
  'delta-scuti',
  'eclipsing-algol',
  'eclipsing-contact',
  'rotator',
];

const PHASE_EPOCH_MJD = 60_000;

/**
 * Change of magnitude of a periodic variable from its mean.
 *
 * @param mjd - TAI.
 */
export function periodicChange(variability: Variability, band: Band, mjd: number): number {
  const cycles = (mjd - PHASE_EPOCH_MJD) / variability.periodDays + variability.phase;
  const phase = cycles - Math.floor(cycles);
  return variability.amplitudeMag * CLASS_RECIPES[variability.class].bandFactor[band] * shapeOf(variability.class, phase);
}

/** Shape with peak-to-peak 1 and mean near 0; positive is fainter. */
function shapeOf(kind: VariableClass, phase: number): number {
  switch (kind) {
    // Fast rise, slow decline.
    case 'rrab':
    case 'cepheid': {
      const rise = kind === 'rrab' ? 0.16 : 0.3;
      const saw = phase < rise ? 0.5 - phase / rise : -0.5 + (phase - rise) / (1 - rise);
      return saw;
    }
    case 'eclipsing-algol':
      return dip(phase, 0, 0.05) - 0.12 + 0.25 * dip(phase, 0.5, 0.05);
    case 'eclipsing-contact':
      return 0.46 * Math.cos(4 * Math.PI * phase) + 0.04 * Math.cos(2 * Math.PI * phase);
    default:
      return 0.5 * Math.sin(2 * Math.PI * phase);
  }
}

/** A smooth eclipse of depth 1 at a phase. */
function dip(phase: number, at: number, halfWidth: number): number {
  const distance = Math.abs(phase - at - Math.round(phase - at));
  return distance >= 2 * halfWidth ? 0 : 0.5 * (1 + Math.cos((Math.PI * distance) / (2 * halfWidth)));
}

/**
 * Damped random walk of an active nucleus at given times, the same for any subset of them that is asked for in one call.
 *
 * @param mjds - TAI, rising.
 * @returns Change of magnitude in r at each time.
 * @see MacLeod et al. (2010), ApJ 721, 1014.
 */
export function dampedRandomWalk(variability: Variability, seed: string, mjds: readonly number[]): number[] {
  const random: Random = createRandom(seed);
  const sigma = variability.amplitudeMag / Math.SQRT2;
  let value = random.normal(0, sigma);
  let last = mjds[0] ?? 0;
  return mjds.map((mjd) => {
    const keep = Math.exp(-(mjd - last) / variability.periodDays);
    value = value * keep + random.normal(0, sigma * Math.sqrt(1 - keep * keep));
    last = mjd;
    return value;
  });
}

/** Rise and decline [day] of the outburst's flux by band, at rest. */
const DECLINE: Readonly<Record<Band, number>> = { u: 12, g: 18, r: 26, i: 32, z: 36, y: 38 };
const RISE_DAYS = 5;

/**
 * Flux of an outburst relative to its maximum in the band: quick rise, exponential decline, redder bands later and slower.
 *
 * @param mjd - TAI.
 * @see Bazin et al. (2009), A&A 499, 653, for the form.
 */
export function outburstFlux(outburst: Outburst, band: Band, mjd: number): number {
  const rest = (mjd - outburst.peakMjd) / ((1 + outburst.redshift) * outburst.stretch);
  const decline = DECLINE[band];
  const shape = (t: number): number => Math.exp(-t / decline) / (1 + Math.exp(-t / RISE_DAYS));
  // The form is largest where exp(-t / rise) = rise / (decline - rise).
  const top = -RISE_DAYS * Math.log(RISE_DAYS / (decline - RISE_DAYS));
  if (rest < -60 || rest > 400) return 0;
  return shape(rest + top) / shape(top);
}
