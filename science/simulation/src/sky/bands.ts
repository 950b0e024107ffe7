/** The bands that the simulator knows, blue to red. */
export const BANDS: readonly ['u', 'g', 'r', 'i', 'z', 'y'] = ['u', 'g', 'r', 'i', 'z', 'y'];

export type Band = (typeof BANDS)[number];

/** Says whether a name is one of the simulated bands. */
export function isBand(name: string): name is Band {
  return (BANDS as readonly string[]).includes(name);
}

/** What a band of the simulated telescope is like. */
export interface BandProperties {
  /** Effective wavelength [nm]. */
  readonly wavelengthNm: number;
  /** Full width [nm]. */
  readonly widthNm: number;
  /** AB magnitude that gives 1 electron/s above the atmosphere at airmass 1. */
  readonly zeroPoint: number;
  /** Dark-sky brightness at the zenith [mag/arcsec^2]. */
  readonly skyMag: number;
  /** Extinction [mag/airmass]. */
  readonly extinction: number;
  /** Peak-to-peak fringe amplitude as a fraction of the sky. */
  readonly fringe: number;
}

/**
 * Round numbers for a 6.5 m telescope with good detectors at a dark site.
 *
 * @see LSST SMTN-002 for the zero points and sky brightness that these follow within 0.2 mag.
 */
export const BAND_PROPERTIES: Readonly<Record<Band, BandProperties>> = {
  u: { wavelengthNm: 368, widthNm: 55, zeroPoint: 26.5, skyMag: 22.96, extinction: 0.49, fringe: 0 },
  g: { wavelengthNm: 480, widthNm: 140, zeroPoint: 28.4, skyMag: 22.26, extinction: 0.21, fringe: 0 },
  r: { wavelengthNm: 622, widthNm: 135, zeroPoint: 28.2, skyMag: 21.2, extinction: 0.13, fringe: 0 },
  i: { wavelengthNm: 754, widthNm: 125, zeroPoint: 27.9, skyMag: 20.48, extinction: 0.1, fringe: 0.004 },
  z: { wavelengthNm: 869, widthNm: 105, zeroPoint: 27.5, skyMag: 19.6, extinction: 0.07, fringe: 0.015 },
  y: { wavelengthNm: 973, widthNm: 95, zeroPoint: 26.7, skyMag: 18.6, extinction: 0.17, fringe: 0.04 },
};

/** Magnitudes in every band. */
export type Magnitudes = Readonly<Record<Band, number>>;

export function magnitudesFrom(of: (band: Band) => number): Magnitudes {
  return { u: of('u'), g: of('g'), r: of('r'), i: of('i'), z: of('z'), y: of('y') };
}
