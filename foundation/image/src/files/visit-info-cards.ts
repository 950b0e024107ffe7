import { Header } from '@almagest/fits';
import { isoFromTaiNs, taiNsFromIso } from '@almagest/time';
import type { VisitInfo } from '../exposure/visit-info.ts';

const DEG = Math.PI / 180;

/** Cards that hold numbers as they are, or angles in degrees; names of the LSST pipelines' visit information. */
const NUMBERS: readonly (readonly [keyword: string, field: NumberField, comment: string])[] = [
  ['EXPTIME', 'exposureSec', '[s] exposure'],
  ['DARKTIME', 'darkSec', '[s] time in which dark current gathers'],
  ['BORE-AIRMASS', 'boresightAirmass', 'airmass at the boresight'],
  ['OBS-ELEV', 'observatoryElevationM', '[m] elevation of the observatory'],
  ['AIRTEMP', 'airTemperatureC', '[Celsius] air temperature'],
  ['AIRPRESS', 'airPressurePa', '[Pa] air pressure'],
  ['FOCUSZ', 'focusZMm', '[mm] focus'],
];
const ANGLES: readonly (readonly [keyword: string, field: NumberField, comment: string])[] = [
  ['BORE-RA', 'boresightRa', '[deg] right ascension of the boresight'],
  ['BORE-DEC', 'boresightDec', '[deg] declination of the boresight'],
  ['BORE-AZ', 'boresightAzimuth', '[deg] azimuth of the boresight'],
  ['BORE-ALT', 'boresightAltitude', '[deg] altitude of the boresight'],
  ['BORE-PAR-ANG', 'boresightParallacticAngle', '[deg] parallactic angle'],
  ['BORE-ROTANG', 'boresightRotation', '[deg] rotation of the focal plane'],
  ['OBS-LONG', 'observatoryLongitude', '[deg] east longitude'],
  ['OBS-LAT', 'observatoryLatitude', '[deg] geodetic latitude'],
  ['AVG-ERA', 'era', '[deg] Earth rotation angle'],
];
const TEXTS: readonly (readonly [keyword: string, field: TextField])[] = [
  ['INSTRUME', 'instrument'],
  ['OBJECT', 'object'],
  ['OBSTYPE', 'observationType'],
  ['PROGRAM', 'scienceProgram'],
];

type FieldOf<T> = { [K in keyof VisitInfo]-?: Exclude<VisitInfo[K], undefined> extends T ? K : never }[keyof VisitInfo];
type NumberField = FieldOf<number>;
type TextField = FieldOf<string>;
type Draft = { -readonly [K in keyof VisitInfo]: VisitInfo[K] };

/** Writes what is known of a visit as cards; angles in degrees, the time as TAI. */
export function visitInfoCards(info: VisitInfo): Header {
  const header = new Header();
  if (info.visitId !== undefined) header.set('IDNUM', info.visitId, 'visit');
  if (info.midpointTaiNs !== undefined) {
    header.set('DATE-AVG', isoFromTaiNs(info.midpointTaiNs, { scale: 'tai' }), 'middle of the exposure');
    header.set('TIMESYS', 'TAI', 'scale of DATE-AVG');
  }
  for (const [keyword, field, comment] of NUMBERS) if (info[field] !== undefined) header.set(keyword, info[field], comment);
  for (const [keyword, field, comment] of ANGLES) if (info[field] !== undefined) header.set(keyword, info[field] / DEG, comment);
  if (info.humidity !== undefined) header.set('HUMIDITY', 100 * info.humidity, '[%] relative humidity');
  for (const [keyword, field] of TEXTS) if (info[field] !== undefined) header.set(keyword, info[field]);
  return header;
}

/** Reads what {@link visitInfoCards} writes; undefined where none of it is there. */
export function readVisitInfo(header: Header): VisitInfo | undefined {
  const info: Draft = {};
  const id = header.get('IDNUM');
  if (typeof id === 'bigint' || Number.isSafeInteger(id)) info.visitId = BigInt(id as number | bigint);
  const date = header.getString('DATE-AVG');
  if (date !== undefined && header.getString('TIMESYS')?.trim() === 'TAI') info.midpointTaiNs = taiNsFromIso(date.trim(), { scale: 'tai' });
  for (const [keyword, field] of NUMBERS) setNumber(info, field, header.getNumber(keyword), 1);
  for (const [keyword, field] of ANGLES) setNumber(info, field, header.getNumber(keyword), DEG);
  setNumber(info, 'humidity', header.getNumber('HUMIDITY'), 0.01);
  for (const [keyword, field] of TEXTS) {
    const value = header.getString(keyword)?.trimEnd();
    if (value) info[field] = value;
  }
  return Object.keys(info).length > 0 ? info : undefined;
}

/** Keywords that {@link visitInfoCards} may write, which metadata therefore do not repeat. */
export const VISIT_KEYWORDS: ReadonlySet<string> = new Set([
  'IDNUM',
  'DATE-AVG',
  'TIMESYS',
  'HUMIDITY',
  ...[...NUMBERS, ...ANGLES, ...TEXTS].map(([keyword]) => keyword),
]);

function setNumber(info: Draft, field: NumberField, value: number | undefined, factor: number): void {
  if (value !== undefined && Number.isFinite(value)) info[field] = value * factor;
}
