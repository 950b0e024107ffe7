import { type CardValue, Header } from '@almagest/fits';
import { type Camera, type Detector, formatFitsSection, makeBox, type Amplifier } from '@almagest/instrument';
import { isoFromTaiNs, mjdFromTaiNs, nsFromSeconds, type TaiNs } from '@almagest/time';
import type { ExposurePlan } from '../observation/exposure-plan.ts';
import { sipCards } from '../optics/pointing.ts';

const DEG = 180 / Math.PI;
const EQUATOR_M = 6_378_137;
const FLATTENING = 1 / 298.257223563;

/** Primary header of a raw: what a telescope's control system would write. */
export function primaryHeader(camera: Camera, detector: Detector, plan: ExposurePlan): Header {
  const cards: Record<string, CardValue | readonly [CardValue, string]> = {
    TELESCOP: ['Simulated 6.5 m telescope', 'telescope'],
    INSTRUME: [camera.name, 'instrument'],
    OBSID: [plan.observationId, 'observation'],
    EXPID: [plan.exposureId, 'exposure number'],
    DAYOBS: [plan.dayObs, 'observing day'],
    DAYOFF: [43_200, '[s] offset of the observing day from TAI'],
    SEQNUM: [plan.sequence, 'counter within the day'],
    GROUPID: [plan.group, 'exposures that belong together'],
    IMGTYPE: [plan.type === 'science' ? 'OBJECT' : plan.type.toUpperCase(), 'kind of exposure'],
    REASON: [plan.type === 'science' ? 'survey' : 'calibration', 'why it was made'],
    PROGRAM: ['SIM-SURVEY', 'observing programme'],
    OBJECT: [plan.type === 'science' ? 'SIMFIELD' : plan.type, 'target'],
    FILTER: [plan.type === 'bias' || plan.type === 'dark' ? 'none' : filterName(camera, plan), 'physical filter'],
    EXPTIME: [plan.exposureSec, '[s] shutter open'],
    EXPREQ: [plan.exposureSec, '[s] requested'],
    DARKTIME: [plan.exposureSec, '[s] charge collected'],
    TIMESYS: ['TAI', 'scale of the times'],
    'DATE-BEG': [iso(plan.beginTaiNs), 'begin of exposure'],
    'DATE-END': [iso(plan.beginTaiNs + nsFromSeconds(plan.exposureSec)), 'end of exposure'],
    'MJD-BEG': [mjdFromTaiNs(plan.beginTaiNs, 'tai'), '[d] begin of exposure'],
    ...siteCards(camera),
    DETNUM: [detector.id, 'detector number'],
    DETNAME: [detector.name, 'detector name'],
    DETSER: [detector.serial ?? 'none', 'serial number'],
    DETGROUP: [detector.group ?? 'none', 'group of detectors'],
    DETSIZE: [formatFitsSection({ box: makeBox(0, 0, detector.width, detector.height), flipX: false, flipY: false }), 'assembled detector'],
    ...pointingCards(plan),
  };
  return Header.of(cards);
}

function filterName(camera: Camera, plan: ExposurePlan): string {
  return camera.filters.find((f) => f.band === plan.band)?.name ?? plan.band;
}

function iso(taiNs: TaiNs): string {
  return isoFromTaiNs(taiNs, { scale: 'tai', digits: 6 });
}

function pointingCards(plan: ExposurePlan): Record<string, readonly [CardValue, string]> {
  if (!plan.sky) return {};
  const { sky, nominal } = plan;
  return {
    RA: [nominal.ra * DEG, '[deg] ICRS right ascension of the boresight'],
    DEC: [nominal.dec * DEG, '[deg] ICRS declination of the boresight'],
    ROTPA: [nominal.rotation * DEG, '[deg] position angle of +y, east of north'],
    AIRMASS: [round(sky.airmass, 4), 'airmass in the middle'],
    AZSTART: [round(sky.azimuth * DEG, 5), '[deg] azimuth at the begin'],
    ELSTART: [round(sky.altitude * DEG, 5), '[deg] altitude at the begin'],
    AZEND: [round(sky.endAzimuth * DEG, 5), '[deg] azimuth at the end'],
    ELEND: [round(sky.endAltitude * DEG, 5), '[deg] altitude at the end'],
    AIRTEMP: [round(sky.temperatureC, 2), '[degC] outside'],
    PRESSURE: [round(sky.pressureHpa, 1), '[hPa] outside'],
    HUMIDITY: [round(sky.humidity, 1), '[%] outside'],
  };
}

