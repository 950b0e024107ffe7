/** What a WHERE clause tells the engine that it need not read. Never changes a result: the exact conditions stay. */
import type { SkyConstraint, SqlFrom } from '../sql/sql-tree.ts';
import type { Condition, Expression } from '../tree.ts';
import { constantOf, type Lowering, type LoweredShape, type Typed } from './context.ts';
import { lowerExpression } from './lower-expression.ts';
import type { BoundColumn, Scope } from './scope.ts';
import { convexParts, type LonLat, lonLatOf } from './spherical-polygon.ts';

interface Limits {
  readonly sky: SkyConstraint[];
  keys: string[] | undefined;
  readonly box: { lonMin: number; lonMax: number; latMin: number; latMax: number };
}

/** Limits by SQL alias of the table. */
export type Pruning = ReadonlyMap<string, { readonly sky: readonly SkyConstraint[]; readonly keys?: readonly string[] }>;

/** Collects limits from the conditions that must all hold. */
export function findPruning(lowering: Lowering, scope: Scope, where: Condition): Pruning {
  const limits = new Map<string, Limits>();
  const of = (column: BoundColumn): Limits => {
    const alias = column.table as string;
    const found = limits.get(alias) ?? {
      sky: [],
      keys: undefined,
      box: { lonMin: -Infinity, lonMax: Infinity, latMin: -Infinity, latMax: Infinity },
    };
    limits.set(alias, found);
    return found;
  };
  const value = (node: Expression): Typed => lowerExpression(lowering, scope, node);
  for (const conjunct of conjunctsOf(where)) collect(conjunct, value, of);
  const out = new Map<string, { sky: SkyConstraint[]; keys?: string[] }>();
  for (const [alias, { sky, keys, box }] of limits) {
    const all = boxOf(box) ? [...sky, boxOf(box) as SkyConstraint] : sky;
    out.set(alias, { sky: all, ...(keys ? { keys } : {}) });
  }
  return out;
}

/** The same FROM with the limits written on its tables. */
export function pruneFrom(from: SqlFrom, pruning: Pruning): SqlFrom {
  if (from.op === 'join') return { ...from, left: pruneFrom(from.left, pruning), right: pruneFrom(from.right, pruning) };
  if (from.op !== 'source') return from;
  const found = pruning.get(from.alias);
  return found ? { ...from, sky: [...from.sky, ...found.sky], ...(found.keys ? { keys: found.keys } : {}) } : from;
}

function conjunctsOf(node: Condition): Condition[] {
  const out: Condition[] = [];
  let rest = node;
  while (rest.kind === 'and') {
    out.push(...(rest.right.kind === 'and' ? conjunctsOf(rest.right) : [rest.right]));
    rest = rest.left;
  }
  return [...out, rest];
}

function collect(node: Condition, value: (node: Expression) => Typed, of: (column: BoundColumn) => Limits): void {
  if (node.kind === 'between' && !node.negated) {
    const operand = value(node.operand);
    limitColumn(operand, constantOf(value(node.low).sql), constantOf(value(node.high).sql), of);
  } else if (node.kind === 'in' && !node.negated && !('kind' in node.values)) limitKeys(value(node.operand), node.values.map(value), of);
  else if (node.kind === 'comparison') collectComparison(node, value, of);
}

