import type { Magnitudes } from './bands.ts';

/** Shape of a galaxy as seen on the sky, before the atmosphere. */
export interface SersicShape {
  /** Sersic index. */
  readonly index: number;
  /** Semi-major axis of the half-light ellipse [arcsec]. */
  readonly radiusArcsec: number;
  /** Minor over major axis. */
  readonly axisRatio: number;
  /** Position angle of the major axis, east of north [rad]. */
  readonly positionAngle: number;
}

export type VariableClass =
  | 'rrab'
  | 'rrc'
  | 'cepheid'
  | 'mira'
  | 'delta-scuti'
  | 'eclipsing-algol'
  | 'eclipsing-contact'
  | 'rotator'
  | 'agn';

/** How a source varies; the recipe from which its light curve is made anew for any set of times. */
export interface Variability {
  readonly class: VariableClass;
  /** [day]; the damping time for an active nucleus. */
  readonly periodDays: number;
  /** Peak to peak in r [mag]; the asymptotic structure function for an active nucleus. */
  readonly amplitudeMag: number;
  /** Phase at MJD 60000 (TAI). */
  readonly phase: number;
}

/** A supernova-like outburst. */
export interface Outburst {
  readonly hostId: number;
  readonly redshift: number;
  /** Time of maximum in r [MJD TAI]. */
  readonly peakMjd: number;
  /** Magnitude at maximum in r. */
  readonly peakMag: number;
  readonly stretch: number;
}

export type SourceKind = 'star' | 'galaxy' | 'variable' | 'agn' | 'transient';

/** One object of the simulated sky. Positions are ICRS at the reference epoch, angles in radians. */
export interface SkySource {
  readonly id: number;
  readonly kind: SourceKind;
  readonly ra: number;
  readonly dec: number;
  /** Proper motion [rad/year]: along right ascension times cos(dec), and along declination. */
  readonly pmRa: number;
  readonly pmDec: number;
  /** Mean magnitudes; for a transient the magnitudes at maximum. */
  readonly mags: Magnitudes;
  readonly shape?: SersicShape;
  readonly variability?: Variability;
  readonly outburst?: Outburst;
}

/** State of a body about the Sun, ecliptic and equinox J2000 [au, au/day]. */
export interface Orbit {
  readonly id: number;
  readonly epochMjdTdb: number;
  readonly position: readonly [number, number, number];
  readonly velocity: readonly [number, number, number];
  /** Absolute magnitude in V and slope. */
  readonly H: number;
  readonly G: number;
}

/** Everything on the simulated sky. */
export interface SkyModel {
  readonly sources: readonly SkySource[];
  readonly orbits: readonly Orbit[];
  /** Epoch of the positions [MJD TAI]. */
  readonly referenceMjd: number;
}

/** Where and how richly to make a sky. */
export interface SkyRequest {
  readonly raDeg: number;
  readonly decDeg: number;
  readonly radiusDeg: number;
  /** Faintest r magnitude of stars and galaxies. */
  readonly limitMag: number;
  /** Factors on the mean counts at high galactic latitude. */
  readonly starDensity: number;
  readonly galaxyDensity: number;
  /** Number of each kind of variable star, of active nuclei, of outbursts and of asteroids in the field. */
  readonly variablesPerClass: number;
  readonly activeNuclei: number;
  readonly transients: number;
  readonly asteroids: number;
  /** Span of the survey [MJD TAI], for times of maximum and orbits. */
  readonly beginMjd: number;
  readonly endMjd: number;
}
