import { type AdqlType, type CatalogTable, INTEGER_TYPES, NUMERIC_TYPES, SHAPE_TYPES, TEXT_TYPES } from '../catalog/catalog.ts';
import type { SqlExpression, SqlFunction } from '../sql/sql-tree.ts';
import type { Aggregate, Binary, ColumnRef, Expression, FunctionCall, Span, UserFunctionCall } from '../tree.ts';
import { type Lowering, type Typed, typeError, unsupported } from './context.ts';
import { lowerGeometry } from './lower-geometry.ts';
import { type BoundColumn, commonType, findColumn, type Scope } from './scope.ts';
import { unitFactor } from './units.ts';

const FUNCTIONS: Readonly<Record<string, SqlFunction>> = {
  ABS: 'abs',
  ACOS: 'acos',
  ASIN: 'asin',
  ATAN: 'atan',
  ATAN2: 'atan2',
  CEILING: 'ceil',
  COS: 'cos',
  COT: 'cot',
  DEGREES: 'degrees',
  EXP: 'exp',
  FLOOR: 'floor',
  LOG: 'ln',
  LOG10: 'log10',
  MOD: 'mod',
  PI: 'pi',
  POWER: 'power',
  RADIANS: 'radians',
  RAND: 'random',
  ROUND: 'round',
  SIGN: 'sign',
  SIN: 'sin',
  SQRT: 'sqrt',
  TAN: 'tan',
  TRUNCATE: 'truncate',
  LOWER: 'lower',
  UPPER: 'upper',
  COALESCE: 'coalesce',
};
/** Functions whose result has the type of their first argument. */
const KEEPS_TYPE: ReadonlySet<string> = new Set(['ABS', 'MOD', 'SIGN']);

/** Resolves names and types of a value and gives it as the engine will compute it. */
export function lowerExpression(lowering: Lowering, scope: Scope, node: Expression): Typed {
  const lower = (each: Expression): Typed => lowerExpression(lowering, scope, each);
  switch (node.kind) {
    case 'column':
      return lowerColumn(lowering, scope, node);
    case 'number':
      if (!Number.isFinite(Number(node.text))) throw typeError(lowering, node, 'a number must be smaller than 1.8e308');
      return lowerNumber(node.text, node.form);
    case 'string':
      return { sql: { op: 'text', value: node.value }, type: 'VARCHAR' };
    case 'null':
      return { sql: { op: 'null' }, type: 'NULL' };
    case 'unary': {
      const operand = lower(node.operand);
      requireType(lowering, node.operand, operand, NUMERIC_TYPES, 'a number');
      return node.operator === '+' ? operand : { sql: { op: 'negate', operand: operand.sql }, type: operand.type, ...unitOf(operand) };
    }
    case 'binary':
      return lowerBinary(lowering, node, lower(node.left), lower(node.right));
    case 'function':
      return lowerFunction(lowering, node, node.args.map(lower));
    case 'udf':
      return lowerUserFunction(lowering, node, node.args.map(lower));
    case 'aggregate':
      return lowerAggregate(lowering, node, node.argument && lower(node.argument));
    case 'cast': {
      const operand = lower(node.operand);
      if (SHAPE_TYPES.has(node.type.name as AdqlType)) return lowerGeometry(lowering, node, lower);
      const type: AdqlType = node.type.name === 'DOUBLE PRECISION' ? 'DOUBLE' : (node.type.name as AdqlType);
      if (SHAPE_TYPES.has(operand.type)) throw typeError(lowering, node, `a ${operand.type} cannot be cast to ${node.type.name}`);
      return {
        sql: { op: 'cast', operand: operand.sql, type, ...(node.type.length === undefined ? {} : { length: node.type.length }) },
        type,
        ...unitOf(operand),
      };
    }
    case 'in-unit':
      return lowerInUnit(lowering, node, lower(node.operand), node.unit);
    case 'scalar-query': {
      const { query, columns } = lowering.lowerQuery(node.query, scope);
      if (columns.length !== 1)
        throw typeError(lowering, node, `a sub-query used as a value must give one column; it gives ${columns.length}`);
      return { sql: { op: 'query', query }, type: columns[0]?.type ?? 'NULL' };
    }
    case 'shape':
    case 'region':
    case 'geometry-function':
      return lowerGeometry(lowering, node, lower);
  }
}

function lowerColumn(lowering: Lowering, scope: Scope, node: ColumnRef): Typed {
  const column = findColumn(lowering.text, scope, node);
  if (column.base) touch(lowering, column.base, column.name);
  const { type, unit, ucd } = column;
  return {
    sql: columnSql(column),
    type,
    column,
    ...(unit === undefined ? {} : { unit }),
    ...(ucd === undefined ? {} : { ucd }),
  };
}

/** A column as the engine names it. */
export function columnSql(column: BoundColumn): SqlExpression {
  if (column.merged) return { op: 'call', name: 'coalesce', args: column.merged.map(columnSql) };
  return { op: 'column', ...(column.table === undefined ? {} : { table: column.table }), name: column.sqlName };
}

export function touch(lowering: Lowering, table: CatalogTable, column: string): void {
  const columns = lowering.touched.get(table) ?? new Set();
  columns.add(column);
  lowering.touched.set(table, columns);
}

function lowerNumber(text: string, form: 'integer' | 'decimal' | 'hexadecimal'): Typed {
  if (form === 'decimal')
    return { sql: { op: 'number', text: text.startsWith('.') ? `0${text}` : text.replace(/\.(?=[eE]|$)/, '.0') }, type: 'DOUBLE' };
  const value = BigInt(text);
  const type: AdqlType = value < 1n << 31n ? 'INTEGER' : value < 1n << 63n ? 'BIGINT' : 'DOUBLE';
  return { sql: { op: 'number', text: type === 'DOUBLE' ? `${value}.0` : `${value}` }, type };
}

