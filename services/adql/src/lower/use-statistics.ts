/** What the statistics of a table answer without its rows. Never changes a result. */
import type { SqlExpression, SqlFrom, SqlQuery, SqlSelect, SqlSource, SqlStatement } from '../sql/sql-tree.ts';
import { hasAggregate } from './grouping.ts';

/** Name of the column of a source that gives the number of its rows. */
const ROWS = 'rows';

/**
 * The same statement where `COUNT(*)` of a whole table is asked of the table itself, and a table of which only the first rows in
 * the order of a column are wanted is told so. Only tables that have statistics are asked.
 */
export function useStatistics(statement: SqlStatement): SqlStatement {
  return { with: statement.with.map(({ name, query }) => ({ name, query: inQuery(query) })), query: inQuery(statement.query) };
}

function inQuery(query: SqlQuery): SqlQuery {
  if (query.op === 'set') return { ...query, left: inQuery(query.left), right: inQuery(query.right) };
  const select = { ...query, from: inFrom(query.from) };
  const { from } = select;
  if (from.op !== 'source' || !isWhole(select, from)) return select;
  return counted(select, from) ?? firstOnly(select, from) ?? select;
}

function inFrom(from: SqlFrom): SqlFrom {
  if (from.op === 'join') return { ...from, left: inFrom(from.left), right: inFrom(from.right) };
  return from.op === 'derived' ? { ...from, query: inQuery(from.query) } : from;
}

/** All rows of one table, none left out and none put together. */
function isWhole(select: SqlSelect, { table, sky, keys }: SqlSource): boolean {
  return (
    table.hasStatistics === true &&
    sky.length === 0 &&
    keys === undefined &&
    !select.distinct &&
    select.where === undefined &&
    select.having === undefined &&
    select.groupBy.length === 0
  );
}

function counted(select: SqlSelect, source: SqlSource): SqlSelect | undefined {
  const { items, orderBy } = select;
  if (!items.some(({ expression }) => hasAggregate(expression))) return undefined;
  if (orderBy.some(({ expression }) => expression.op !== 'column' || expression.table !== undefined)) return undefined;
  const column: SqlExpression = { op: 'column', table: source.alias, name: ROWS };
  const replaced = items.map(({ expression, alias }) => ({ expression: replaceCount(expression, column), alias }));
  const isWhole = replaced.every((item): item is (typeof items)[number] => item.expression !== undefined);
  return isWhole ? { ...select, items: replaced, from: { ...source, count: true } } : undefined;
}

/** The expression over the number of rows; undefined where it needs the rows themselves. */
function replaceCount(node: SqlExpression, column: SqlExpression): SqlExpression | undefined {
  const inner = (each: SqlExpression): SqlExpression | undefined => replaceCount(each, column);
  switch (node.op) {
    case 'aggregate':
      return node.name === 'COUNT' && node.argument === undefined ? column : undefined;
    case 'number':
    case 'text':
    case 'null':
      return node;
    case 'negate':
    case 'cast': {
      const operand = inner(node.operand);
      return operand && { ...node, operand };
    }
    case 'arithmetic': {
      const [left, right] = [inner(node.left), inner(node.right)];
      return left && right && { ...node, left, right };
    }
    case 'call': {
      const args = node.args.map(inner);
      return args.every((arg) => arg !== undefined) ? { ...node, args } : undefined;
    }
    default:
      return undefined;
  }
}

function firstOnly(select: SqlSelect, source: SqlSource): SqlSelect | undefined {
  const { items, orderBy, limit, offset } = select;
  const [order] = orderBy;
  if (!order || limit === undefined || items.some(({ expression }) => hasAggregate(expression))) return undefined;
  const key = order.expression;
  // A name without a table is that of an output.
  const origin = key.op === 'column' && key.table === undefined ? items.find(({ alias }) => alias === key.name)?.expression : key;
  if (origin?.op !== 'column' || origin.table !== source.alias) return undefined;
  const first = { column: origin.name, descending: order.descending, rows: limit + (offset ?? 0) };
  return { ...select, from: { ...source, first } };
}
