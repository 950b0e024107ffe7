import type { AdqlType } from '../catalog/catalog.ts';
import type {
  SqlCondition,
  SqlExpression,
  SqlFrom,
  SqlFunction,
  SqlOrder,
  SqlQuery,
  SqlSelect,
  SqlSource,
  SqlStatement,
} from '../sql/sql-tree.ts';

/** What differs between engines. Everything that reaches SQL goes through `identifier`, `text` or a checked number. */
export interface Dialect {
  readonly name: string;
  /** A base table in FROM, without its alias. */
  readonly source: (source: SqlSource) => string;
  readonly call: (name: SqlFunction, args: readonly string[]) => string;
  readonly castType: (type: AdqlType, length: number | undefined) => string;
  readonly integerDivision: (left: string, right: string) => string;
  readonly like: (operand: string, pattern: string, options: { readonly negated: boolean; readonly ignoreCase: boolean }) => string;
  /** SUM over integers as a 64-bit integer. */
  readonly integerSum: (argument: string) => string;
  readonly average: (argument: string) => string;
  /** A decimal literal as a double. */
  readonly decimal: (text: string) => string;
  /** Whether a set operation may have SELECTs in parentheses as its sides. */
  readonly parenthesizedSets: boolean;
}

/**
 * Prints a plan as one SQL statement of a dialect.
 *
 * Names are always quoted and doubled, text is quoted and doubled, numbers are checked against the grammar of numbers; there is
 * no other way from a query to the SQL.
 */
export function printSql(statement: SqlStatement, dialect: Dialect): string {
  const tables = statement.with.map(({ name, query }) => `${quoteName(name)} AS (${printQuery(query, dialect)})`);
  return (tables.length > 0 ? `WITH ${tables.join(', ')} ` : '') + printQuery(statement.query, dialect);
}

/** A name in double quotes. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text in single quotes; NUL cannot stand in SQL and is dropped. */
export function quoteText(value: string): string {
  return `'${value.replaceAll('\0', '').replaceAll("'", "''")}'`;
}

function printQuery(query: SqlQuery, dialect: Dialect): string {
  const body = query.op === 'select' ? printSelect(query, dialect) : printSet(query, dialect);
  const order = query.orderBy.length > 0 ? ` ORDER BY ${query.orderBy.map((each) => printOrder(each, dialect)).join(', ')}` : '';
  const limit =
    query.limit === undefined
      ? query.offset === undefined || dialect.name !== 'sqlite'
        ? ''
        : ' LIMIT -1'
      : ` LIMIT ${wholeNumber(query.limit)}`;
  const offset = query.offset === undefined ? '' : ` OFFSET ${wholeNumber(query.offset)}`;
  return body + order + limit + offset;
}

function printSelect(query: SqlSelect, dialect: Dialect): string {
  const items = query.items.map(({ expression, alias }) => `${printExpression(expression, dialect)} AS ${quoteName(alias)}`);
  const parts = [`SELECT ${query.distinct ? 'DISTINCT ' : ''}${items.join(', ')}`, `FROM ${printFrom(query.from, dialect)}`];
  if (query.where) parts.push(`WHERE ${printCondition(query.where, dialect)}`);
  if (query.groupBy.length > 0) parts.push(`GROUP BY ${query.groupBy.map((each) => printExpression(each, dialect)).join(', ')}`);
  if (query.having) parts.push(`HAVING ${printCondition(query.having, dialect)}`);
  return parts.join(' ');
}

function printSet(query: Extract<SqlQuery, { op: 'set' }>, dialect: Dialect): string {
  const side = (each: SqlQuery): string => {
    const text = printQuery(each, dialect);
    if (dialect.parenthesizedSets) return `(${text})`;
    return each.op === 'select' && each.orderBy.length === 0 && each.limit === undefined && each.offset === undefined
      ? text
      : `SELECT * FROM (${text})`;
  };
  return `${side(query.left)} ${query.operator}${query.all ? ' ALL' : ''} ${side(query.right)}`;
}

/** Nulls last when ascending and first when descending, in every engine. */
function printOrder({ expression, descending }: SqlOrder, dialect: Dialect): string {
  return `${printExpression(expression, dialect)} ${descending ? 'DESC NULLS FIRST' : 'ASC NULLS LAST'}`;
}

