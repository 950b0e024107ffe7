import type { CelestialFrame } from '../celestial/frames.ts';
import { BadTransformError } from '../errors.ts';
import type { WcsDefinition } from '../model/definition.ts';

/** u = matrix (x, y) + offset. */
export interface AffineSpec {
  readonly kind: 'affine';
  readonly matrix: readonly [number, number, number, number];
  readonly offset: readonly [number, number];
}

/**
 * A pair of polynomials of total degree `order` in ((x - centre) / scale): coefficients in the order 1, x, y, x^2, xy, y^2 ...
 * Inverted numerically.
 */
export interface PolynomialSpec {
  readonly kind: 'polynomial';
  readonly order: number;
  readonly centre: readonly [number, number];
  readonly scale: number;
  readonly u: readonly number[];
  readonly v: readonly number[];
}

/** r' = r (c_0 + c_1 r + c_2 r^2 ...) about the origin: the optics between focal plane and field angle. */
export interface RadialSpec {
  readonly kind: 'radial';
  readonly coefficients: readonly number[];
}

/** Field angle [rad], gnomonic, to the sky [rad]: boresight and the angle of the field's y axis from north through east. */
export interface BoresightSpec {
  readonly kind: 'boresight';
  readonly ra: number;
  readonly dec: number;
  readonly rotation: number;
  readonly frame?: CelestialFrame;
}

/** Pixel to sky [rad] by a FITS WCS. */
export interface WcsSpec {
  readonly kind: 'wcs';
  readonly definition: WcsDefinition;
}

export interface SequenceSpec {
  readonly kind: 'sequence';
  /** Applied from first to last. */
  readonly steps: readonly TransformSpec[];
}

export interface InverseSpec {
  readonly kind: 'inverse';
  readonly of: TransformSpec;
}

/** A transform of the plane (or from the plane to the sky) as plain data; this is also its JSON form. */
export type TransformSpec = AffineSpec | PolynomialSpec | RadialSpec | BoresightSpec | WcsSpec | SequenceSpec | InverseSpec;

/**
 * Checks JSON that claims to be a transform.
 *
 * @throws {BadTransformError} naming the place of the first part that is wrong.
 */
export function parseTransform(value: unknown, path = '$'): TransformSpec {
  const node = asObject(value, path);
  switch (node['kind']) {
    case 'affine':
      numbers(node['matrix'], `${path}.matrix`, 4);
      numbers(node['offset'], `${path}.offset`, 2);
      break;
    case 'polynomial': {
      const order = node['order'];
      if (!Number.isInteger(order) || (order as number) < 0 || (order as number) > 30) fail(`${path}.order`, 'a whole number from 0 to 30');
      const count = (((order as number) + 1) * ((order as number) + 2)) / 2;
      numbers(node['centre'], `${path}.centre`, 2);
      numbers([node['scale']], `${path}.scale`, 1);
      if (node['scale'] === 0) fail(`${path}.scale`, 'a number other than 0');
      numbers(node['u'], `${path}.u`, count);
      numbers(node['v'], `${path}.v`, count);
      break;
    }
    case 'radial':
      numbers(node['coefficients'], `${path}.coefficients`);
      break;
    case 'boresight':
      numbers([node['ra'], node['dec'], node['rotation']], path, 3);
      break;
    case 'wcs':
      asObject(node['definition'], `${path}.definition`);
      break;
    case 'sequence': {
      const steps = node['steps'];
      if (!Array.isArray(steps)) return fail(`${path}.steps`, 'a list of transforms');
      for (const [k, step] of steps.entries()) parseTransform(step, `${path}.steps[${k}]`);
      break;
    }
    case 'inverse':
      parseTransform(node['of'], `${path}.of`);
      break;
    default:
      return fail(`${path}.kind`, 'affine, polynomial, radial, boresight, wcs, sequence or inverse');
  }
  return value as TransformSpec;
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(path, 'an object');
  return value as Record<string, unknown>;
}

function numbers(value: unknown, path: string, count?: number): void {
  const good = Array.isArray(value) && value.length > 0 && value.every((n) => typeof n === 'number' && Number.isFinite(n));
  if (!good || (count !== undefined && value.length !== count)) fail(path, `${count ?? 'some'} finite numbers`);
}

function fail(path: string, wanted: string): never {
  throw new BadTransformError(`transform: ${path} must be ${wanted}`, { details: { path } });
}
