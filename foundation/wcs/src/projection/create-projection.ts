import { BadWcsCardError, UnsupportedProjectionError } from '../errors.ts';
import { createCop, createCoe, createCod, createCoo, createBon, createPco } from './conic.ts';
import { createAit, createCar, createCea, createCyp, createLinear, createMer, createMol, createPar, createSfl } from './cylindrical.ts';
import { createHpx, createXph } from './healpix.ts';
import { createAzp, createSin, createSzp } from './perspective.ts';
import { DEG, type Projection } from './projection.ts';
import { createCsc, createQsc, createTsc } from './quad-cube.ts';
import { createAir, createArc, createStg, createTan, createZea, createZpn } from './zenithal.ts';

/** Parameters PVi_0, PVi_1 ... of the latitude axis as the header has them (angles in degrees); undefined for those absent. */
export type ProjectionParameters = readonly (number | undefined)[];

/**
 * Makes a projection from its FITS code and parameters.
 *
 * @throws {UnsupportedProjectionError} for a code that is not in {@link PROJECTION_CODES}.
 * @throws {BadWcsCardError} for a missing or impossible parameter.
 */
export function createProjection(code: string, parameters: ProjectionParameters = []): Projection {
  const maker = MAKERS[code];
  if (!maker) {
    throw new UnsupportedProjectionError(`projection must be one of ${PROJECTION_CODES.join(', ')}; found "${code}"`, {
      details: { projection: code },
    });
  }
  const projection = maker((m, fallback) => {
    const value = parameters[m] ?? fallback;
    if (value !== undefined && Number.isFinite(value)) return value;
    throw badParameter(code, m, `needs PVi_${m}`, value);
  }, parameters);
  return projection;
}

type Get = (m: number, fallback?: number) => number;

const MAKERS: Readonly<Record<string, (get: Get, all: ProjectionParameters) => Projection>> = {
  AZP: (get) => {
    const mu = get(1, 0);
    const gamma = get(2, 0);
    if (mu === -1) throw badParameter('AZP', 1, 'must differ from -1', mu);
    if (Math.abs(gamma) >= 90) throw badParameter('AZP', 2, 'must lie within (-90, 90)', gamma);
    return createAzp(mu, gamma * DEG);
  },
  SZP: (get) => {
    const mu = get(1, 0);
    const thetaC = get(3, 90) * DEG;
    if (mu * Math.sin(thetaC) + 1 === 0) throw badParameter('SZP', 1, 'puts the point of projection in the plane', mu);
    return createSzp(mu, get(2, 0) * DEG, thetaC);
  },
  TAN: createTan,
  STG: createStg,
  SIN: (get) => createSin(get(1, 0), get(2, 0)),
  ARC: createArc,
  ZPN: (_, all) => {
    if (!all.some((value) => value !== undefined && value !== 0)) throw badParameter('ZPN', 1, 'needs at least one coefficient', undefined);
    if (all.some((value) => value !== undefined && !Number.isFinite(value)))
      throw badParameter('ZPN', 1, 'needs finite coefficients', undefined);
    return createZpn(Array.from(all, (value) => value ?? 0));
  },
  ZEA: createZea,
  AIR: (get) => {
    const thetaB = get(1, 90);
    if (thetaB <= -90 || thetaB > 90) throw badParameter('AIR', 1, 'must lie in (-90, 90]', thetaB);
    return createAir(thetaB * DEG);
  },
  CYP: (get) => {
    const mu = get(1, 1);
    const lambda = get(2, 1);
    if (lambda === 0 || mu + lambda === 0) throw badParameter('CYP', 2, 'must not be 0 or -mu', lambda);
    return createCyp(mu, lambda);
  },
  CEA: (get) => {
    const lambda = get(1, 1);
    if (!(lambda > 0 && lambda <= 1)) throw badParameter('CEA', 1, 'must lie in (0, 1]', lambda);
    return createCea(lambda);
  },
  CAR: createCar,
  LIN: createLinear,
  MER: createMer,
  SFL: createSfl,
  GLS: createSfl,
  PAR: createPar,
  MOL: createMol,
  AIT: createAit,
  COP: (get) => {
    const [a, eta] = cone('COP', get);
    if (Math.cos(eta) === 0) throw badParameter('COP', 2, 'must lie within (-90, 90)', eta);
    return createCop(a, eta);
  },
  COE: (get) => createCoe(...cone('COE', get)),
  COD: (get) => createCod(...cone('COD', get)),
  COO: (get) => createCoo(...cone('COO', get)),
  BON: (get) => {
    const theta1 = get(1);
    return theta1 === 0 ? { ...createSfl(), code: 'BON' } : createBon(theta1 * DEG);
  },
  PCO: createPco,
  TSC: createTsc,
  CSC: createCsc,
  QSC: createQsc,
  HPX: (get) => {
    const h = get(1, 4);
    const k = get(2, 3);
    if (!(Number.isInteger(h) && Number.isInteger(k) && h > 0 && k > 0)) throw badParameter('HPX', 1, 'must be positive whole numbers', h);
    return createHpx(h, k);
  },
  XPH: createXph,
};

/** Codes that {@link createProjection} knows. */
export const PROJECTION_CODES: readonly string[] = Object.keys(MAKERS);

function cone(code: string, get: Get): [number, number] {
  const a = get(1);
  if (a === 0 || Math.abs(a) > 90) throw badParameter(code, 1, 'must be a latitude other than 0', a);
  return [a * DEG, get(2, 0) * DEG];
}

function badParameter(code: string, m: number, rule: string, found: number | undefined): BadWcsCardError {
  return new BadWcsCardError(`${code}: PVi_${m} ${rule}; found ${String(found)}`, {
    details: { keyword: `PVi_${m}`, found: String(found) },
  });
}
