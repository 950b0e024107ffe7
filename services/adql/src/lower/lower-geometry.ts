import { NUMERIC_TYPES, SHAPE_TYPES } from '../catalog/catalog.ts';
import type { SqlCondition, SqlExpression } from '../sql/sql-tree.ts';
import type { Cast, Expression, GeometryFunction, RegionLiteral, Shape } from '../tree.ts';
import {
  arithmetic,
  call,
  constantOf,
  type Lowering,
  type LoweredShape,
  number,
  type PointShape,
  type Typed,
  typeError,
  unsupported,
} from './context.ts';
import { boxVertices, type ConstantRegion, parseRegion } from './parse-region.ts';
import { distanceDegrees, insideConvex, withinRadius } from './sphere-arithmetic.ts';
import { areaOf, convexParts, dot, edgeNormals, type LonLat, lonLatOf, middleOf, type Vector, vectorOf } from './spherical-polygon.ts';

type Lower = (each: Expression) => Typed;

const ICRS_NAMES =
  /^\s*(?:|ICRS|FK5|J2000|UNKNOWNFRAME)\s*(?:\s(?:BARYCENTER|GEOCENTER|HELIOCENTER|TOPOCENTER|UNKNOWNREFPOS|SPHERICAL2|\s)*)?$/i;
const SQUARE_DEGREES = (180 / Math.PI) ** 2;

/** Shapes and functions over them; regions that are known only as text go to functions of the engine. */
export function lowerGeometry(lowering: Lowering, node: Shape | RegionLiteral | GeometryFunction | Cast, lower: Lower): Typed {
  if (node.kind === 'shape') return lowerShape(lowering, node, lower);
  if (node.kind === 'region') return lowerConstant(lowering, node, node.text);
  if (node.kind === 'cast') {
    if (node.operand.kind !== 'string') throw unsupported(lowering, node, `only text can be cast to ${node.type.name} here`);
    return lowerConstant(lowering, node, node.operand.value, node.type.name);
  }
  return lowerFunction(lowering, node, lower);
}

/** CONTAINS and INTERSECTS as a condition. */
export function lowerRelation(lowering: Lowering, node: GeometryFunction, lower: Lower): SqlCondition {
  const [first, second] = node.args.map((arg) => requireShape(lowering, arg, lower(arg))) as [Typed, Typed];
  const [a, b] = [first.shape as LoweredShape, second.shape as LoweredShape];
  const contains = node.name === 'CONTAINS';
  const [inner, outer] = !contains && b.kind === 'point' ? [b, a] : [a, b];
  const condition = inner.kind === 'point' ? pointIn(inner, outer) : contains ? regionIn(inner, outer) : overlap(inner, outer);
  if (condition) return condition;
  const name = contains ? 'almagest_contains' : 'almagest_intersects';
  return {
    op: 'compare',
    operator: '=',
    left: { op: 'engine-call', name, args: [first.sql, second.sql] },
    right: { op: 'number', text: '1' },
  };
}

function pointIn(point: PointShape, region: LoweredShape): SqlCondition | undefined {
  if (region.kind === 'point') return withinRadius(point, region, number(0), 0);
  if (region.kind === 'circle') return withinRadius(point, region.center, region.radius, region.constantRadius);
  const parts = partsOf(region);
  return parts && { op: 'or', operands: parts.map((part) => insideConvex(point, part)) };
}

function regionIn(inner: LoweredShape, outer: LoweredShape): SqlCondition | undefined {
  if (inner.kind === 'circle' && outer.kind === 'circle')
    return {
      op: 'compare',
      operator: '<=',
      left: arithmetic('+', distanceDegrees(inner.center, outer.center), inner.radius),
      right: outer.radius,
    };
  if (inner.kind === 'polygon' && outer.kind === 'circle')
    return { op: 'and', operands: inner.vertices.map((v) => withinRadius(v, outer.center, outer.radius, outer.constantRadius)) };
  const parts = partsOf(outer);
  if (parts?.length !== 1 || inner.kind === 'text' || inner.kind === 'point') return undefined;
  const part = parts[0] as Vector[];
  if (inner.kind === 'polygon') return { op: 'and', operands: inner.vertices.map((v) => insideConvex(v, part)) };
  const center = inner.center.constant;
  if (!center || inner.constantRadius === undefined) return undefined;
  const reach = Math.sin((inner.constantRadius * Math.PI) / 180);
  return { op: 'constant', value: edgeNormals(part).every((n) => dot(n, vectorOf(center)) >= reach) };
}

function overlap(a: LoweredShape, b: LoweredShape): SqlCondition | undefined {
  if (a.kind !== 'circle' || b.kind !== 'circle') return undefined;
  const radius = arithmetic('+', a.radius, b.radius);
  const constant = a.constantRadius === undefined || b.constantRadius === undefined ? undefined : a.constantRadius + b.constantRadius;
  return withinRadius(a.center, b.center, radius, constant);
}

