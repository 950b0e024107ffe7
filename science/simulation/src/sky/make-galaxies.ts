import type { Random } from '@almagest/numerics';
import { type Magnitudes, magnitudesFrom } from './bands.ts';
import { positionInCap } from './make-stars.ts';
import type { SkyRequest, SkySource } from './sky-model.ts';

/** log10 N(<i) per square arcminute: slope and value at i = 25. @see Euclid and LSST Science Book count fits. */
const SLOPE = 0.36;
const AT_25 = 1.5;
const BRIGHTEST = 16;

/**
 * Draws galaxies: number counts in i, early and late types, Sersic profiles whose sizes shrink with magnitude.
 */
export function makeGalaxies(request: SkyRequest, random: Random, firstId: number): SkySource[] {
  const areaArcmin = Math.PI * request.radiusDeg ** 2 * 3600;
  // The limit is in r; a typical galaxy has r - i = 0.3.
  const limit = request.limitMag - 0.3;
  const count = random.poisson(areaArcmin * request.galaxyDensity * 10 ** (AT_25 + SLOPE * (limit - 25)));
  return Array.from({ length: count }, (_, k) => makeGalaxy(request, random, firstId + k, limit));
}

function makeGalaxy(request: SkyRequest, random: Random, id: number, limit: number): SkySource {
  const i = Math.max(BRIGHTEST, limit + Math.log10(1 - random.uniform()) / SLOPE);
  const early = random.uniform() < 0.3;
  const redshift = galaxyRedshift(i, random);
  const median = 0.55 * 10 ** (-0.13 * (i - 22));
  return {
    id,
    kind: 'galaxy',
    ...positionInCap(request, random),
    pmRa: 0,
    pmDec: 0,
    mags: galaxyMagnitudes(i, redshift, early, random),
    shape: {
      index: early ? SERSIC_EARLY[random.integer(3)] : SERSIC_LATE[random.integer(3)],
      radiusArcsec: Math.min(8, Math.max(0.08, median * Math.exp(random.normal(0, 0.35)))),
      axisRatio: early ? random.uniform(0.6, 1) : random.uniform(0.2, 1),
      positionAngle: random.uniform(0, Math.PI),
    },
  };
}

/** Few indices, so that each profile is decomposed once. */
const SERSIC_EARLY = [2.5, 3, 4] as const;
const SERSIC_LATE = [0.8, 1, 1.5] as const;

/** Median redshift rises with magnitude; the spread is that of a gamma-like distribution. */
export function galaxyRedshift(i: number, random: Random): number {
  const median = Math.max(0.03, 0.08 * 10 ** (0.14 * (i - 18)));
  return Math.min(4, median * Math.exp(random.normal(0, 0.4)));
}

/** Colours that redden with redshift as the 400 nm break moves through the bands. */
function galaxyMagnitudes(i: number, z: number, early: boolean, random: Random): Magnitudes {
  const breakStrength = early ? 1.4 : 0.6;
  const step = (bandNm: number): number => breakStrength / (1 + Math.exp((bandNm - 400 * (1 + z)) / 60));
  const slope = (early ? 0.35 : 0.15) + random.normal(0, 0.08);
  const wavelength = { u: 368, g: 480, r: 622, i: 754, z: 869, y: 973 };
  return magnitudesFrom((band) => i + step(wavelength[band]) - step(wavelength.i) + slope * ((754 - wavelength[band]) / 130));
}
