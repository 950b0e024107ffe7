/** Joins of rows near each other, by the tiles of a partitioned table and their margins instead of over the whole sky. */
import type { CatalogTable } from '../catalog/catalog.ts';
import type { NearCondition, NearRole, SqlCondition, SqlExpression, SqlFrom, SqlQuery, SqlSource, SqlStatement } from '../sql/sql-tree.ts';
import { hasAggregate } from './grouping.ts';

type SqlJoin = Extract<SqlFrom, { op: 'join' }>;

/** Columns that a source gives for a join by tiles, beside its own. */
const KEYS = ['_near_tile', '_near_zone'];

/** One side of a join whose positions are those of a table. */
interface Side {
  readonly alias: string;
  readonly source: SqlSource;
  /** The side with its source read for the join. */
  readonly read: (near: NonNullable<SqlSource['near']>) => SqlFrom;
}

/**
 * The same statement where inner joins on a constant distance between positions of two tables also ask for the same tile and zone,
 * if one of the tables can be joined so. The conditions stay; outer joins are left as they are, and so are joins that have an
 * equality to go by.
 */
export function joinNear(statement: SqlStatement): SqlStatement {
  return { with: statement.with.map(({ name, query }) => ({ name, query: inQuery(query) })), query: inQuery(statement.query) };
}

function inQuery(query: SqlQuery): SqlQuery {
  if (query.op === 'set') return { ...query, left: inQuery(query.left), right: inQuery(query.right) };
  const from = inFrom(query.from);
  return { ...query, from: hasEquality(query.where) ? from : nearsOf(query.where).reduce(joinBelow, from) };
}

function inFrom(from: SqlFrom): SqlFrom {
  if (from.op === 'derived') return { ...from, query: inQuery(from.query) };
  if (from.op !== 'join') return from;
  const join = { ...from, left: inFrom(from.left), right: inFrom(from.right) };
  return from.type === 'inner' ? nearsOf(from.on).reduce<SqlFrom>((all, near) => (all === join ? byTiles(join, near) : all), join) : join;
}

/** A condition of WHERE holds for every row of a product or inner join. */
function joinBelow(from: SqlFrom, near: NearCondition): SqlFrom {
  if (from.op !== 'join' || (from.type !== 'inner' && from.type !== 'cross')) return from;
  const joined = byTiles(from, near);
  return joined === from ? { ...from, left: joinBelow(from.left, near), right: joinBelow(from.right, near) } : joined;
}

function byTiles(join: SqlJoin, { a, b, radius }: NearCondition): SqlJoin {
  if (hasEquality(join.on)) return join;
  const [left, right] = [sideOf(join.left, ...a) ?? sideOf(join.left, ...b), sideOf(join.right, ...a) ?? sideOf(join.right, ...b)];
  if (!left || !right) return join;
  const leftOwns = mayOwn(left.source, right.source, radius);
  if (!leftOwns && !mayOwn(right.source, left.source, radius)) return join;
  const [owner, neighbour] = leftOwns ? [left, right] : [right, left];
  const near = (role: NearRole) => ({ role, owner: owner.source, neighbour: neighbour.source.table, radius });
  const equal = KEYS.map((name): SqlCondition => {
    const [own, other] = [left, right].map(({ alias }): SqlExpression => ({ op: 'column', table: alias, name })) as [
      SqlExpression,
      SqlExpression,
    ];
    return { op: 'compare', operator: '=', left: own, right: other };
  });
  return {
    op: 'join',
    type: 'inner',
    left: left.read(near(leftOwns ? 'owner' : 'neighbour')),
    right: right.read(near(leftOwns ? 'neighbour' : 'owner')),
    on: { op: 'and', operands: [...equal, ...(join.on ? [join.on] : [])] },
  };
}

/** Sources with identifiers are few rows; the neighbour is read whole in the tiles of the owner's part of the sky. */
function mayOwn(owner: SqlSource, neighbour: SqlSource, radius: number): boolean {
  const isFree = [owner, neighbour].every(({ keys, near }) => keys === undefined && near === undefined) && neighbour.sky.length === 0;
  return isFree && neighbour.table.joinsNear?.(owner.table, radius) === true;
}

/** The table whose position a pair of columns is: FROM itself, or a sub-query that only chooses rows and columns of one. */
function sideOf(from: SqlFrom, lon: SqlExpression, lat: SqlExpression): Side | undefined {
  if (lon.op !== 'column' || lat.op !== 'column' || (from.op !== 'source' && from.op !== 'derived')) return undefined;
  const { alias } = from;
  if (lon.table !== alias || lat.table !== alias) return undefined;
  if (from.op === 'source') {
    return isPosition(from.table, lon.name, lat.name) ? { alias, source: from, read: (near) => ({ ...from, near }) } : undefined;
  }
  const { query } = from;
  if (query.op !== 'select' || query.from.op !== 'source' || !isChoice(query)) return undefined;
  const inner = (name: string): SqlExpression => query.items.find((item) => item.alias === name)?.expression ?? { op: 'null' };
  const side = sideOf(query.from, inner(lon.name), inner(lat.name));
  if (!side) return undefined;
  const keys = KEYS.map((name) => ({ expression: { op: 'column', table: side.alias, name } as const, alias: name }));
  return {
    alias,
    source: side.source,
    read: (near) => ({ ...from, query: { ...query, from: side.read(near), items: [...query.items, ...keys] } }),
  };
}

/** Rows may come several times without a difference to what is chosen of them. */
function isChoice(query: Extract<SqlQuery, { op: 'select' }>): boolean {
  const { distinct, groupBy, having, limit, offset, items } = query;
  const isPlain = !distinct && groupBy.length === 0 && having === undefined && limit === undefined && offset === undefined;
  return isPlain && !items.some(({ expression, alias }) => hasAggregate(expression) || KEYS.includes(alias));
}

function isPosition({ sky }: CatalogTable, lon: string, lat: string): boolean {
  return sky !== undefined && sky.ra === lon && sky.dec === lat;
}

function nearsOf(condition: SqlCondition | undefined): NearCondition[] {
  return conjunctsOf(condition).flatMap((each) => (each.op === 'and' && each.near ? [each.near] : []));
}

function hasEquality(condition: SqlCondition | undefined): boolean {
  return conjunctsOf(condition).some(
    (each) =>
      each.op === 'compare' &&
      each.operator === '=' &&
      each.left.op === 'column' &&
      each.right.op === 'column' &&
      each.left.table !== each.right.table,
  );
}

/** Conditions that must all hold; one of nearness is kept whole. */
function conjunctsOf(condition: SqlCondition | undefined): SqlCondition[] {
  if (!condition) return [];
  return condition.op === 'and' && !condition.near ? condition.operands.flatMap(conjunctsOf) : [condition];
}
