import { computeTermsInto, createPolynomial2D, evaluatePolynomial2DGradient, termCount } from '@almagest/numerics';
import { invertPlaneMap, type PlaneMap } from '../distortion/plane-map.ts';
import { BadTransformError } from '../errors.ts';
import { createWcs } from '../model/create-wcs.ts';
import type { PixelPoint, SkyPoint, SkyWcs } from '../model/sky-wcs.ts';
import { DEG } from '../projection/projection.ts';
import type { AffineSpec, BoresightSpec, PolynomialSpec, RadialSpec, TransformSpec } from './transform-spec.ts';

/** A two-way map of pairs of numbers: pixel, focal plane, field angle, sky. Not shared between threads; send the `spec`. */
export interface Transform {
  /** Plain data from which {@link createTransform} rebuilds it. */
  readonly spec: TransformSpec;
  /** Writes the image of (x, y) to out[0..1]; NaN where there is none. */
  apply(x: number, y: number, out: Float64Array): void;
  applyInverse(u: number, v: number, out: Float64Array): void;
}

/**
 * Builds a transform from its description.
 *
 * @throws {BadTransformError} for a matrix or radial law that cannot be inverted, and what {@link createWcs} throws.
 */
export function createTransform(spec: TransformSpec): Transform {
  switch (spec.kind) {
    case 'affine':
      return createAffine(spec);
    case 'polynomial':
      return fromPlaneMap(spec, createPolynomialMap(spec), (u, v) => startOfPolynomial(spec, u, v), 1e-9 * spec.scale);
    case 'radial':
      return createRadial(spec);
    case 'boresight':
      return fromSkyWcs(spec, createBoresight(spec));
    case 'wcs':
      return fromSkyWcs(spec, createWcs(spec.definition));
    case 'inverse': {
      const inner = createTransform(spec.of);
      return { spec, apply: (x, y, out) => inner.applyInverse(x, y, out), applyInverse: (u, v, out) => inner.apply(u, v, out) };
    }
    case 'sequence': {
      const steps = spec.steps.map(createTransform);
      return {
        spec,
        apply: (x, y, out) => {
          out[0] = x;
          out[1] = y;
          for (const step of steps) step.apply(out[0], out[1], out);
        },
        applyInverse: (u, v, out) => {
          out[0] = u;
          out[1] = v;
          for (let k = steps.length - 1; k >= 0; k--) steps[k].applyInverse(out[0], out[1], out);
        },
      };
    }
    default:
      throw new BadTransformError('transform: unknown kind', { details: { path: '$.kind' } });
  }
}

/** A WCS made of any transform whose result is a sky position [rad]. */
export function skyWcsFromTransform(transform: Transform, frame: SkyWcs['frame'] = { system: 'ICRS' }): SkyWcs {
  const out = new Float64Array(6);
  const definition = transform.spec.kind === 'wcs' ? transform.spec.definition : undefined;
  const pixelToSky = (x: number, y: number): SkyPoint => {
    transform.apply(x, y, out);
    return { ra: out[0], dec: out[1] };
  };
  const skyToPixel = (ra: number, dec: number): PixelPoint => {
    transform.applyInverse(ra, dec, out);
    return { x: out[0], y: out[1] };
  };
  return {
    frame,
    definition,
    pixelToSky,
    skyToPixel,
    pixelToSkyArray: (x, y, ra, dec) => {
      for (let i = 0; i < x.length; i++) {
        transform.apply(x[i], y[i], out);
        ra[i] = out[0];
        dec[i] = out[1];
      }
    },
    skyToPixelArray: (ra, dec, x, y) => {
      for (let i = 0; i < ra.length; i++) {
        transform.applyInverse(ra[i], dec[i], out);
        x[i] = out[0];
        y[i] = out[1];
      }
    },
  };
}

function fromSkyWcs(spec: TransformSpec, wcs: SkyWcs): Transform {
  return {
    spec,
    apply: (x, y, out) => {
      const { ra, dec } = wcs.pixelToSky(x, y);
      out[0] = ra;
      out[1] = dec;
    },
    applyInverse: (ra, dec, out) => {
      const point = wcs.skyToPixel(ra, dec);
      out[0] = point.x;
      out[1] = point.y;
    },
  };
}

