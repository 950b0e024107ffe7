import type { SipPolynomial } from '../distortion/sip.ts';
import { BadWcsCardError } from '../errors.ts';
import type { WcsDefinition } from '../model/definition.ts';
import { type HeaderLike, readNumber, readString } from './header-like.ts';

/** A polynomial of the pixel offsets u, v: coefficients keyed "p_q". */
type Terms = Map<string, number>;

/**
 * Plate solution of the Digitized Sky Survey (AMDXm, AMDYm, PPOn ...) as TAN with pixel polynomials; undefined without one.
 *
 * The plate model is a polynomial of plate millimetres, which are linear in the pixel, so the translation is exact.
 *
 * @see Lasker et al. (1990), AJ 99, 2019, appendix; the header cards are explained in the survey's CD-ROM booklet.
 */
export function readPlateSolution(header: HeaderLike): Pick<WcsDefinition, 'crpix' | 'cd' | 'crval' | 'projection' | 'sip'> | undefined {
  if (header.get('AMDX1') === undefined || header.get('PPO3') === undefined || header.get('XPIXELSZ') === undefined) return undefined;
  const need = (keyword: string): number => {
    const value = readNumber(header, keyword);
    if (value !== undefined) return value;
    throw new BadWcsCardError(`a plate solution needs ${keyword}, which is missing`, { details: { keyword, found: 'nothing' } });
  };
  const sx = need('XPIXELSZ');
  const sy = need('YPIXELSZ');
  // Millimetres: X = (PPO3 - XPIXELSZ (x + CNPIX1 - 0.5)) / 1000 with x one-based, and likewise Y with the opposite sign.
  const crpix: [number, number] = [need('PPO3') / sx - need('CNPIX1') + 0.5 - 1, need('PPO6') / sy - need('CNPIX2') + 0.5 - 1];
  const stepX = -sx / 1000;
  const stepY = sy / 1000;
  const xi = plateTerms((m) => readNumber(header, `AMDX${m}`) ?? 0, stepX, stepY, false);
  const eta = plateTerms((m) => readNumber(header, `AMDY${m}`) ?? 0, stepX, stepY, true);
  const cd: [number, number, number, number] = [xi.get('1_0') ?? 0, xi.get('0_1') ?? 0, eta.get('1_0') ?? 0, eta.get('0_1') ?? 0];
  const det = cd[0] * cd[3] - cd[1] * cd[2];
  const a: Record<string, number> = {};
  const b: Record<string, number> = {};
  for (const key of new Set([...xi.keys(), ...eta.keys()])) {
    if (key === '1_0' || key === '0_1') continue;
    const p = xi.get(key) ?? 0;
    const q = eta.get(key) ?? 0;
    a[key] = (cd[3] * p - cd[1] * q) / det;
    b[key] = (cd[0] * q - cd[2] * p) / det;
  }
  const polynomial = (terms: Record<string, number>): SipPolynomial => ({ order: 5, terms });
  return { crpix, cd, crval: plateCentre(header, need), projection: 'TAN', sip: { a: polynomial(a), b: polynomial(b) } };
}

/** Terms [deg] of one coordinate; the second one has X and Y exchanged in the model. */
function plateTerms(coefficient: (m: number) => number, stepX: number, stepY: number, exchanged: boolean): Terms {
  const terms: Terms = new Map();
  const add = (m: number, p: number, q: number, factor = 1): void => {
    const [i, j] = exchanged ? [q, p] : [p, q];
    const key = `${i}_${j}`;
    terms.set(key, (terms.get(key) ?? 0) + (coefficient(m) * factor * stepX ** i * stepY ** j) / 3600);
  };
  const powers = [
    [1, 0],
    [0, 1],
    [0, 0],
    [2, 0],
    [1, 1],
    [0, 2],
  ] as const;
  for (const [k, [p, q]] of powers.entries()) add(k + 1, p, q);
  add(7, 2, 0);
  add(7, 0, 2);
  const cubic = [
    [3, 0],
    [2, 1],
    [1, 2],
    [0, 3],
  ] as const;
  for (const [k, [p, q]] of cubic.entries()) add(k + 8, p, q);
  add(12, 3, 0);
  add(12, 1, 2);
  add(13, 5, 0);
  add(13, 3, 2, 2);
  add(13, 1, 4);
  return terms;
}

/** Plate centre [deg] from its sexagesimal parts. */
function plateCentre(header: HeaderLike, need: (keyword: string) => number): [number, number] {
  const sign = readString(header, 'PLTDECSN')?.trim() === '-' ? -1 : 1;
  return [
    15 * (need('PLTRAH') + need('PLTRAM') / 60 + need('PLTRAS') / 3600),
    sign * (need('PLTDECD') + need('PLTDECM') / 60 + need('PLTDECS') / 3600),
  ];
}
