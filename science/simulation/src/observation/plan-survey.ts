import type { Camera } from '@almagest/instrument';
import { createRandom, type Random } from '@almagest/numerics';
import { localMeanSiderealTime, nsFromSeconds, taiNsFromIso, type TaiNs } from '@almagest/time';
import { airmassAt, type Horizontal, horizontalOf } from '../atmosphere/refraction.ts';
import type { Profile } from '../profile/profile.ts';
import { type Band, BAND_PROPERTIES, isBand } from '../sky/bands.ts';
import type { ExposurePlan, ExposureType, ObservingConditions } from './exposure-plan.ts';
import type { Pointing } from '../optics/pointing.ts';

const RAD = Math.PI / 180;
const ARCSEC = RAD / 3600;
const ARCMIN = RAD / 60;
const READ_OUT_SEC = 3;
/** Time to move to a pointing nearby and settle. */
const SLEW_SEC = 5;

/**
 * Plans every exposure of a profile: calibrations in the first afternoon, then the nights' visits about the field's transit.
 *
 * Deterministic: the same profile, camera and seed give the same plan.
 */
export function planSurvey(profile: Profile, camera: Camera, seed: string = profile.seed): ExposurePlan[] {
  const root = createRandom(`${seed}/plan`);
  const counters = new Map<number, number>();
  const out: ExposurePlan[] = planCalibrations(profile, counters);
  for (const [night, bands] of profile.nights.entries())
    out.push(...planNight({ profile, camera, night, bands, counters }, root.fork(`night ${night}`)));
  return out;
}

/** Local noon of a night, which lies at 16 h UTC for the simulator's site, and its observing day. */
function nightOf(profile: Profile, night: number): { readonly noon: TaiNs; readonly dayObs: number } {
  const first = taiNsFromIso(`${profile.firstNight}T16:00:00`, { scale: 'utc' });
  const noon = first + BigInt(night * profile.nightStep) * nsFromSeconds(86_400);
  const date = new Date(Number(noon / 1_000_000n));
  return { noon, dayObs: date.getUTCFullYear() * 10_000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate() };
}

interface Basics {
  readonly dayObs: number;
  readonly type: ExposureType;
  readonly band: Band;
  readonly exposureSec: number;
  readonly beginTaiNs: TaiNs;
}

const PARKED: Pointing = { ra: 0, dec: 0, rotation: 0 };

function makePlan(basics: Basics, counters: Map<number, number>, rest: Partial<ExposurePlan> = {}): ExposurePlan {
  const sequence = (counters.get(basics.dayObs) ?? 0) + 1;
  counters.set(basics.dayObs, sequence);
  const observationId = `SC_O_${basics.dayObs}_${String(sequence).padStart(6, '0')}`;
  return {
    ...basics,
    sequence,
    exposureId: basics.dayObs * 100_000 + sequence,
    observationId,
    level: 0,
    group: observationId,
    pointing: PARKED,
    nominal: PARKED,
    sky: null,
    ...rest,
  };
}

function planCalibrations(profile: Profile, counters: Map<number, number>): ExposurePlan[] {
  const { noon, dayObs } = nightOf(profile, 0);
  const { bias, darks, darkSec, flatBands, flatLevels, flatsPerBand, flatLevel, twilight, spots } = profile.calibration;
  let at = noon + nsFromSeconds(1800);
  const out: ExposurePlan[] = [];
  const take = (type: ExposureType, band: Band, exposureSec: number, rest: Partial<ExposurePlan> = {}): void => {
    out.push(makePlan({ dayObs, type, band, exposureSec, beginTaiNs: at }, counters, rest));
    at += nsFromSeconds(exposureSec + READ_OUT_SEC);
  };
  for (let i = 0; i < bias; i++) take('bias', 'r', 0);
  for (let i = 0; i < darks; i++) take('dark', 'r', darkSec);
  for (const [first, band] of flatBands.filter(isBand).entries()) {
    // Gain and linearity are those of the read-out, whatever the filter.
    for (const [pair, level] of first === 0 ? flatLevels.entries() : [])
      for (let k = 0; k < 2; k++) take('flat', band, level / FLAT_LAMP, { level, group: `ptc-${band}-${pair}` });
    for (let k = 0; k < flatsPerBand; k++) take('flat', band, flatLevel / FLAT_LAMP, { level: flatLevel, group: `flat-${band}` });
    for (let k = 0; k < twilight; k++) take('twilight', band, 5, { level: flatLevel, group: `twilight-${band}` });
  }
  for (let i = 0; i < spots; i++) take('spots', 'r', SPOT_LEVEL / FLAT_LAMP, { level: SPOT_LEVEL, group: 'spots' });
  return out;
}

/** Brightness of projected spots [electron], below the full well. */
const SPOT_LEVEL = 60_000;
/** Brightness of the flat-field lamp [electron/s/pixel]: exposure time tells the level. */
const FLAT_LAMP = 2500;

interface Night {
  readonly profile: Profile;
  readonly camera: Camera;
  readonly night: number;
  readonly bands: readonly string[];
  readonly counters: Map<number, number>;
}

