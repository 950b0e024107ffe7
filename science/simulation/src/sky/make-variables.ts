import type { Random } from '@almagest/numerics';
import { magnitudesFrom } from './bands.ts';
import { CLASS_RECIPES, PERIODIC_CLASSES } from './light-curves.ts';
import { offsetPosition, positionInCap } from './make-stars.ts';
import type { SkyRequest, SkySource, VariableClass } from './sky-model.ts';
import { starMagnitudes } from './star-colours.ts';

const ARCSEC = Math.PI / 180 / 3600;

/** Draws variable stars: the same number of each class, 3 to 7 mag brighter than the limit. */
export function makeVariables(request: SkyRequest, random: Random, firstId: number): SkySource[] {
  const out: SkySource[] = [];
  for (const kind of PERIODIC_CLASSES) {
    for (let n = 0; n < request.variablesPerClass; n++) {
      const { gMinusI } = CLASS_RECIPES[kind];
      const r = random.uniform(request.limitMag - 7, request.limitMag - 3);
      out.push({
        id: firstId + out.length,
        kind: 'variable',
        ...positionInCap(request, random),
        pmRa: random.normal(0, 3e-3) * ARCSEC,
        pmDec: random.normal(0, 3e-3) * ARCSEC,
        mags: starMagnitudes(r, gMinusI + random.normal(0, 0.1)),
        variability: drawVariability(kind, random),
      });
    }
  }
  return out;
}

function drawVariability(kind: VariableClass, random: Random): NonNullable<SkySource['variability']> {
  const { periodDays, amplitudeMag } = CLASS_RECIPES[kind];
  return {
    class: kind,
    periodDays: periodDays[0] * (periodDays[1] / periodDays[0]) ** random.uniform(),
    amplitudeMag: random.uniform(...amplitudeMag),
    phase: random.uniform(),
  };
}

/** Puts active nuclei into galaxies of middle brightness. */
export function makeActiveNuclei(request: SkyRequest, galaxies: readonly SkySource[], random: Random, firstId: number): SkySource[] {
  const hosts = galaxies.filter((g) => g.mags.r < request.limitMag - 1.5 && g.mags.r > 17);
  if (hosts.length === 0) return [];
  return Array.from({ length: request.activeNuclei }, (_, n) => {
    const host = hosts[random.integer(hosts.length)];
    const r = host.mags.r + random.uniform(-0.5, 1);
    return {
      id: firstId + n,
      kind: 'agn',
      ra: host.ra,
      dec: host.dec,
      pmRa: 0,
      pmDec: 0,
      mags: starMagnitudes(r, 0.3),
      variability: drawVariability('agn', random),
    };
  });
}

/** Absolute magnitude of a type Ia supernova at maximum. */
const PEAK_ABSOLUTE = -19.25;

/**
 * Puts supernova-like outbursts into galaxies, chosen by their light, offset as their light is distributed.
 *
 * Times of maximum lie within the survey, so that most are seen rising or falling.
 */
export function makeTransients(request: SkyRequest, galaxies: readonly SkySource[], random: Random, firstId: number): SkySource[] {
  const hosts = galaxies.filter((g) => g.shape !== undefined && g.mags.r < request.limitMag && g.mags.r > 17);
  if (hosts.length === 0) return [];
  const weights = cumulative(hosts.map((g) => 10 ** (-0.4 * (g.mags.r - 20))));
  return Array.from({ length: request.transients }, (_, n) => {
    const host = hosts[pick(weights, random)];
    const redshift = Math.min(0.6, 0.05 * 10 ** (0.13 * Math.max(0, host.mags.r - 17)));
    const radius = (host.shape?.radiusArcsec ?? 0.5) * Math.sqrt(-2 * Math.log(1 - 0.95 * random.uniform())) * 0.85;
    const peakMag = PEAK_ABSOLUTE + distanceModulus(redshift) + random.normal(0, 0.15);
    return {
      id: firstId + n,
      kind: 'transient',
      ...offsetPosition(host, radius * ARCSEC, random.uniform(0, 2 * Math.PI)),
      pmRa: 0,
      pmDec: 0,
      mags: magnitudesFrom((band) => peakMag + { u: 0.6, g: 0.05, r: 0, i: 0.3, z: 0.45, y: 0.6 }[band]),
      outburst: {
        hostId: host.id,
        redshift,
        peakMjd: random.uniform(request.beginMjd - 5, request.endMjd + 5),
        peakMag,
        stretch: Math.min(1.2, Math.max(0.8, random.normal(1, 0.08))),
      },
    };
  });
}

/** Flat universe, H0 = 70 km/s/Mpc, matter 0.3, to second order in redshift: good to 0.03 mag below 0.6. */
export function distanceModulus(redshift: number): number {
  const q0 = -0.55;
  const luminosityMpc = (299_792.458 / 70) * redshift * (1 + 0.5 * (1 - q0) * redshift);
  return 5 * Math.log10(luminosityMpc) + 25;
}

function cumulative(weights: readonly number[]): Float64Array {
  const out = new Float64Array(weights.length);
  let sum = 0;
  for (const [i, w] of weights.entries()) out[i] = sum += w;
  return out;
}

function pick(weights: Float64Array, random: Random): number {
  const target = random.uniform() * weights[weights.length - 1];
  let low = 0;
  let high = weights.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (weights[middle] > target) high = middle;
    else low = middle + 1;
  }
  return low;
}