function partsOf(shape: LoweredShape): Vector[][] | undefined {
  if (shape.kind !== 'polygon') return undefined;
  const vertices = shape.vertices.map((v) => v.constant);
  return vertices.every((v) => v !== undefined) ? convexParts(vertices) : undefined;
}

function lowerShape(lowering: Lowering, node: Shape, lower: Lower): Typed {
  const system = node.coordinateSystem;
  if (system?.kind === 'string' && !ICRS_NAMES.test(system.value))
    throw unsupported(lowering, system, `coordinates are in ICRS here; ${JSON.stringify(system.value)} would be ignored, so it is refused`);
  const args = node.args.map(lower);
  const numbers = args.map((arg, i) => {
    if (!NUMERIC_TYPES.has(arg.type) && arg.type !== 'POINT')
      throw typeError(lowering, node.args[i] ?? node, `expected a number or a POINT; found a ${arg.type}`);
    return arg;
  });
  const points = pointsOf(lowering, node, numbers);
  switch (node.name) {
    case 'POINT':
      return shapeValue(points.shapes[0] as PointShape, 'POINT');
    case 'CIRCLE': {
      const radius = points.rest[0] as Typed;
      const constant = constantOf(radius.sql);
      const center = points.shapes[0] as PointShape;
      return shapeValue(
        { kind: 'circle', center, radius: radius.sql, ...(constant === undefined ? {} : { constantRadius: constant }) },
        'CIRCLE',
      );
    }
    case 'BOX': {
      const center = (points.shapes[0] as PointShape).constant;
      const [width, height] = points.rest.map((arg) => constantOf(arg.sql));
      if (!center || width === undefined || height === undefined)
        throw unsupported(lowering, node, 'BOX needs constant arguments here: use a BETWEEN on the coordinates instead');
      return shapeValue(polygonOf(boxVertices(...center, width, height)), 'POLYGON');
    }
    case 'POLYGON':
      checkVertices(lowering, node, points.shapes.length);
      return shapeValue({ kind: 'polygon', vertices: points.shapes }, 'POLYGON');
  }
}

/** Each edge of a polygon is a condition on every row, and cutting one into convex parts takes the square of their number. */
const MAX_VERTICES = 500;

function checkVertices(lowering: Lowering, node: Shape | RegionLiteral | Cast, count: number): void {
  if (count > MAX_VERTICES)
    throw unsupported(
      lowering,
      node,
      `a polygon has at most ${MAX_VERTICES} vertices; found ${count}: simplify it, or join with an upload`,
    );
}

/** Groups arguments into points: pairs of numbers, or arguments that are points already; what is left over is the size. */
function pointsOf(lowering: Lowering, node: Shape, args: readonly Typed[]): { shapes: PointShape[]; rest: Typed[] } {
  const sizes = { POINT: 0, CIRCLE: 1, BOX: 2, POLYGON: 0 }[node.name];
  const places = args.slice(0, args.length - sizes);
  const shapes: PointShape[] = [];
  for (let i = 0; i < places.length;) {
    const arg = places[i] as Typed;
    if (arg.type === 'POINT') {
      if (arg.shape?.kind !== 'point')
        throw unsupported(lowering, node, 'a POINT column cannot be part of a shape here: give its coordinates');
      shapes.push(arg.shape);
      i++;
      continue;
    }
    const lat = places[i + 1];
    if (!lat) throw typeError(lowering, node, `a longitude without a latitude in ${node.name}`);
    shapes.push(pointOf(arg, lat));
    i += 2;
  }
  return { shapes, rest: args.slice(args.length - sizes) };
}

function pointOf(lon: Typed, lat: Typed): PointShape {
  const [x, y] = [constantOf(lon.sql), constantOf(lat.sql)];
  return {
    kind: 'point',
    lon: lon.sql,
    lat: lat.sql,
    ...(x === undefined || y === undefined ? {} : { constant: [x, y] as const }),
    ...(lon.column && lat.column ? { columns: { lon: lon.column, lat: lat.column } } : {}),
  };
}

function constantPoint([lon, lat]: LonLat): PointShape {
  return { kind: 'point', lon: number(lon), lat: number(lat), constant: [lon, lat] };
}

function polygonOf(vertices: readonly LonLat[]): LoweredShape {
  return { kind: 'polygon', vertices: vertices.map(constantPoint) };
}

function lowerConstant(lowering: Lowering, node: RegionLiteral | Cast, text: string, kind?: string): Typed {
  const region = parseRegion(text, kind);
  if (!region)
    throw unsupported(lowering, node, `expected Position, Circle, Box or Polygon in ICRS degrees; found ${JSON.stringify(text)}`);
  if (region.kind === 'polygon') checkVertices(lowering, node, region.vertices.length);
  return shapeValue(shapeOf(region), region.kind === 'point' ? 'POINT' : region.kind === 'circle' ? 'CIRCLE' : 'POLYGON');
}

function shapeOf(region: ConstantRegion): LoweredShape {
  if (region.kind === 'point') return constantPoint(region.at);
  if (region.kind === 'circle')
    return { kind: 'circle', center: constantPoint(region.at), radius: number(region.radius), constantRadius: region.radius };
  return polygonOf(region.vertices);
}

