/** Spherical geometry as plain arithmetic over degrees, which any engine computes. */
import type { SqlCondition, SqlExpression } from '../sql/sql-tree.ts';
import { arithmetic, call, number, type PointShape } from './context.ts';
import { edgeNormals, type Vector } from './spherical-polygon.ts';

const DEGREE = Math.PI / 180;

/** cos(lat): a constant where the latitude is one. */
function cosLat(point: PointShape): SqlExpression {
  return point.constant ? number(Math.cos(point.constant[1] * DEGREE)) : call('cos', arithmetic('*', point.lat, number(DEGREE)));
}

/** Square of half the chord between two points: exact for small and large distances alike. @see Sinnott (1984), Sky & Telescope 68, 158 */
export function haversine(a: PointShape, b: PointShape): SqlExpression {
  const half = (x: SqlExpression, y: SqlExpression): SqlExpression => {
    const s = call('sin', arithmetic('*', arithmetic('-', x, y), number(DEGREE / 2)));
    return arithmetic('*', s, s);
  };
  return arithmetic('+', half(a.lat, b.lat), arithmetic('*', arithmetic('*', cosLat(a), cosLat(b)), half(a.lon, b.lon)));
}

/** Great-circle distance [degree]. */
export function distanceDegrees(a: PointShape, b: PointShape): SqlExpression {
  const chord = call('sqrt', call('least', number(1), haversine(a, b)));
  return call('degrees', arithmetic('*', number(2), call('asin', chord)));
}

/** Distance at most `radius` [degree]: on the square of the half chord, with a band in latitude that statistics can prune. */
export function withinRadius(a: PointShape, b: PointShape, radius: SqlExpression, constantRadius: number | undefined): SqlCondition {
  const limit =
    constantRadius === undefined
      ? square(call('sin', arithmetic('/', call('radians', radius), number(2))))
      : number(Math.sin((Math.min(180, constantRadius) * DEGREE) / 2) ** 2);
  return banded(a, b, { radius, constantRadius }, { op: 'compare', operator: '<=', left: haversine(a, b), right: limit });
}

interface Reach {
  readonly radius: SqlExpression;
  readonly constantRadius: number | undefined;
}

/** An exact condition on two points that implies a distance of at most the radius, with a band in latitude before it. */
export function banded(a: PointShape, b: PointShape, { radius, constantRadius }: Reach, exact: SqlCondition): SqlCondition {
  const fixed = a.constant ? b : a;
  const center = a.constant ?? b.constant;
  // Twice the rounding of the exact test, so that the band never takes a row from it.
  const margin = 1e-12;
  const band: SqlCondition =
    center && constantRadius !== undefined
      ? {
          op: 'between',
          negated: false,
          operand: fixed.lat,
          low: number(center[1] - constantRadius - margin),
          high: number(center[1] + constantRadius + margin),
        }
      : {
          op: 'between',
          negated: false,
          operand: a.lat,
          low: arithmetic('-', b.lat, arithmetic('+', radius, number(margin))),
          high: arithmetic('+', b.lat, arithmetic('+', radius, number(margin))),
        };
  const isJoin = constantRadius !== undefined && constantRadius >= 0 && !a.constant && !b.constant;
  const near = isJoin ? { near: { a: [a.lon, a.lat], b: [b.lon, b.lat], radius: constantRadius } as const } : {};
  return { op: 'and', operands: [band, exact], ...near };
}

function square(x: SqlExpression): SqlExpression {
  return arithmetic('*', x, x);
}

/** Inside every edge of a convex polygon; the boundary belongs to it to within 1e-15 rad. */
export function insideConvex(point: PointShape, part: readonly Vector[]): SqlCondition {
  const lon = call('radians', point.lon);
  const lat = call('radians', point.lat);
  const x = arithmetic('*', call('cos', lat), call('cos', lon));
  const y = arithmetic('*', call('cos', lat), call('sin', lon));
  const z = call('sin', lat);
  return {
    op: 'and',
    operands: edgeNormals(part).map((n) => ({
      op: 'compare',
      operator: '>=',
      left: arithmetic(
        '+',
        arithmetic('+', arithmetic('*', number(n[0]), x), arithmetic('*', number(n[1]), y)),
        arithmetic('*', number(n[2]), z),
      ),
      right: number(-1e-15),
    })),
  };
}