function printFrom(from: SqlFrom, dialect: Dialect): string {
  switch (from.op) {
    case 'source':
      return `${dialect.source(from)} AS ${quoteName(from.alias)}`;
    case 'derived':
      return `(${printQuery(from.query, dialect)}) AS ${quoteName(from.alias)}`;
    case 'common':
      return `${quoteName(from.name)} AS ${quoteName(from.alias)}`;
    case 'join': {
      const right = from.right.op === 'join' ? `(${printFrom(from.right, dialect)})` : printFrom(from.right, dialect);
      const on = from.on ? ` ON ${printCondition(from.on, dialect)}` : '';
      return `${printFrom(from.left, dialect)} ${from.type.toUpperCase()} JOIN ${right}${on}`;
    }
  }
}

/** A value, always safe to stand beside any operator. */
export function printExpression(node: SqlExpression, dialect: Dialect): string {
  const print = (each: SqlExpression): string => printExpression(each, dialect);
  switch (node.op) {
    case 'column':
      return node.table === undefined ? quoteName(node.name) : `${quoteName(node.table)}.${quoteName(node.name)}`;
    case 'number':
      return printNumber(node.text, dialect);
    case 'text':
      return quoteText(node.value);
    case 'null':
      return 'NULL';
    case 'negate':
      return `(- ${print(node.operand)})`;
    case 'arithmetic':
      if (node.operator === '/' && node.integer) return dialect.integerDivision(print(node.left), print(node.right));
      return `(${print(node.left)} ${node.operator} ${print(node.right)})`;
    case 'call':
      return dialect.call(node.name, node.args.map(print));
    case 'engine-call':
      return `${quoteName(node.name)}(${node.args.map(print).join(', ')})`;
    case 'aggregate': {
      if (!node.argument) return 'COUNT(*)';
      const argument = (node.distinct ? 'DISTINCT ' : '') + print(node.argument);
      if (node.name === 'SUM' && node.integer) return dialect.integerSum(argument);
      return node.name === 'AVG' ? dialect.average(argument) : `${node.name}(${argument})`;
    }
    case 'cast':
      return `CAST(${print(node.operand)} AS ${dialect.castType(node.type, node.length)})`;
    case 'case':
      return `(CASE WHEN ${printCondition(node.when, dialect)} THEN ${print(node.yes)} ELSE ${print(node.no)} END)`;
    case 'query':
      return `(${printQuery(node.query, dialect)})`;
  }
}

function printCondition(node: SqlCondition, dialect: Dialect): string {
  const print = (each: SqlExpression): string => printExpression(each, dialect);
  const not = (negated: boolean): string => (negated ? 'NOT ' : '');
  switch (node.op) {
    case 'and':
    case 'or':
      return `(${node.operands.map((each) => printCondition(each, dialect)).join(` ${node.op.toUpperCase()} `)})`;
    case 'not':
      return `(NOT ${printCondition(node.operand, dialect)})`;
    case 'compare':
      return `(${print(node.left)} ${node.operator} ${print(node.right)})`;
    case 'between':
      return `(${print(node.operand)} ${not(node.negated)}BETWEEN ${print(node.low)} AND ${print(node.high)})`;
    case 'in': {
      const values = 'op' in node.values ? printQuery(node.values, dialect) : node.values.map(print).join(', ');
      return `(${print(node.operand)} ${not(node.negated)}IN (${values}))`;
    }
    case 'like':
      return dialect.like(print(node.operand), print(node.pattern), node);
    case 'is-null':
      return `(${print(node.operand)} IS ${not(node.negated)}NULL)`;
    case 'exists':
      return `(EXISTS (${printQuery(node.query, dialect)}))`;
    case 'constant':
      return node.value ? '(1 = 1)' : '(1 = 0)';
  }
}

function printNumber(text: string, dialect: Dialect): string {
  if (/^\d+$/.test(text)) return text;
  if (!/^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(text)) throw new TypeError(`no number: ${text}`);
  return dialect.decimal(text);
}

function wholeNumber(value: number): string {
  return String(Math.max(0, Math.trunc(value)));
}