/** A shape as a value is its text, such as `CIRCLE 10.0 20.0 1.0`. */
function shapeValue(shape: LoweredShape, type: 'POINT' | 'CIRCLE' | 'POLYGON'): Typed {
  const numbers =
    shape.kind === 'point'
      ? [shape.lon, shape.lat]
      : shape.kind === 'circle'
        ? [shape.center.lon, shape.center.lat, shape.radius]
        : shape.kind === 'polygon'
          ? shape.vertices.flatMap((v) => [v.lon, v.lat])
          : [];
  const sql = numbers.reduce<SqlExpression>(
    (all, each) => concat(concat(all, { op: 'text', value: ' ' }), { op: 'cast', operand: each, type: 'VARCHAR' }),
    { op: 'text', value: type },
  );
  return { sql, type, shape };
}

function concat(left: SqlExpression, right: SqlExpression): SqlExpression {
  if (left.op === 'text' && right.op === 'text') return { op: 'text', value: left.value + right.value };
  return { op: 'arithmetic', operator: '||', integer: false, left, right };
}

function requireShape(lowering: Lowering, node: Expression, value: Typed): Typed {
  if (value.shape) return value;
  if (SHAPE_TYPES.has(value.type) || value.column?.xtype?.match(/region|point|circle|polygon|shape/i))
    return { ...value, shape: { kind: 'text' } };
  throw typeError(lowering, node, `expected a region such as POINT or CIRCLE; found a ${value.type}`);
}

function lowerFunction(lowering: Lowering, node: GeometryFunction, lower: Lower): Typed {
  if (node.name === 'CONTAINS' || node.name === 'INTERSECTS') {
    const when = lowerRelation(lowering, node, lower);
    return { sql: { op: 'case', when, yes: { op: 'number', text: '1' }, no: { op: 'number', text: '0' } }, type: 'INTEGER' };
  }
  const args = node.args.map(lower);
  if (node.name === 'DISTANCE' && args.length === 4) {
    for (const [i, arg] of args.entries())
      if (!NUMERIC_TYPES.has(arg.type)) throw typeError(lowering, node.args[i] ?? node, `expected a number; found a ${arg.type}`);
    const [a, b, c, d] = args as [Typed, Typed, Typed, Typed];
    return { sql: distanceDegrees(pointOf(a, b), pointOf(c, d)), type: 'DOUBLE', unit: 'deg' };
  }
  const shapes = args.map((arg, i) => requireShape(lowering, node.args[i] ?? node, arg));
  const first = shapes[0] as Typed;
  const shape = first.shape as LoweredShape;
  const engine = (name: string): SqlExpression => ({ op: 'engine-call', name: `almagest_${name}`, args: shapes.map((each) => each.sql) });
  switch (node.name) {
    case 'DISTANCE': {
      const other = shapes[1]?.shape as LoweredShape;
      const sql = shape.kind === 'point' && other.kind === 'point' ? distanceDegrees(shape, other) : engine('distance');
      return { sql, type: 'DOUBLE', unit: 'deg' };
    }
    case 'AREA':
      return { sql: areaSql(shape) ?? engine('area'), type: 'DOUBLE', unit: 'deg**2' };
    case 'CENTROID':
      return centroidOf(shape) ?? { sql: engine('centroid'), type: 'POINT', shape: { kind: 'text' } };
    case 'COORD1':
    case 'COORD2': {
      const part = node.name === 'COORD1' ? 'lon' : 'lat';
      return { sql: shape.kind === 'point' ? shape[part] : engine(node.name.toLowerCase()), type: 'DOUBLE', unit: 'deg' };
    }
    case 'COORDSYS':
      return { sql: { op: 'text', value: 'ICRS' }, type: 'VARCHAR' };
  }
}

function areaSql(shape: LoweredShape): SqlExpression | undefined {
  if (shape.kind === 'point') return number(0);
  if (shape.kind === 'circle') {
    const half = call('sin', arithmetic('/', call('radians', shape.radius), number(2)));
    return arithmetic('*', number(4 * Math.PI * SQUARE_DEGREES), arithmetic('*', half, half));
  }
  const parts = partsOf(shape);
  return parts && number(areaOf(parts) * SQUARE_DEGREES);
}

function centroidOf(shape: LoweredShape): Typed | undefined {
  if (shape.kind === 'point') return shapeValue(shape, 'POINT');
  if (shape.kind === 'circle') return shapeValue(shape.center, 'POINT');
  const parts = partsOf(shape);
  if (!parts) return undefined;
  const areas = parts.map((part) => areaOf([part]));
  const sum = parts.reduce<Vector>(
    (s, part, i) => {
      const [m, w] = [middleOf(part), areas[i] ?? 0];
      return [s[0] + m[0] * w, s[1] + m[1] * w, s[2] + m[2] * w];
    },
    [0, 0, 0],
  );
  return shapeValue(constantPoint(lonLatOf(sum)), 'POINT');
}
