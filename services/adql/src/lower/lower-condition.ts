import { NUMERIC_TYPES, SHAPE_TYPES, TEXT_TYPES } from '../catalog/catalog.ts';
import type { SqlCondition } from '../sql/sql-tree.ts';
import type { Comparison, Condition, Expression, GeometryFunction } from '../tree.ts';
import { constantOf, type Lowering, type Typed, typeError } from './context.ts';
import { lowerExpression, requireType } from './lower-expression.ts';
import { lowerRelation } from './lower-geometry.ts';
import { commonType, type Scope } from './scope.ts';
import { banded } from './sphere-arithmetic.ts';

/** Resolves names and types of a search condition. */
export function lowerCondition(lowering: Lowering, scope: Scope, node: Condition): SqlCondition {
  const value = (each: Expression): Typed => lowerExpression(lowering, scope, each);
  const condition = (each: Condition): SqlCondition => lowerCondition(lowering, scope, each);
  switch (node.kind) {
    case 'and':
    case 'or':
      return lowerLogical(node, condition);
    case 'not':
      return { op: 'not', operand: condition(node.operand) };
    case 'comparison':
      return lowerComparison(lowering, node, value);
    case 'between': {
      const [operand, low, high] = [value(node.operand), value(node.low), value(node.high)];
      requireSame(lowering, node, operand, low);
      requireSame(lowering, node, operand, high);
      return { op: 'between', negated: node.negated, operand: operand.sql, low: low.sql, high: high.sql };
    }
    case 'in': {
      const operand = value(node.operand);
      if (!('kind' in node.values)) {
        const values = node.values.map(value);
        for (const each of values) requireSame(lowering, node, operand, each);
        return { op: 'in', negated: node.negated, operand: operand.sql, values: values.map((each) => each.sql) };
      }
      const { query, columns } = lowering.lowerQuery(node.values, scope);
      if (columns.length !== 1) throw typeError(lowering, node, `the sub-query after IN must give one column; it gives ${columns.length}`);
      return { op: 'in', negated: node.negated, operand: operand.sql, values: query };
    }
    case 'like': {
      const [operand, pattern] = [value(node.operand), value(node.pattern)];
      requireType(lowering, node.operand, operand, TEXT_TYPES, 'text');
      requireType(lowering, node.pattern, pattern, TEXT_TYPES, 'text');
      return { op: 'like', negated: node.negated, ignoreCase: node.ignoreCase, operand: operand.sql, pattern: pattern.sql };
    }
    case 'is-null':
      return { op: 'is-null', negated: node.negated, operand: value(node.operand).sql };
    case 'exists':
      return { op: 'exists', query: lowering.lowerQuery(node.query, scope).query };
  }
}

/** Chains of AND and OR become one flat list; long ones are walked in a loop, not by recursion. */
function lowerLogical(node: Extract<Condition, { kind: 'and' | 'or' }>, lower: (each: Condition) => SqlCondition): SqlCondition {
  const { kind } = node;
  const operands: SqlCondition[] = [];
  let rest: Condition = node;
  while (rest.kind === kind) {
    operands.push(lower(rest.right));
    rest = rest.left;
  }
  operands.push(lower(rest));
  return { op: kind, operands: operands.toReversed() };
}

function lowerComparison(lowering: Lowering, node: Comparison, value: (each: Expression) => Typed): SqlCondition {
  const relation = lowerRelationTest(lowering, node, value);
  if (relation) return relation;
  const [left, right] = [value(node.left), value(node.right)];
  requireSame(lowering, node, left, right);
  const within = lowerWithin(node, [left, right], value);
  if (within) return within;
  if (SHAPE_TYPES.has(left.type)) throw typeError(lowering, node, 'regions cannot be compared: use CONTAINS or INTERSECTS');
  return { op: 'compare', operator: node.operator, left: left.sql, right: right.sql };
}

/** Beyond this the rounding of a distance is more than that of a latitude [degree]. */
const MOST_BANDED = 90;

/** `DISTANCE(POINT, POINT) < constant` with a band in latitude before it. */
function lowerWithin(
  node: Comparison,
  [left, right]: readonly [Typed, Typed],
  value: (each: Expression) => Typed,
): SqlCondition | undefined {
  const { operator } = node;
  const isBelow = operator === '<' || operator === '<=';
  if (!isBelow && operator !== '>' && operator !== '>=') return undefined;
  const [distance, limit] = isBelow ? [node.left, right] : [node.right, left];
  const radius = constantOf(limit.sql);
  if (distance.kind !== 'geometry-function' || distance.name !== 'DISTANCE' || distance.args.length !== 2) return undefined;
  if (radius === undefined || radius > MOST_BANDED) return undefined;
  const [a, b] = distance.args.map((arg) => value(arg).shape);
  if (a?.kind !== 'point' || b?.kind !== 'point' || (a.constant && b.constant)) return undefined;
  const exact: SqlCondition = { op: 'compare', operator, left: left.sql, right: right.sql };
  return banded(a, b, { radius: limit.sql, constantRadius: radius }, exact);
}

/** `1 = CONTAINS(...)` and its like are the condition itself, so that no row goes through a CASE. */
function lowerRelationTest(lowering: Lowering, node: Comparison, value: (each: Expression) => Typed): SqlCondition | undefined {
  const [relation, constant] = isRelation(node.left) ? [node.left, node.right] : [node.right, node.left];
  if (!isRelation(relation) || constant.kind !== 'number' || (node.operator !== '=' && node.operator !== '<>')) return undefined;
  const wanted = Number(constant.text);
  if (wanted !== 0 && wanted !== 1) return { op: 'constant', value: node.operator === '<>' };
  const condition = lowerRelation(lowering, relation, value);
  return (wanted === 1) === (node.operator === '=') ? condition : { op: 'not', operand: condition };
}

function isRelation(node: Expression): node is GeometryFunction {
  return node.kind === 'geometry-function' && (node.name === 'CONTAINS' || node.name === 'INTERSECTS');
}

function requireSame(lowering: Lowering, node: Condition, left: Typed, right: Typed): void {
  const bothNumbers = NUMERIC_TYPES.has(left.type) && NUMERIC_TYPES.has(right.type);
  if (bothNumbers || commonType(left.type, right.type) !== undefined) return;
  throw typeError(lowering, node, `a ${left.type} cannot be compared with a ${right.type}`);
}
