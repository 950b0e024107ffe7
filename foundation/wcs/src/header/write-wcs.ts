import { NotWritableError } from '../errors.ts';
import type { WcsDefinition } from '../model/definition.ts';
import type { SkyWcs } from '../model/sky-wcs.ts';
import type { WritableHeader } from './header-like.ts';
import type { SipPolynomial } from '../distortion/sip.ts';

/** One card to be written. */
export interface WcsCard {
  readonly keyword: string;
  readonly value: string | number;
  readonly comment: string;
}

/**
 * The cards that describe a WCS, in the usual order.
 *
 * @throws {NotWritableError} for lookup tables, which need extensions, and for IRAF surfaces.
 */
export function formatWcs(wcs: SkyWcs | WcsDefinition): WcsCard[] {
  const d = 'pixelToSky' in wcs ? wcs.definition : wcs;
  if (!d)
    throw new NotWritableError('a composed transform cannot be written as header cards; approximate it by TAN-SIP', {
      details: { part: 'composed' },
    });
  const part = d.lookup || d.det2im ? 'a lookup table' : d.iraf ? 'an IRAF surface' : undefined;
  if (part !== undefined)
    throw new NotWritableError(`${part} cannot be written as header cards; fit TAN-SIP and write that`, { details: { part } });
  const code = d.tpv ? 'TPV' : d.projection;
  const suffix = d.sip ? '-SIP' : '';
  const [lon, lat] = axisNames(d);
  const cards: WcsCard[] = [];
  const add = (keyword: string, value: string | number, comment = ''): void => void cards.push({ keyword, value, comment });
  add('WCSAXES', 2, 'number of coordinate axes');
  const ctype = (name: string): string => (code === 'LIN' ? name : `${name.padEnd(4, '-')}-${code}${suffix}`);
  add('CTYPE1', ctype(lon), 'axis type and projection');
  add('CTYPE2', ctype(lat), 'axis type and projection');
  add('CUNIT1', 'deg');
  add('CUNIT2', 'deg');
  add('CRPIX1', d.crpix[0] + 1, '[pixel] reference point, one-based');
  add('CRPIX2', d.crpix[1] + 1, '[pixel] reference point, one-based');
  add('CRVAL1', d.crval[0], '[deg] reference point');
  add('CRVAL2', d.crval[1], '[deg] reference point');
  for (const [k, name] of ['CD1_1', 'CD1_2', 'CD2_1', 'CD2_2'].entries()) add(name, d.cd[k], '[deg/pixel]');
  if (d.fiducial) {
    add('PV1_0', d.fiducial.offset ? 1 : 0);
    add('PV1_1', d.fiducial.phi0, '[deg] native longitude of the reference point');
    add('PV1_2', d.fiducial.theta0, '[deg] native latitude of the reference point');
  }
  if (d.lonpole !== undefined) add('LONPOLE', d.lonpole, '[deg] native longitude of the celestial pole');
  if (d.latpole !== undefined) add('LATPOLE', d.latpole, '[deg] celestial latitude of the native pole');
  addParameters(d, add);
  if (d.sip)
    for (const [name, polynomial] of [
      ['A', d.sip.a],
      ['B', d.sip.b],
      ['AP', d.sip.ap],
      ['BP', d.sip.bp],
    ] as const)
      addSip(name, polynomial, add);
  if (isEquatorial(d) && d.frame.system !== 'UNKNOWN') add('RADESYS', d.frame.system, 'celestial reference system');
  if (d.frame.equinox !== undefined) add('EQUINOX', d.frame.equinox, '[yr] equinox of the coordinates');
  return cards;
}

/**
 * Replaces the WCS of a header by another one.
 *
 * Cards of the old primary WCS (matrix, distortion, poles, frame) are removed first.
 *
 * @throws {NotWritableError} as {@link formatWcs}.
 */
export function writeWcs(wcs: SkyWcs | WcsDefinition, header: WritableHeader): void {
  const cards = formatWcs(wcs);
  clearWcs(header);
  for (const { keyword, value, comment } of cards) {
    if (typeof value === 'number' && keyword !== 'WCSAXES' && !keyword.endsWith('_ORDER') && header.setReal)
      header.setReal(keyword, value, comment);
    else header.set(keyword, value, comment);
  }
}

/** Removes every card of the primary celestial WCS. */
function clearWcs(header: WritableHeader): void {
  const drop = (keyword: string): void => {
    if (header.get(keyword) !== undefined) header.delete(keyword);
  };
  for (const keyword of ['WCSAXES', 'LONPOLE', 'LATPOLE', 'RADESYS', 'RADECSYS', 'EQUINOX', 'EPOCH']) drop(keyword);
  for (let i = 1; i <= 2; i++) {
    for (const name of ['CTYPE', 'CUNIT', 'CRPIX', 'CRVAL', 'CDELT', 'CROTA', 'CPDIS', 'D2IMDIS', 'DP', 'D2IM']) drop(`${name}${i}`);
    for (let j = 1; j <= 2; j++) for (const name of ['CD', 'PC']) drop(`${name}${i}_${j}`);
    for (let m = 0; m < 100; m++) drop(`PV${i}_${m}`);
    for (let k = 1; k < 1000 && header.get(`WAT${i}_${String(k).padStart(3, '0')}`) !== undefined; k++)
      drop(`WAT${i}_${String(k).padStart(3, '0')}`);
  }
  for (const name of ['A', 'B', 'AP', 'BP']) {
    if (header.get(`${name}_ORDER`) === undefined) continue;
    for (const ending of ['ORDER', 'DMAX']) drop(`${name}_${ending}`);
    for (let p = 0; p <= 9; p++) for (let q = 0; q <= 9; q++) drop(`${name}_${p}_${q}`);
  }
}

function addParameters(d: WcsDefinition, add: (keyword: string, value: number) => void): void {
  const lists = d.tpv ? [d.tpv.axis1, d.tpv.axis2] : [[], d.parameters ?? []];
  for (const [i, list] of lists.entries()) for (const [m, value] of list.entries()) if (value !== null) add(`PV${i + 1}_${m}`, value);
}

function addSip(
  name: string,
  polynomial: SipPolynomial | undefined,
  add: (keyword: string, value: number, comment?: string) => void,
): void {
  if (!polynomial) return;
  add(`${name}_ORDER`, polynomial.order, 'order of the SIP polynomial');
  for (const [key, value] of Object.entries(polynomial.terms)) add(`${name}_${key}`, value);
}

function isEquatorial(d: WcsDefinition): boolean {
  return ['ICRS', 'FK5', 'FK4', 'FK4-NO-E'].includes(d.frame.system);
}

function axisNames(d: WcsDefinition): [string, string] {
  const names = { GALACTIC: ['GLON', 'GLAT'], ECLIPTIC: ['ELON', 'ELAT'], SUPERGALACTIC: ['SLON', 'SLAT'] } as const;
  const [lon, lat] = names[d.frame.system as keyof typeof names] ?? ['RA', 'DEC'];
  return [lon, lat];
}