function siteCards(camera: Camera): Record<string, readonly [CardValue, string]> {
  const site = camera.site ?? { longitudeDeg: 0, latitudeDeg: 0, heightM: 0 };
  const lat = site.latitudeDeg / DEG;
  const lon = site.longitudeDeg / DEG;
  const polar = (1 - FLATTENING) * (1 - FLATTENING);
  const normal = EQUATOR_M / Math.sqrt(Math.cos(lat) ** 2 + polar * Math.sin(lat) ** 2);
  const across = (normal + site.heightM) * Math.cos(lat);
  return {
    'OBSGEO-X': [round(across * Math.cos(lon), 3), '[m] ITRS'],
    'OBSGEO-Y': [round(across * Math.sin(lon), 3), '[m] ITRS'],
    'OBSGEO-Z': [round((polar * normal + site.heightM) * Math.sin(lat), 3), '[m] ITRS'],
  };
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

/** Header of the extension of one amplifier: sections, nominal gain, and the nominal WCS of its imaging pixels. */
export function amplifierHeader(camera: Camera, detector: Detector, amp: Amplifier, plan: ExposurePlan): Header {
  const section = (box: Amplifier['rawData'] | null): string => (box ? formatFitsSection({ box, flipX: false, flipY: false }) : '');
  const header = Header.of({
    EXTNAME: [amp.name, 'amplifier'],
    DATASEC: [section(amp.rawData), 'imaging pixels'],
    BIASSEC: [section(amp.rawSerialOverscan), 'serial overscan'],
    ...(amp.rawParallelOverscan ? { BIASSECP: [section(amp.rawParallelOverscan), 'parallel overscan'] as const } : {}),
    DETSEC: [formatFitsSection({ box: amp.box, flipX: amp.flipX, flipY: amp.flipY }), 'place on the assembled detector'],
    GAIN: [amp.gain, '[electron/ADU] nominal'],
    RDNOISE: [amp.readNoise, '[electron] nominal'],
    SATURATE: [amp.saturation, '[ADU]'],
    BUNIT: ['adu', 'unit of the pixels'],
  });
  if (plan.sky) for (const [key, value] of Object.entries(rawWcs(camera, detector, amp, plan))) header.set(key, value);
  return header;
}

/** The detector's WCS expressed in raw pixels of the amplifier: an axis that was flipped runs backwards. */
function rawWcs(camera: Camera, detector: Detector, amp: Amplifier, plan: ExposurePlan): Record<string, string | number> {
  const cards = { ...sipCards(camera, detector, plan.nominal) };
  const sx = amp.flipX ? -1 : 1;
  const sy = amp.flipY ? -1 : 1;
  const number = (key: string): number => Number(cards[key]);
  const flipped = (crpix: number, start: number, size: number, sign: number, raw: number): number =>
    sign > 0 ? crpix - start + raw : raw + size + 1 - (crpix - start);
  return {
    ...cards,
    CRPIX1: flipped(number('CRPIX1'), amp.box.x, amp.box.width, sx, amp.rawData.x),
    CRPIX2: flipped(number('CRPIX2'), amp.box.y, amp.box.height, sy, amp.rawData.y),
    CD1_1: number('CD1_1') * sx,
    CD1_2: number('CD1_2') * sy,
    CD2_1: number('CD2_1') * sx,
    CD2_2: number('CD2_2') * sy,
  };
}