/** A TAN WCS whose "pixels" are field angles [rad], x to the east and y to the north when the rotation is 0. */
function createBoresight({ ra, dec, rotation, frame = { system: 'ICRS' } }: BoresightSpec): SkyWcs {
  const c = Math.cos(rotation) / DEG;
  const s = Math.sin(rotation) / DEG;
  return createWcs({ crpix: [0, 0], cd: [c, s, -s, c], projection: 'TAN', crval: [ra / DEG, dec / DEG], frame });
}

function createAffine(spec: AffineSpec): Transform {
  const [a, b, c, d] = spec.matrix;
  const [s, t] = spec.offset;
  const det = a * d - b * c;
  if (!(Math.abs(det) > 1e-300))
    throw new BadTransformError('transform: an affine matrix must be invertible', { details: { path: '$.matrix' } });
  return {
    spec,
    apply: (x, y, out) => {
      out[0] = a * x + b * y + s;
      out[1] = c * x + d * y + t;
    },
    applyInverse: (u, v, out) => {
      const [p, q] = [u - s, v - t];
      out[0] = (d * p - b * q) / det;
      out[1] = (a * q - c * p) / det;
    },
  };
}

function fromPlaneMap(
  spec: TransformSpec,
  map: PlaneMap,
  start: (u: number, v: number) => { x: number; y: number },
  tolerance: number,
): Transform {
  const work = new Float64Array(6);
  return {
    spec,
    apply: (x, y, out) => map.apply(x, y, out),
    applyInverse: (u, v, out) => {
      invertPlaneMap(map, { u, v }, start(u, v), tolerance, work);
      out[0] = work[0];
      out[1] = work[1];
    },
  };
}

function createPolynomialMap({ order, centre, scale, u, v }: PolynomialSpec): PlaneMap {
  const pu = createPolynomial2D(order, u);
  const pv = createPolynomial2D(order, v);
  const terms = new Float64Array(termCount(order));
  return {
    apply: (x, y, out) => {
      computeTermsInto((x - centre[0]) / scale, (y - centre[1]) / scale, order, terms);
      let sumU = 0;
      let sumV = 0;
      for (let k = 0; k < terms.length; k++) {
        sumU += u[k] * terms[k];
        sumV += v[k] * terms[k];
      }
      out[0] = sumU;
      out[1] = sumV;
    },
    applyWithJacobian: (x, y, out) => {
      const tx = (x - centre[0]) / scale;
      const ty = (y - centre[1]) / scale;
      const a = evaluatePolynomial2DGradient(pu, tx, ty);
      const b = evaluatePolynomial2DGradient(pv, tx, ty);
      out.set([a.value, b.value, a.dx / scale, a.dy / scale, b.dx / scale, b.dy / scale]);
    },
  };
}

/** Where the polynomial's linear part alone would put a point. */
function startOfPolynomial({ order, centre, scale, u, v }: PolynomialSpec, wantU: number, wantV: number): { x: number; y: number } {
  if (order < 1) return { x: centre[0], y: centre[1] };
  const det = u[1] * v[2] - u[2] * v[1];
  const [p, q] = [wantU - u[0], wantV - v[0]];
  return { x: centre[0] + (scale * (v[2] * p - u[2] * q)) / det, y: centre[1] + (scale * (u[1] * q - v[1] * p)) / det };
}

function createRadial(spec: RadialSpec): Transform {
  const { coefficients: c } = spec;
  if (!(c[0] !== 0))
    throw new BadTransformError('transform: a radial law must start with a coefficient other than 0', {
      details: { path: '$.coefficients' },
    });
  const factor = (r: number): number => c.reduceRight((sum, value) => sum * r + value, 0);
  return {
    spec,
    apply: (x, y, out) => {
      const f = factor(Math.hypot(x, y));
      out[0] = x * f;
      out[1] = y * f;
    },
    applyInverse: (u, v, out) => {
      const target = Math.hypot(u, v);
      let r = target / Math.abs(c[0]);
      let settled = target === 0;
      for (let k = 0; k < 60 && !settled; k++) {
        let slope = 0;
        for (let m = c.length - 1; m >= 0; m--) slope = slope * r + (m + 1) * c[m];
        const next = r - (r * factor(r) - Math.sign(c[0]) * target) / slope;
        settled = Math.abs(next - r) <= 4e-16 * Math.abs(r);
        r = next;
      }
      const miss = Math.abs(Math.abs(r * factor(r)) - target);
      const f = miss <= 1e-12 * target ? factor(r) : Number.NaN;
      out[0] = u / f;
      out[1] = v / f;
    },
  };
}
