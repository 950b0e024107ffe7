/** Air at the telescope. */
export interface Air {
  readonly pressureHpa: number;
  readonly temperatureC: number;
}

/**
 * Refractive index of air minus 1 at a wavelength, for the pressure and temperature of the site.
 *
 * @see Filippenko (1982), PASP 94, 715, eq. 1 and 2, which take them from Edlen and Barrell; water vapour is left out.
 */
export function refractivity(wavelengthNm: number, { pressureHpa, temperatureC }: Air): number {
  const inverse2 = (1000 / wavelengthNm) ** 2;
  const standard = 64.328 + 29_498.1 / (146 - inverse2) + 255.4 / (41 - inverse2);
  const P = pressureHpa * 0.750_061_683;
  const T = temperatureC;
  return (1e-6 * standard * P * (1 + (1.049 - 0.0157 * T) * 1e-6 * P)) / (720.883 * (1 + 0.003_661 * T));
}

/** Refraction towards the zenith [arcsec] in a plane-parallel atmosphere. */
export function refraction(wavelengthNm: number, air: Air, zenithDistance: number): number {
  return refractivity(wavelengthNm, air) * Math.tan(zenithDistance) * (180 / Math.PI) * 3600;
}

/** Airmass at a zenith distance [rad]. @see Young (1994), Applied Optics 33, 1108, eq. 5. */
export function airmassAt(zenithDistance: number): number {
  const c = Math.cos(zenithDistance);
  return (1.002432 * c * c + 0.148386 * c + 0.0096467) / (c * c * c + 0.149864 * c * c + 0.0102963 * c + 0.000303978);
}

/** Azimuth (north through east), altitude and parallactic angle [rad]. */
export interface Horizontal {
  readonly azimuth: number;
  readonly altitude: number;
  readonly parallactic: number;
}

/** Horizontal coordinates of a direction at a local sidereal time and latitude [rad]; geometry only. */
export function horizontalOf(ra: number, dec: number, siderealTime: number, latitude: number): Horizontal {
  const h = siderealTime - ra;
  const sinAlt = Math.sin(latitude) * Math.sin(dec) + Math.cos(latitude) * Math.cos(dec) * Math.cos(h);
  const y = -Math.cos(dec) * Math.sin(h);
  const x = Math.cos(latitude) * Math.sin(dec) - Math.sin(latitude) * Math.cos(dec) * Math.cos(h);
  const azimuth = Math.atan2(y, x);
  return {
    azimuth: azimuth < 0 ? azimuth + 2 * Math.PI : azimuth,
    altitude: Math.asin(Math.min(1, Math.max(-1, sinAlt))),
    parallactic: Math.atan2(Math.sin(h), Math.tan(latitude) * Math.cos(dec) - Math.sin(dec) * Math.cos(h)),
  };
}
