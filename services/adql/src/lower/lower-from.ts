import type { CatalogTable } from '../catalog/catalog.ts';
import type { SqlCondition, SqlFrom } from '../sql/sql-tree.ts';
import type { Join, Name, Span, TableExpression, TableRef } from '../tree.ts';
import { type Lowering, newAlias } from './context.ts';
import { lowerCondition } from './lower-condition.ts';
import { columnSql } from './lower-expression.ts';
import { type Binding, type BoundColumn, nameError, nearest, sameName, type Scope } from './scope.ts';

/** A lowered FROM clause: its SQL, the tables that it names, and what is visible without a table name. */
export interface LoweredFrom {
  readonly from: SqlFrom;
  readonly bindings: readonly Binding[];
  readonly visible: readonly BoundColumn[];
}

/** Comma-separated tables multiply. */
export function lowerFrom(lowering: Lowering, tables: readonly TableExpression[], outer: Scope | undefined): LoweredFrom {
  return tables
    .map((table) => lowerTable(lowering, table, outer))
    .reduce((left, right) => ({
      from: { op: 'join', type: 'cross', left: left.from, right: right.from },
      bindings: [...left.bindings, ...right.bindings],
      visible: [...left.visible, ...right.visible],
    }));
}

function lowerTable(lowering: Lowering, node: TableExpression, outer: Scope | undefined): LoweredFrom {
  if (node.kind === 'join') return lowerJoin(lowering, node, outer);
  if (node.kind === 'table') return lowerTableName(lowering, node);
  const { query, columns } = lowering.lowerQuery(node.query, outer);
  const alias = newAlias(lowering, 'q');
  return named({ op: 'derived', query, alias }, alias, [node.alias.text], columns);
}

function lowerTableName(lowering: Lowering, node: TableRef): LoweredFrom {
  const exposed = node.alias ? [node.alias.text] : node.path.map((name) => name.text);
  const only = node.path.length === 1 ? node.path[0] : undefined;
  const common = only && lowering.commonTables.get(only.delimited ? only.text : only.text.toLowerCase());
  if (common) {
    const alias = newAlias(lowering, 'w');
    return named({ op: 'common', name: common.name, alias }, alias, exposed, common.columns);
  }
  const table = findTable(lowering, node);
  const alias = newAlias(lowering, 't');
  const columns = table.columns.map((column) => ({ ...column, sqlName: column.name, table: alias, base: table }));
  const path = node.alias ? exposed : [table.schema, table.name];
  if (!lowering.touched.has(table)) lowering.touched.set(table, new Set());
  return { from: { op: 'source', table, alias, sky: [] }, bindings: [{ alias, path, columns, base: table }], visible: columns };
}

function named(from: SqlFrom, alias: string, path: readonly string[], columns: readonly BoundColumn[]): LoweredFrom {
  const bound = columns.map(({ base: _base, merged: _merged, ...column }) => ({ ...column, table: alias }));
  return { from, bindings: [{ alias, path, columns: bound }], visible: bound };
}

/**
 * The table that a path names.
 *
 * @throws {AdqlNameError} if there is none.
 */
export function findTable(lowering: Lowering, node: { readonly path: readonly Name[] } & Span): CatalogTable {
  const { tables, defaultSchemas } = lowering.catalog;
  const [name, schema] = node.path.toReversed();
  const fits = tables.filter((table) => sameName(name as Name, table.name) && (schema === undefined || sameName(schema, table.schema)));
  const preferred = fits.toSorted((a, b) => rank(defaultSchemas, a) - rank(defaultSchemas, b))[0];
  if (preferred && (schema !== undefined || fits.length === 1 || defaultSchemas.includes(preferred.schema))) return preferred;
  if (preferred) {
    const all = fits.map((table) => `${table.schema}.${table.name}`).join(', ');
    throw nameError(lowering.text, node, `the table ${preferred.name} is in several schemas: write one of ${all}`);
  }
  const written = node.path.map((part) => part.text).join('.');
  const near = nearest(
    written,
    tables.flatMap((table) => (schema === undefined ? [table.name] : [`${table.schema}.${table.name}`])),
  );
  throw nameError(lowering.text, node, `there is no table ${written}${near ? `; did you mean ${near}?` : ''}`);
}

function rank(schemas: readonly string[], table: CatalogTable): number {
  const at = schemas.indexOf(table.schema);
  return at < 0 ? schemas.length : at;
}

function lowerJoin(lowering: Lowering, node: Join, outer: Scope | undefined): LoweredFrom {
  const [left, right] = [lowerTable(lowering, node.left, outer), lowerTable(lowering, node.right, outer)];
  const bindings = [...left.bindings, ...right.bindings];
  const { type } = node;
  if (node.on) {
    const visible = [...left.visible, ...right.visible];
    const on = lowerCondition(lowering, { bindings, visible, ...(outer ? { parent: outer } : {}) }, node.on);
    return { from: { op: 'join', type, left: left.from, right: right.from, on }, bindings, visible };
  }
  const pairs = node.using ? node.using.map((name) => pairOf(lowering, name, left, right)) : sharedColumns(left, right);
  const merged = pairs.map(([a, b]) => mergedColumn(node.type, a, b));
  const rest = [...left.visible, ...right.visible].filter((column) => !pairs.some(([a, b]) => column === a || column === b));
  const visible = [...merged, ...rest];
  if (pairs.length === 0) return { from: { op: 'join', type: 'cross', left: left.from, right: right.from }, bindings, visible };
  const equal = pairs.map(([a, b]): SqlCondition => ({ op: 'compare', operator: '=', left: columnSql(a), right: columnSql(b) }));
  return { from: { op: 'join', type, left: left.from, right: right.from, on: { op: 'and', operands: equal } }, bindings, visible };
}

type Pair = readonly [BoundColumn, BoundColumn];

function pairOf(lowering: Lowering, name: Name, left: LoweredFrom, right: LoweredFrom): Pair {
  const find = (side: LoweredFrom, which: string): BoundColumn => {
    const found = side.visible.filter((column) => sameName(name, column.name));
    if (found.length === 1) return found[0] as BoundColumn;
    throw nameError(
      lowering.text,
      name,
      `USING needs one column ${name.text} on the ${which} of the join; there ${found.length === 0 ? 'is none' : `are ${found.length}`}`,
    );
  };
  return [find(left, 'left'), find(right, 'right')];
}

function sharedColumns(left: LoweredFrom, right: LoweredFrom): Pair[] {
  return left.visible.flatMap((a) => {
    if (a.hidden) return [];
    const b = right.visible.find((column) => column.name.toLowerCase() === a.name.toLowerCase() && !column.hidden);
    return b ? [[a, b] as const] : [];
  });
}

/** The one column that USING and NATURAL make of two. @see SQL-92, section 7.5, syntax rule 6 */
function mergedColumn(type: Join['type'], a: BoundColumn, b: BoundColumn): BoundColumn {
  if (type === 'full') return { ...a, merged: [a, b] };
  return type === 'right' ? { ...b, name: a.name } : a;
}
