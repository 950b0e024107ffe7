import { add, scale, type Vec3, vec3 } from '../vector/vec3.ts';

/** The air at the observer. */
export interface Atmosphere {
  readonly pressureHpa: number;
  readonly temperatureC: number;
  /** 0 to 1. */
  readonly relativeHumidity: number;
  /** [micrometre]; above 100 the radio formula serves. */
  readonly wavelengthMicron: number;
}

/**
 * Constants A and B of refraction = A tan(z) + B tan(z)^3, z the observed zenith distance [rad].
 *
 * @remarks Within 60 mas of ray tracing to 75 degrees from the zenith, 1 arcsec to 80 degrees.
 * @see Stone 1996 and Green 1985, as combined in the SOFA astrometry cookbook, section 2.6; water vapour by Gill 1982.
 */
export function refractionConstants(air: Atmosphere): readonly [number, number] {
  const { pressureHpa: pressure, temperatureC: celsius, relativeHumidity: humidity, wavelengthMicron: wavelength } = air;
  if (!(pressure > 0)) return [0, 0];
  const kelvin = celsius + 273.15;
  const saturation = 10 ** ((0.7859 + 0.03477 * celsius) / (1 + 0.00412 * celsius)) * (1 + pressure * (4.5e-6 + 6e-10 * celsius * celsius));
  const vapour = (humidity * saturation) / (1 - ((1 - humidity) * saturation) / pressure);
  const isOptical = wavelength <= 100;
  const square = wavelength * wavelength;
  const dispersion = 77.53484e-6 + (4.39108e-7 + 3.666e-9 / square) / square;
  const refractivity = isOptical
    ? (dispersion * pressure - 11.2684e-6 * vapour) / kelvin
    : (77.689e-6 * pressure - (6.3938e-6 - 0.375463 / kelvin) * vapour) / kelvin;
  const scaleHeight = 4.4474e-6 * kelvin * (isOptical ? 1 : 1 - 0.0074 * vapour);
  return [refractivity * (1 - scaleHeight), -refractivity * (scaleHeight - refractivity / 2)];
}

/** Below about 3 degrees of altitude the formula is held at its value there, so that it stays finite. */
const MIN_Z = 0.05;

/** Lifts a direction (north, east, up) from where it is without air to where it is seen. */
export function liftByAir(h: Vec3, [a, b]: readonly [number, number]): Vec3 {
  const across = Math.max(Math.hypot(h.x, h.y), 1e-6);
  const z = Math.max(h.z, MIN_Z);
  const tangent = across / z;
  const w = b * tangent * tangent;
  // One Newton step from the true to the observed zenith distance.
  const lift = ((a + w) * tangent) / (1 + (a + 3 * w) / (z * z));
  return turnTowardsZenith(h, across, lift);
}

/** The inverse of {@link liftByAir}: from where a direction is seen to where it is without air. */
export function dropFromAir(seen: Vec3, constants: readonly [number, number]): Vec3 {
  let guess = seen;
  for (let i = 0; i < 6; i++) {
    const again = liftByAir(guess, constants);
    guess = normalizeNear(add(guess, vec3(seen.x - again.x, seen.y - again.y, seen.z - again.z)));
  }
  return guess;
}

function turnTowardsZenith(h: Vec3, across: number, angle: number): Vec3 {
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  const shrink = cos - (sin * h.z) / across;
  return { x: h.x * shrink, y: h.y * shrink, z: cos * h.z + sin * across };
}

function normalizeNear(v: Vec3): Vec3 {
  return scale(v, 1 / Math.sqrt(v.x * v.x + v.y * v.y + v.z * v.z));
}
