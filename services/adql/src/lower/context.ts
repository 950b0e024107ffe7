import type { AdqlType, Catalog, CatalogTable } from '../catalog/catalog.ts';
import { AdqlTypeError, AdqlUnsupportedError, positionOf } from '../errors.ts';
import type { SqlExpression, SqlQuery } from '../sql/sql-tree.ts';
import type { Query, Span } from '../tree.ts';
import type { BoundColumn, Scope } from './scope.ts';

/** A lowered value with what is known of it. */
export interface Typed {
  readonly sql: SqlExpression;
  readonly type: AdqlType;
  readonly unit?: string;
  readonly ucd?: string;
  /** The column that it is, if it is one unchanged. */
  readonly column?: BoundColumn;
  /** What is known of a geometry besides its text. */
  readonly shape?: LoweredShape;
}

export interface PointShape {
  readonly kind: 'point';
  readonly lon: SqlExpression;
  readonly lat: SqlExpression;
  /** [longitude, latitude] in degrees when both are constants. */
  readonly constant?: readonly [number, number];
  /** The position columns of a base table, when the point is made of just these. */
  readonly columns?: { readonly lon: BoundColumn; readonly lat: BoundColumn };
}

export type LoweredShape =
  | PointShape
  | { readonly kind: 'circle'; readonly center: PointShape; readonly radius: SqlExpression; readonly constantRadius?: number }
  | { readonly kind: 'polygon'; readonly vertices: readonly PointShape[] }
  /** A region kept as text in a column or made by a function. */
  | { readonly kind: 'text' };

export interface LoweredQuery {
  readonly query: SqlQuery;
  readonly columns: readonly BoundColumn[];
}

/** State of lowering one statement. */
export interface Lowering {
  readonly text: string;
  readonly catalog: Catalog;
  /** Counts aliases, so that none is used twice in a statement. */
  aliases: number;
  /** Every table and column that the statement reads, for permissions. */
  readonly touched: Map<CatalogTable, Set<string>>;
  readonly commonTables: Map<string, { readonly name: string; readonly columns: readonly BoundColumn[] }>;
  readonly lowerQuery: (query: Query, outer?: Scope) => LoweredQuery;
}

export function newAlias(lowering: Lowering, letter: string): string {
  return `${letter}${++lowering.aliases}`;
}

export function typeError(lowering: Lowering, span: Span, message: string): AdqlTypeError {
  const position = positionOf(lowering.text, span);
  return new AdqlTypeError(`${message} (line ${position.line}, column ${position.column})`, {
    details: { position, found: lowering.text.slice(span.start, span.end) },
  });
}

export function unsupported(lowering: Lowering, span: Span, message: string): AdqlUnsupportedError {
  const position = positionOf(lowering.text, span);
  return new AdqlUnsupportedError(`${message} (line ${position.line}, column ${position.column})`, {
    details: { position, found: lowering.text.slice(span.start, span.end) },
  });
}

export function number(value: number): SqlExpression {
  if (value < 0 || Object.is(value, -0)) return { op: 'negate', operand: number(-value) };
  const text = String(value);
  return { op: 'number', text: /[.eE]/.test(text) ? text : `${text}.0` };
}

export function call(name: Extract<SqlExpression, { op: 'call' }>['name'], ...args: SqlExpression[]): SqlExpression {
  return { op: 'call', name, args };
}

export function arithmetic(operator: '+' | '-' | '*' | '/', left: SqlExpression, right: SqlExpression): SqlExpression {
  return { op: 'arithmetic', operator, integer: false, left, right };
}

/** The value of a constant number, or undefined. */
export function constantOf(sql: SqlExpression): number | undefined {
  if (sql.op === 'number') return Number(sql.text);
  if (sql.op === 'negate') {
    const value = constantOf(sql.operand);
    return value === undefined ? undefined : -value;
  }
  if (sql.op === 'cast') return constantOf(sql.operand);
  if (sql.op !== 'arithmetic' || sql.operator === '||' || sql.integer) return undefined;
  const [a, b] = [constantOf(sql.left), constantOf(sql.right)];
  if (a === undefined || b === undefined) return undefined;
  return { '+': a + b, '-': a - b, '*': a * b, '/': a / b }[sql.operator];
}
