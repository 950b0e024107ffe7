import { BadWcsCardError } from '../errors.ts';
import type { PlaneMap } from './plane-map.ts';

/** One correction surface of IRAF's TNX and ZPX: a tensor series on a box, with terms above a total degree left out. */
export interface IrafSurface {
  readonly kind: 'chebyshev' | 'legendre' | 'polynomial';
  readonly xOrder: number;
  readonly yOrder: number;
  readonly crossTerms: 'none' | 'full' | 'half';
  readonly xMin: number;
  readonly xMax: number;
  readonly yMin: number;
  readonly yMax: number;
  /** Only the terms that the cross-terms rule keeps, x running fastest. */
  readonly coefficients: readonly number[];
}

export interface IrafDistortion {
  readonly lng?: IrafSurface;
  readonly lat?: IrafSurface;
}

const KINDS = { 1: 'chebyshev', 2: 'legendre', 3: 'polynomial' } as const;
const CROSS = { 0: 'none', 1: 'full', 2: 'half' } as const;

/**
 * Parses the number list of `lngcor` or `latcor`.
 *
 * @throws {BadWcsCardError} when the list is too short or a kind is unknown.
 * @see fits.gsfc.nasa.gov/registry/tnx.html
 */
export function parseIrafSurface(text: string, keyword: string): IrafSurface {
  const n = text.trim().split(/\s+/).map(Number);
  const kind = KINDS[n[0] as keyof typeof KINDS];
  const crossTerms = CROSS[n[3] as keyof typeof CROSS];
  const [, xOrder, yOrder, , xMin, xMax, yMin, yMax, ...coefficients] = n;
  const fail = (rule: string): never => {
    throw new BadWcsCardError(`${keyword} ${rule}; found "${text.slice(0, 60)}"`, { details: { keyword, found: text.slice(0, 60) } });
  };
  if (!kind || !crossTerms || n.some((value) => !Number.isFinite(value)))
    return fail('must be a list of numbers that starts with kind and orders');
  if (!(xOrder >= 1 && yOrder >= 1 && xOrder <= 20 && yOrder <= 20 && xMax > xMin && yMax > yMin))
    return fail('must have orders from 1 to 20 and a box');
  const surface = { kind, xOrder, yOrder, crossTerms, xMin, xMax, yMin, yMax, coefficients };
  const wanted = keptTerms(surface).length;
  if (coefficients.length !== wanted) return fail(`must have ${wanted} coefficients, has ${coefficients.length}`);
  return surface;
}

/** The (i, j) of each coefficient, in order. */
function keptTerms({ xOrder, yOrder, crossTerms }: Pick<IrafSurface, 'xOrder' | 'yOrder' | 'crossTerms'>): [number, number][] {
  const terms: [number, number][] = [];
  const largest = Math.max(xOrder, yOrder);
  for (let j = 0; j < yOrder; j++)
    for (let i = 0; i < xOrder; i++) {
      if (crossTerms === 'none' && i > 0 && j > 0) continue;
      if (crossTerms === 'half' && i + j >= largest) continue;
      terms.push([i, j]);
    }
  return terms;
}

/** The map (x, y) -> (x + lng(x, y), y + lat(x, y)) of intermediate world coordinates [deg]. */
export function createIrafMap(distortion: IrafDistortion): PlaneMap {
  const lng = distortion.lng && new SurfaceEvaluator(distortion.lng);
  const lat = distortion.lat && new SurfaceEvaluator(distortion.lat);
  const map: PlaneMap = {
    apply: (x, y, out) => {
      const u = lng?.evaluate(x, y) ?? 0;
      const v = lat?.evaluate(x, y) ?? 0;
      out[0] = x + u;
      out[1] = y + v;
    },
    applyWithJacobian: (x, y, out) => {
      map.apply(x, y, out);
      out[2] = 1 + (lng ? lng.slope(x, y, true) : 0);
      out[3] = lng ? lng.slope(x, y, false) : 0;
      out[4] = lat ? lat.slope(x, y, true) : 0;
      out[5] = 1 + (lat ? lat.slope(x, y, false) : 0);
    },
  };
  return map;
}

/** Evaluates one surface with buffers that live as long as the WCS. */
class SurfaceEvaluator {
  private readonly surface: IrafSurface;
  private readonly terms: [number, number][];
  private readonly inX: Float64Array;
  private readonly inY: Float64Array;

  constructor(surface: IrafSurface) {
    this.surface = surface;
    this.terms = keptTerms(surface);
    this.inX = new Float64Array(surface.xOrder + 1);
    this.inY = new Float64Array(surface.yOrder + 1);
  }

  evaluate(x: number, y: number): number {
    const { kind, xMin, xMax, yMin, yMax } = this.surface;
    basisInto(kind, kind === 'polynomial' ? x : (2 * x - xMin - xMax) / (xMax - xMin), this.inX);
    basisInto(kind, kind === 'polynomial' ? y : (2 * y - yMin - yMax) / (yMax - yMin), this.inY);
    return this.sum();
  }

  slope(x: number, y: number, alongX: boolean): number {
    const { kind, xMin, xMax, yMin, yMax } = this.surface;
    const plain = kind === 'polynomial';
    const tx = plain ? x : (2 * x - xMin - xMax) / (xMax - xMin);
    const ty = plain ? y : (2 * y - yMin - yMax) / (yMax - yMin);
    (alongX ? slopesInto : basisInto)(kind, tx, this.inX);
    (alongX ? basisInto : slopesInto)(kind, ty, this.inY);
    const scale = plain ? 1 : 2 / (alongX ? xMax - xMin : yMax - yMin);
    return this.sum() * scale;
  }

  private sum(): number {
    let sum = 0;
    for (let k = 0; k < this.terms.length; k++)
      sum += this.surface.coefficients[k] * this.inX[this.terms[k][0]] * this.inY[this.terms[k][1]];
    return sum;
  }
}

function basisInto(kind: IrafSurface['kind'], t: number, out: Float64Array): void {
  out[0] = 1;
  if (out.length > 1) out[1] = t;
  for (let n = 2; n < out.length; n++) {
    if (kind === 'chebyshev') out[n] = 2 * t * out[n - 1] - out[n - 2];
    else if (kind === 'legendre') out[n] = ((2 * n - 1) * t * out[n - 1] - (n - 1) * out[n - 2]) / n;
    else out[n] = out[n - 1] * t;
  }
}

/** First derivatives of the basis, by differentiating the recurrences. */
function slopesInto(kind: IrafSurface['kind'], t: number, out: Float64Array): void {
  const basis = new Float64Array(out.length);
  basisInto(kind, t, basis);
  out[0] = 0;
  if (out.length > 1) out[1] = 1;
  for (let n = 2; n < out.length; n++) {
    if (kind === 'chebyshev') out[n] = 2 * basis[n - 1] + 2 * t * out[n - 1] - out[n - 2];
    else if (kind === 'legendre') out[n] = ((2 * n - 1) * (basis[n - 1] + t * out[n - 1]) - (n - 1) * out[n - 2]) / n;
    else out[n] = out[n - 1] * t + basis[n - 1];
  }
}
