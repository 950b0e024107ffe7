import { readFileSync } from 'node:fs';
import { taiNsFromMjd } from '@almagest/time';
import { expect, test } from 'vitest';
import { ARCSEC, separation, separationLonLat, unitFromLonLat } from '../vector/lon-lat.ts';
import { norm, subtract, vec3 } from '../vector/vec3.ts';
import {
  eclipticFromIcrs,
  galacticFromIcrs,
  icrsFromEcliptic,
  icrsFromGalactic,
  precessionMatrix,
  precessionNutationMatrix,
} from './celestial-frames.ts';
import { earthPositionVelocity } from './earth.ts';
import { icrsFromObserved, observeIcrs, observeStar, observingFrame, type ObservingSite } from './observed-place.ts';
import { refractionConstants } from './refraction.ts';
import { propagateStar } from './space-motion.ts';

type Pair = [number, number];
type Triple = [number, number, number];
const golden = JSON.parse(readFileSync(new URL('../../test/golden/erfa-frames/expected.json', import.meta.url), 'utf8')) as {
  frames: { ra: number; dec: number; t: number; galactic: Pair; ecliptic: Pair; precession: number[]; nutated: number[] }[];
  earth: { t: number; p: Triple; v: Triple }[];
  motion: (Record<'ra' | 'dec' | 'pmRa' | 'pmDec' | 'parallax' | 'rv' | 'years', number> & { after: number[] })[];
  observed: {
    mjdUtc: Pair;
    dut1: number;
    lon: number;
    lat: number;
    height: number;
    ra: number;
    dec: number;
    air: [number, number, number, number] | null;
    place: Triple;
    parallax: number;
    near: Triple;
  }[];
  refraction: [[number, number, number, number], Pair][];
};
const MAS = ARCSEC / 1000;

test('turns ICRS to galactic and ecliptic and back as ERFA does, within 1e-14 rad', () => {
  for (const { ra: lon, dec: lat, t, galactic, ecliptic } of golden.frames) {
    const icrs = { lon, lat };
    expect(separationLonLat(galacticFromIcrs(icrs), { lon: galactic[0], lat: galactic[1] })).toBeLessThan(1e-14);
    expect(separationLonLat(eclipticFromIcrs(icrs, t), { lon: ecliptic[0], lat: ecliptic[1] })).toBeLessThan(1e-14);
    expect(separationLonLat(icrsFromGalactic(galacticFromIcrs(icrs)), icrs)).toBeLessThan(1e-14);
    expect(separationLonLat(icrsFromEcliptic(eclipticFromIcrs(icrs, t), t), icrs)).toBeLessThan(1e-14);
  }
});

test('precesses exactly and nutates within 1.5 mas of IAU 2006/2000A', () => {
  for (const { t, precession, nutated } of golden.frames) {
    for (const [i, value] of precessionMatrix(t).entries()) expect(Math.abs(value - precession[i])).toBeLessThan(1e-14);
    for (const [i, value] of precessionNutationMatrix(t).entries()) expect(Math.abs(value - nutated[i])).toBeLessThan(1.5 * MAS);
  }
});

test('places the Earth within 6000 km and its velocity within 1.5 mas of aberration', () => {
  const lightAuDay = 173.1446326846693;
  for (const { t, p, v } of golden.earth) {
    const { position, velocity } = earthPositionVelocity(t);
    expect(norm(subtract(position, vec3(...p)))).toBeLessThan(4e-5);
    expect(norm(subtract(velocity, vec3(...v))) / lightAuDay).toBeLessThan(1.5 * MAS);
  }
});

test('moves stars as ERFA does, within 0.1 mas in 60 years', () => {
  for (const each of golden.motion) {
    const star = {
      position: { lon: each.ra, lat: each.dec },
      pmRa: each.pmRa,
      pmDec: each.pmDec,
      parallax: each.parallax,
      radialVelocityKmS: each.rv,
    };
    const moved = propagateStar(star, each.years);
    const [lon, lat, pmRa, pmDec, parallax, rv] = each.after;
    // ERFA includes light travel time and Doppler factors of v/c (3e-4) in the motion.
    const slack = 0.1 * MAS + 4e-4 * Math.hypot(each.pmRa, each.pmDec) * Math.abs(each.years);
    expect(separationLonLat(moved.position, { lon, lat })).toBeLessThan(slack);
    expect(Math.hypot(moved.pmRa - pmRa, moved.pmDec - pmDec)).toBeLessThan(1e-3 * Math.hypot(pmRa, pmDec) + 1e-4 * MAS);
    expect(Math.abs(moved.parallax! / parallax - 1)).toBeLessThan(1e-5);
    expect(Math.abs(moved.radialVelocityKmS! - rv)).toBeLessThan(0.5);
    const back = propagateStar(moved, -each.years);
    expect(separationLonLat(back.position, star.position)).toBeLessThan(1e-13);
    expect(Math.abs(back.pmRa - star.pmRa)).toBeLessThan(1e-15);
  }
});

test('gives the refraction constants of ERFA', () => {
  for (const [[pressureHpa, temperatureC, relativeHumidity, wavelengthMicron], [a, b]] of golden.refraction) {
    const ours = refractionConstants({ pressureHpa, temperatureC, relativeHumidity, wavelengthMicron });
    expect(Math.abs(ours[0] - a)).toBeLessThan(1e-15);
    expect(Math.abs(ours[1] - b)).toBeLessThan(1e-15);
  }
});

test('sees stars within 4 mas of where ERFA does, and finds their ICRS positions again', () => {
  let worst = 0;
  for (const each of golden.observed) {
    const taiNs = taiNsFromMjd({ day: each.mjdUtc[0], fraction: each.mjdUtc[1] }, 'utc');
    const site: ObservingSite = { position: { lon: each.lon, lat: each.lat }, heightM: each.height };
    const air = each.air && {
      pressureHpa: each.air[0],
      temperatureC: each.air[1],
      relativeHumidity: each.air[2],
      wavelengthMicron: each.air[3],
    };
    const frame = observingFrame(taiNs, site, { ut1MinusUtcSec: each.dut1, ...(air ? { atmosphere: air } : {}) });
    const icrs = { lon: each.ra, lat: each.dec };
    const place = observeIcrs(icrs, frame);
    const star = observeStar({ position: icrs, pmRa: 0, pmDec: 0, parallax: each.parallax }, frame);
    for (const [ours, [azimuth, zenith, hourAngle]] of [[place, each.place] as const, [star, each.near] as const]) {
      const expected = unitFromLonLat({ lon: azimuth, lat: Math.PI / 2 - zenith });
      worst = Math.max(worst, separation(unitFromLonLat({ lon: ours.azimuth, lat: ours.altitude }), expected));
      expect(Math.abs(ours.hourAngle - hourAngle) * Math.cos(each.dec)).toBeLessThan(6 * MAS);
    }
    expect(separationLonLat(icrsFromObserved(place.azimuth, place.altitude, frame), icrs)).toBeLessThan(1e-12);
  }
  expect(worst).toBeLessThan(4 * MAS);
});