function planNight({ profile, camera, night, bands, counters }: Night, random: Random): ExposurePlan[] {
  const { noon, dayObs } = nightOf(profile, night);
  const field = { ra: profile.field.raDeg * RAD, dec: profile.field.decDeg * RAD };
  const start = transitOf(field.ra, noon, camera) - nsFromSeconds((profile.visitGapSec * (bands.length - 1)) / 2);
  const seeing = profile.seeing.medianArcsec * Math.exp(random.normal(0, profile.seeing.scatter));
  const cloudy = random.uniform() < profile.clouds.probability;
  const visits = bands.filter(isBand).flatMap((band, visit) => profile.field.offsetsArcmin.map((offset) => ({ band, visit, offset })));
  let free = start;
  return visits.map(({ band, visit, offset: [east, north] }) => {
    const due = start + nsFromSeconds(profile.visitGapSec * visit);
    const beginTaiNs = due > free ? due : free;
    free = beginTaiNs + nsFromSeconds(profile.exposureSec + READ_OUT_SEC + SLEW_SEC);
    const dither = { angle: random.uniform(0, 2 * Math.PI), size: profile.field.ditherArcsec * Math.sqrt(random.uniform()) * ARCSEC };
    const rotation = profile.field.rotationStepDeg * night * RAD;
    const dec = field.dec + north * ARCMIN + dither.size * Math.cos(dither.angle);
    const nominal = { ra: field.ra + (east * ARCMIN + dither.size * Math.sin(dither.angle)) / Math.cos(dec), dec, rotation };
    const error = profile.pointingErrorArcsec * ARCSEC;
    const pointing = {
      ra: nominal.ra + random.normal(0, error) / Math.cos(dec),
      dec: dec + random.normal(0, error),
      rotation: rotation + random.normal(0, 5e-5),
    };
    const cloudMag = cloudy ? profile.clouds.meanMag * random.exponential() : 0;
    const basics: Basics = { dayObs, type: 'science', band, exposureSec: profile.exposureSec, beginTaiNs };
    return makePlan(basics, counters, {
      nominal,
      pointing,
      group: `night-${night}`,
      sky: conditions({ profile, camera, basics, pointing, seeing: seeing * Math.exp(random.normal(0, 0.05)), cloudMag }, random),
    });
  });
}

/** The transit that follows noon by 0 to 24 sidereal hours. */
function transitOf(ra: number, noon: TaiNs, camera: Camera): TaiNs {
  const atNoon = localMeanSiderealTime(noon, (camera.site?.longitudeDeg ?? 0) * RAD);
  const wait = ((((ra - atNoon) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) / (2 * Math.PI);
  return noon + nsFromSeconds(wait * 86_164.0905);
}

function horizontalAt(pointing: Pointing, taiNs: TaiNs, camera: Camera): Horizontal {
  const sidereal = localMeanSiderealTime(taiNs, (camera.site?.longitudeDeg ?? 0) * RAD);
  return horizontalOf(pointing.ra, pointing.dec, sidereal, (camera.site?.latitudeDeg ?? 0) * RAD);
}

interface ConditionsInput {
  readonly profile: Profile;
  readonly camera: Camera;
  readonly basics: Basics;
  readonly pointing: Pointing;
  readonly seeing: number;
  readonly cloudMag: number;
}

function conditions({ profile, camera, basics, pointing, seeing, cloudMag }: ConditionsInput, random: Random): ObservingConditions {
  const begin = horizontalAt(pointing, basics.beginTaiNs, camera);
  const end = horizontalAt(pointing, basics.beginTaiNs + nsFromSeconds(basics.exposureSec), camera);
  const middle = horizontalAt(pointing, basics.beginTaiNs + nsFromSeconds(basics.exposureSec / 2), camera);
  const airmass = airmassAt(Math.PI / 2 - middle.altitude);
  const { wavelengthNm, skyMag } = BAND_PROPERTIES[basics.band];
  // Kolmogorov turbulence: FWHM goes with airmass^0.6 and wavelength^-0.2.
  const seeingArcsec = seeing * airmass ** 0.6 * (wavelengthNm / 500) ** -0.2;
  const pixelArcsec = (camera.optics.plateScaleArcsecPerMm ?? 20) * (camera.detectors[0]?.pixelMm ?? 0.01);
  return {
    azimuth: begin.azimuth,
    altitude: begin.altitude,
    endAzimuth: end.azimuth,
    endAltitude: end.altitude,
    parallactic: middle.parallactic,
    airmass,
    cloudMag,
    seeingArcsec,
    skyMag: skyMag - 0.4 * Math.log10(airmass) * 2.5 + random.normal(0, 0.03),
    psf: {
      fwhmPixels: Math.hypot(seeingArcsec, 0.3) / pixelArcsec,
      curvature: 0.03 + random.normal(0, 0.005),
      tilt: [random.normal(0, 0.02), random.normal(0, 0.02)],
      e1: [random.normal(0, 0.02), random.normal(0, 0.02), random.normal(0, 0.02)],
      e2: [random.normal(0, 0.02), random.normal(0, 0.02), random.normal(0, 0.02)],
    },
    satelliteTrails: random.poisson(profile.satelliteTrails),
    pressureHpa: 730 + random.normal(0, 3),
    temperatureC: 9 + random.normal(0, 3),
    humidity: Math.min(95, Math.max(5, random.normal(35, 15))),
  };
}