function lowerBinary(lowering: Lowering, node: Binary, left: Typed, right: Typed): Typed {
  const { operator } = node;
  if (operator === '||') {
    requireType(lowering, node.left, left, TEXT_TYPES, 'text');
    requireType(lowering, node.right, right, TEXT_TYPES, 'text');
    return { sql: { op: 'arithmetic', operator, integer: false, left: left.sql, right: right.sql }, type: 'VARCHAR' };
  }
  requireType(lowering, node.left, left, NUMERIC_TYPES, 'a number');
  requireType(lowering, node.right, right, NUMERIC_TYPES, 'a number');
  const type = commonType(left.type, right.type) ?? 'DOUBLE';
  const integer = INTEGER_TYPES.has(type);
  const unit = operator === '+' || operator === '-' ? (left.unit === right.unit ? left.unit : undefined) : undefined;
  return { sql: { op: 'arithmetic', operator, integer, left: left.sql, right: right.sql }, type, ...(unit === undefined ? {} : { unit }) };
}

function lowerFunction(lowering: Lowering, node: FunctionCall, args: readonly Typed[]): Typed {
  const name = FUNCTIONS[node.name];
  if (name === undefined) throw unsupported(lowering, node, `${node.name} is not supported`);
  const sql: SqlExpression = { op: 'call', name, args: args.map((arg) => arg.sql) };
  const each = (types: ReadonlySet<AdqlType>, what: string): void =>
    args.forEach((arg, i) => requireType(lowering, node.args[i] ?? node, arg, types, what));
  if (node.name === 'LOWER' || node.name === 'UPPER') {
    each(TEXT_TYPES, 'text');
    return { sql, type: 'VARCHAR' };
  }
  if (node.name === 'COALESCE') {
    const type = args.reduce<AdqlType | undefined>((all, arg) => (all === undefined ? undefined : commonType(all, arg.type)), 'NULL');
    if (type === undefined) throw typeError(lowering, node, 'the arguments of COALESCE must be of one kind');
    return { sql, type, ...(args[0] ? unitOf(args[0]) : {}) };
  }
  each(NUMERIC_TYPES, 'a number');
  if (KEEPS_TYPE.has(node.name))
    return {
      sql,
      type: args.reduce<AdqlType>((all, arg) => commonType(all, arg.type) ?? 'DOUBLE', 'NULL'),
      ...(args[0] ? unitOf(args[0]) : {}),
    };
  return { sql, type: 'DOUBLE' };
}

function lowerUserFunction(lowering: Lowering, node: UserFunctionCall, args: readonly Typed[]): Typed {
  const declared = lowering.catalog.userFunctions.find(
    (f) => f.name.toLowerCase() === node.name.text.toLowerCase() && f.parameters.length === args.length,
  );
  if (!declared) throw unsupported(lowering, node, `this service has no function ${node.name.text} of ${args.length} arguments`);
  const type = declared.returns.replace(/\(.*/, '').replace(' PRECISION', '') as AdqlType;
  return {
    sql: {
      op: 'engine-call',
      name: declared.name.toLowerCase(),
      args: args.map((arg) => arg.sql),
      ...(declared.aggregate ? { aggregate: true } : {}),
    },
    type,
  };
}

function lowerAggregate(lowering: Lowering, node: Aggregate, argument: Typed | undefined): Typed {
  const { name, distinct } = node;
  if (argument && (name === 'SUM' || name === 'AVG')) requireType(lowering, node, argument, NUMERIC_TYPES, 'a number');
  if (argument && SHAPE_TYPES.has(argument.type) && name !== 'COUNT')
    throw typeError(lowering, node, `${name} of a ${argument.type} is undefined`);
  const integer = name === 'SUM' && argument !== undefined && INTEGER_TYPES.has(argument.type);
  const type: AdqlType = name === 'COUNT' || integer ? 'BIGINT' : name === 'AVG' || name === 'SUM' ? 'DOUBLE' : (argument?.type ?? 'NULL');
  const keepsUnit = name !== 'COUNT' && argument ? unitOf(argument) : {};
  return { sql: { op: 'aggregate', name, distinct, integer, ...(argument ? { argument: argument.sql } : {}) }, type, ...keepsUnit };
}

function lowerInUnit(lowering: Lowering, node: Span, operand: Typed, unit: string): Typed {
  requireType(lowering, node, operand, NUMERIC_TYPES, 'a number');
  if (operand.unit === undefined)
    throw typeError(lowering, node, `IN_UNIT needs a value whose unit is known; this one has none, so it cannot be given in ${unit}`);
  const factor = unitFactor(operand.unit, unit);
  if (factor === undefined) throw typeError(lowering, node, `a value in ${operand.unit} cannot be given in ${unit}`);
  return {
    sql: { op: 'arithmetic', operator: '*', integer: false, left: operand.sql, right: { op: 'number', text: factorText(factor) } },
    type: 'DOUBLE',
    unit,
  };
}

function factorText(factor: number): string {
  const text = String(factor);
  return /[.eE]/.test(text) ? text : `${text}.0`;
}

export function requireType(lowering: Lowering, span: Span, value: Typed, types: ReadonlySet<AdqlType>, what: string): void {
  if (!types.has(value.type))
    throw typeError(lowering, span, `expected ${what}; found ${value.type === 'NULL' ? 'NULL' : `a ${value.type}`}`);
}

function unitOf(value: Typed): { unit?: string } {
  return value.unit === undefined ? {} : { unit: value.unit };
}
