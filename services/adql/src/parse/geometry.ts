import type { Expression, GeometryFunction, NullLiteral, Shape, StringLiteral } from '../tree.ts';
import { parseArguments } from './functions.ts';
import type { Grammar } from './grammar.ts';
import { expect, failAt, lastEnd, next, peek, type TokenStream } from './token-stream.ts';

const SHAPES: ReadonlySet<string> = new Set(['POINT', 'CIRCLE', 'BOX', 'POLYGON']);
const FUNCTIONS: ReadonlyMap<string, readonly number[]> = new Map([
  ['CONTAINS', [2]],
  ['INTERSECTS', [2]],
  ['DISTANCE', [2, 4]],
  ['AREA', [1]],
  ['CENTROID', [1]],
  ['COORD1', [1]],
  ['COORD2', [1]],
  ['COORDSYS', [1]],
]);

export function atGeometry(stream: TokenStream): boolean {
  const { kind, text } = peek(stream);
  return kind === 'keyword' && (SHAPES.has(text) || FUNCTIONS.has(text) || text === 'REGION');
}

/** A shape, REGION, or a function over shapes. @see ADQL 2.1, section 4.2 */
export function parseGeometry(grammar: Grammar): Expression {
  const { stream } = grammar;
  const token = next(stream);
  if (token.text === 'REGION') {
    expect(stream, '(');
    const text = next(stream);
    if (text.kind !== 'string') failAt(stream, ['a region in single quotes'], undefined, text);
    expect(stream, ')');
    return { kind: 'region', text: text.text, start: token.start, end: lastEnd(stream) };
  }
  const args = parseArguments(grammar);
  const span = { start: token.start, end: lastEnd(stream) };
  const arities = FUNCTIONS.get(token.text);
  if (arities === undefined) return shapeOf(grammar, token.text as Shape['name'], args, span);
  if (!arities.includes(args.length)) failAt(stream, [`${arities.join(' or ')} arguments of ${token.text}`], `it has ${args.length}`, span);
  if (token.text === 'DISTANCE' && args.length === 4 && grammar.version === '2.0')
    failAt(stream, ['two points'], 'four numbers are new in ADQL 2.1', span);
  return { kind: 'geometry-function', name: token.text as GeometryFunction['name'], args, ...span };
}

function shapeOf(grammar: Grammar, name: Shape['name'], all: readonly Expression[], span: { start: number; end: number }): Shape {
  const { stream } = grammar;
  const first = all[0];
  const coordinateSystem =
    first?.kind === 'string' || (first?.kind === 'null' && all.length > 2) ? (first as StringLiteral | NullLiteral) : undefined;
  if (grammar.version === '2.0' && coordinateSystem === undefined)
    failAt(stream, [`a coordinate system as the first argument of ${name}`], 'it may be left out from ADQL 2.1 on', span);
  const args = coordinateSystem ? all.slice(1) : all;
  const points = args.filter(canBePoint).length;
  const ok = {
    POINT: args.length === 2,
    CIRCLE: args.length === 3 || (args.length === 2 && points > 0 && canBePoint(args[0])),
    BOX: args.length === 4 || (args.length === 3 && canBePoint(args[0])),
    POLYGON: (args.length >= 6 && args.length % 2 === 0) || (args.length >= 3 && points === args.length),
  }[name];
  const wanted = {
    POINT: 'longitude and latitude',
    CIRCLE: 'longitude, latitude and radius, or a point and a radius',
    BOX: 'longitude, latitude, width and height, or a point, width and height',
    POLYGON: 'at least three pairs of longitude and latitude, or three points',
  }[name];
  if (!ok)
    failAt(
      stream,
      [`${wanted} in ${name}`],
      `it has ${args.length} argument${args.length === 1 ? '' : 's'} after the coordinate system`,
      span,
    );
  return { kind: 'shape', name, args, ...(coordinateSystem ? { coordinateSystem } : {}), ...span };
}

function canBePoint(arg: Expression | undefined): boolean {
  if (arg === undefined) return false;
  return (
    (arg.kind === 'shape' && arg.name === 'POINT') ||
    arg.kind === 'column' ||
    arg.kind === 'udf' ||
    arg.kind === 'scalar-query' ||
    arg.kind === 'cast' ||
    (arg.kind === 'geometry-function' && arg.name === 'CENTROID')
  );
}