function collectComparison(
  node: Extract<Condition, { kind: 'comparison' }>,
  value: (node: Expression) => Typed,
  of: (column: BoundColumn) => Limits,
): void {
  const { operator } = node;
  const flipped = node.left.kind === 'number' || node.left.kind === 'unary';
  const [subject, other] = flipped ? [node.right, node.left] : [node.left, node.right];
  const bound = constantOf(value(other).sql);
  if (subject.kind === 'geometry-function') {
    const [a, b] = subject.args;
    if (!a || !b || bound === undefined) return;
    const wantsTrue = operator === '=' && bound === 1;
    if (subject.name === 'CONTAINS' && wantsTrue) limitSky(value(a).shape, value(b).shape, of);
    if (subject.name === 'INTERSECTS' && wantsTrue) {
      limitSky(value(a).shape, value(b).shape, of);
      limitSky(value(b).shape, value(a).shape, of);
    }
    const below = flipped ? operator === '>' || operator === '>=' : operator === '<' || operator === '<=';
    if (subject.name === 'DISTANCE' && subject.args.length === 2 && below) {
      const [p, q] = [value(a).shape, value(b).shape];
      if (p?.kind !== 'point' || q?.kind !== 'point') return;
      limitSky(p, { kind: 'circle', center: q, radius: { op: 'null' }, constantRadius: bound }, of);
      limitSky(q, { kind: 'circle', center: p, radius: { op: 'null' }, constantRadius: bound }, of);
    }
    return;
  }
  const column = value(subject);
  if (operator === '=') {
    limitColumn(column, bound, bound, of);
    limitKeys(column, [value(other)], of);
  }
  const less = flipped ? operator === '>' || operator === '>=' : operator === '<' || operator === '<=';
  const more = flipped ? operator === '<' || operator === '<=' : operator === '>' || operator === '>=';
  if (less) limitColumn(column, undefined, bound, of);
  if (more) limitColumn(column, bound, undefined, of);
}

function limitSky(point: LoweredShape | undefined, region: LoweredShape | undefined, of: (column: BoundColumn) => Limits): void {
  if (point?.kind !== 'point' || !point.columns || !isPosition(point.columns)) return;
  const { sky } = of(point.columns.lon);
  if (region?.kind === 'circle' && region.center.constant && region.constantRadius !== undefined) {
    const [lon, lat] = region.center.constant;
    sky.push({ kind: 'circle', lon, lat, radius: region.constantRadius });
  }
  const vertices = region?.kind === 'polygon' ? region.vertices.map((v) => v.constant) : [];
  if (vertices.length < 3 || !vertices.every((v): v is LonLat => v !== undefined)) return;
  const [part, ...more] = convexParts(vertices);
  if (part && more.length === 0) sky.push({ kind: 'polygon', vertices: part.map(lonLatOf) });
}

/** True for the position columns of one base table. */
function isPosition({ lon, lat }: { readonly lon: BoundColumn; readonly lat: BoundColumn }): boolean {
  const sky = lon.base?.sky;
  return sky !== undefined && lon.table === lat.table && lon.name === sky.ra && lat.name === sky.dec;
}

function limitColumn({ column }: Typed, low: number | undefined, high: number | undefined, of: (column: BoundColumn) => Limits): void {
  const sky = column?.base?.sky;
  if (!column || !sky) return;
  if (column.name === sky.ra) {
    const { box } = of(column);
    box.lonMin = Math.max(box.lonMin, low ?? -Infinity);
    box.lonMax = Math.min(box.lonMax, high ?? Infinity);
  } else if (column.name === sky.dec) {
    const { box } = of(column);
    box.latMin = Math.max(box.latMin, low ?? -Infinity);
    box.latMax = Math.min(box.latMax, high ?? Infinity);
  }
}

function boxOf({ lonMin, lonMax, latMin, latMax }: Limits['box']): SkyConstraint | undefined {
  const free = lonMin <= 0 && lonMax >= 360 && latMin <= -90 && latMax >= 90;
  if (free || lonMin > lonMax || latMin > latMax) return undefined;
  return {
    kind: 'box',
    lonMin: Math.max(0, lonMin),
    lonMax: Math.min(360, lonMax),
    latMin: Math.max(-90, latMin),
    latMax: Math.min(90, latMax),
  };
}

function limitKeys({ column }: Typed, values: readonly Typed[], of: (column: BoundColumn) => Limits): void {
  if (!column?.base || column.base.keyColumn !== column.name) return;
  const literals = values.map(({ sql }) =>
    sql.op === 'number'
      ? sql.text
      : sql.op === 'negate' && sql.operand.op === 'number'
        ? `-${sql.operand.text}`
        : sql.op === 'text'
          ? sql.value
          : undefined,
  );
  if (!literals.every((each) => each !== undefined)) return;
  const limits = of(column);
  limits.keys = limits.keys ? limits.keys.filter((key) => literals.includes(key)) : [...literals];
}
