import { type IrafDistortion, parseIrafSurface } from '../distortion/iraf-surface.ts';
import type { LookupTable } from '../distortion/lookup.ts';
import type { SipDistortion, SipPolynomial } from '../distortion/sip.ts';
import { TPV_TERMS, type TpvDistortion } from '../distortion/tpv.ts';
import { BadWcsCardError, MissingDistortionTableError, UnsupportedProjectionError } from '../errors.ts';
import type { CelestialAxes } from './axes.ts';
import { type HeaderLike, readNumber, readString } from './header-like.ts';

const MAX_SIP_ORDER = 20;
const PARAMETERS = 100;

/** Parameters PVi_m of an axis; index m, null for those absent, no trailing nulls. */
export function readPv(header: HeaderLike, axis: number, alternate: string): (number | null)[] {
  const out: (number | null)[] = [];
  for (let m = 0; m < PARAMETERS; m++) {
    const value = readNumber(header, `PV${axis}_${m}${alternate}`);
    if (value === undefined) continue;
    while (out.length < m) out.push(null);
    out.push(value);
  }
  return out;
}

/** SIP polynomials; undefined where the header has none. @throws {BadWcsCardError} when one of the pair is missing. */
export function readSip(header: HeaderLike): SipDistortion | undefined {
  const a = readSipPolynomial(header, 'A');
  const b = readSipPolynomial(header, 'B');
  if (!a && !b) return undefined;
  if (!a || !b) {
    const missing = a ? 'B_ORDER' : 'A_ORDER';
    throw new BadWcsCardError(`SIP needs A_ORDER and B_ORDER; ${missing} is missing`, { details: { keyword: missing, found: 'nothing' } });
  }
  const ap = readSipPolynomial(header, 'AP');
  const bp = readSipPolynomial(header, 'BP');
  return ap && bp ? { a, b, ap, bp } : { a, b };
}

function readSipPolynomial(header: HeaderLike, name: string): SipPolynomial | undefined {
  const keyword = `${name}_ORDER`;
  const order = readNumber(header, keyword);
  if (order === undefined) return undefined;
  if (!Number.isInteger(order) || order < 0 || order > MAX_SIP_ORDER)
    throw new BadWcsCardError(`${keyword} must be a whole number from 0 to ${MAX_SIP_ORDER}; found ${order}`, {
      details: { keyword, found: String(order) },
    });
  const terms: Record<string, number> = {};
  for (let p = 0; p <= order; p++)
    for (let q = 0; p + q <= order; q++) {
      const value = readNumber(header, `${name}_${p}_${q}`);
      if (value !== undefined && value !== 0) terms[`${p}_${q}`] = value;
    }
  return { order, terms };
}

/** TPV coefficients of both axes, longitude first. @throws {BadWcsCardError} for an index beyond the convention's. */
export function readTpv(header: HeaderLike, axes: CelestialAxes, alternate: string): TpvDistortion {
  const [axis1, axis2] = [axes.lon, axes.lat].map((axis) => {
    const pv = readPv(header, axis, alternate);
    if (pv.length > TPV_TERMS) {
      const keyword = `PV${axis}_${pv.length - 1}`;
      throw new BadWcsCardError(`TPV has coefficients 0 to ${TPV_TERMS - 1}; found ${keyword}`, {
        details: { keyword, found: String(pv.at(-1)) },
      });
    }
    return pv;
  });
  return { axis1, axis2 };
}

/** Text spread over WATi_001, WATi_002 ... */
export function readWat(header: HeaderLike, axis: number): string {
  let text = '';
  for (let k = 1; k < 1000; k++) {
    const value = header.get(`WAT${axis}_${String(k).padStart(3, '0')}`);
    if (typeof value !== 'string') break;
    // IRAF cuts the text into cards of 68 characters whose trailing blanks FITS readers drop.
    text += value.padEnd(68);
  }
  return text;
}

/** IRAF surfaces and ZPN parameters of WAT attributes. */
export function readIraf(header: HeaderLike, axes: CelestialAxes): { distortion: IrafDistortion; projp: (number | null)[] } {
  const lonText = readWat(header, axes.lon);
  const latText = readWat(header, axes.lat);
  const lng = /lngcor\s*=\s*"([^"]*)"/.exec(lonText)?.[1];
  const lat = /latcor\s*=\s*"([^"]*)"/.exec(latText)?.[1];
  const projp: (number | null)[] = [];
  for (const match of `${lonText} ${latText}`.matchAll(/projp(\d+)\s*=\s*([-+.\dEeDd]+)/g)) {
    const m = Number(match[1]);
    const value = Number(match[2].replace(/[Dd]/, 'e'));
    if (m >= PARAMETERS || !Number.isFinite(value))
      throw new BadWcsCardError(`projp${m} must be a number; found "${match[2]}"`, {
        details: { keyword: `WAT${axes.lon}_001`, found: match[2] },
      });
    while (projp.length <= m) projp.push(null);
    projp[m] = value;
  }
  return {
    distortion: {
      ...(lng === undefined ? {} : { lng: parseIrafSurface(lng, `WAT${axes.lon} lngcor`) }),
      ...(lat === undefined ? {} : { lat: parseIrafSurface(lat, `WAT${axes.lat} latcor`) }),
    },
    projp,
  };
}

/** Finds the image of a distortion extension; `extname` is WCSDVARR or D2IMARR. */
export type FindTable = (extname: string, extver: number) => LookupTable | undefined;

/**
 * Lookup tables that a header asks for (CPDISi with DPi, or D2IMDISi with D2IMi).
 *
 * @throws {UnsupportedProjectionError} for a distortion other than LOOKUP.
 * @throws {MissingDistortionTableError} when `findTable` has not the extension.
 */
export function readLookups(
  header: HeaderLike,
  kind: 'CPDIS' | 'D2IMDIS',
  axes: CelestialAxes,
  findTable: FindTable | undefined,
): readonly [LookupTable | null, LookupTable | null] | undefined {
  const record = kind === 'CPDIS' ? 'DP' : 'D2IM';
  const extname = kind === 'CPDIS' ? 'WCSDVARR' : 'D2IMARR';
  const [x, y] = axes.pixel.map((axis) => {
    const name = readString(header, `${kind}${axis}`)?.trim().toUpperCase();
    if (!name) return null;
    if (name !== 'LOOKUP')
      throw new UnsupportedProjectionError(`${kind}${axis} must be LOOKUP; found "${name}"`, { details: { projection: name } });
    const extver = readRecord(header, `${record}${axis}`, 'EXTVER') ?? 1;
    const table = findTable?.(extname, extver);
    if (table) return table;
    throw new MissingDistortionTableError(`${kind}${axis} refers to extension ${extname}, version ${extver}, which was not given`, {
      details: { extname, extver },
    });
  });
  return x || y ? [x, y] : undefined;
}

/** Field of a record-valued card: `DP1 = 'EXTVER: 1.0'`, repeated for other fields, or already taken apart as `DP1.EXTVER`. */
function readRecord(header: HeaderLike, keyword: string, field: string): number | undefined {
  const direct = header.get(`${keyword}.${field}`);
  if (typeof direct === 'number') return direct;
  for (const card of header.all?.(keyword) ?? [{ value: header.get(keyword) }]) {
    if (typeof card.value !== 'string') continue;
    const match = /^\s*([A-Za-z0-9_.]+)\s*:\s*([-+.\dEe]+)\s*$/.exec(card.value);
    if (match?.[1].toUpperCase() === field) return Number(match[2]);
  }
  return undefined;
}
