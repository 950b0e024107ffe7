import type { SqlExpression, SqlOrder, SqlQuery } from '../sql/sql-tree.ts';
import type { AllColumns, Expression, OrderItem, Query, Select, SelectItem, SetOperation } from '../tree.ts';
import { columnSql, lowerExpression, touch } from './lower-expression.ts';
import { type Lowering, type LoweredQuery, type Typed, typeError } from './context.ts';
import { checkGrouping } from './grouping.ts';
import { lowerCondition } from './lower-condition.ts';
import { lowerFrom } from './lower-from.ts';
import { findPruning, pruneFrom } from './pruning.ts';
import { type BoundColumn, commonType, matchesPath, nameError, sameName, type Scope } from './scope.ts';

interface Output {
  readonly expression: SqlExpression;
  readonly alias: string;
  readonly column: BoundColumn;
}

export function lowerQuery(lowering: Lowering, node: Query, outer: Scope | undefined): LoweredQuery {
  return node.kind === 'select' ? lowerSelect(lowering, node, outer) : lowerSet(lowering, node, outer);
}

function lowerSelect(lowering: Lowering, node: Select, outer: Scope | undefined): LoweredQuery {
  const { from, bindings, visible } = lowerFrom(lowering, node.from, outer);
  const scope: Scope = { bindings, visible, ...(outer ? { parent: outer } : {}) };
  const outputs = uniqueAliases(node.items.flatMap((item) => lowerItem(lowering, scope, item)));
  const where = node.where && lowerCondition(lowering, scope, node.where);
  const pruned = node.where ? pruneFrom(from, findPruning(lowering, scope, node.where)) : from;
  const groupBy = node.groupBy.map((each) => {
    const position = each.kind === 'number' && each.form === 'integer' ? outputs[Number(each.text) - 1] : undefined;
    return position?.expression ?? lowerExpression(lowering, scope, each).sql;
  });
  const having = node.having && lowerCondition(lowering, scope, node.having);
  const orderBy = node.orderBy.map((item) => lowerOrder(lowering, item, outputs, scope));
  checkGrouping(
    lowering,
    node,
    outputs.map((o) => o.expression),
    groupBy,
    having !== undefined,
  );
  const query: SqlQuery = {
    op: 'select',
    distinct: node.distinct,
    items: outputs.map(({ expression, alias }) => ({ expression, alias })),
    from: pruned,
    ...(where ? { where } : {}),
    groupBy,
    ...(having ? { having } : {}),
    orderBy,
    ...(node.top === undefined ? {} : { limit: node.top }),
    ...(node.offset === undefined ? {} : { offset: node.offset }),
  };
  return { query, columns: outputs.map((o) => o.column) };
}

function lowerSet(lowering: Lowering, node: SetOperation, outer: Scope | undefined): LoweredQuery {
  const [left, right] = [lowerQuery(lowering, node.left, outer), lowerQuery(lowering, node.right, outer)];
  if (left.columns.length !== right.columns.length)
    throw typeError(
      lowering,
      node,
      `both sides of ${node.operator} must give as many columns; they give ${left.columns.length} and ${right.columns.length}`,
    );
  const columns = left.columns.map((column, i) => {
    const other = right.columns[i] as BoundColumn;
    const type = commonType(column.type, other.type);
    if (type === undefined)
      throw typeError(
        lowering,
        node,
        `column ${i + 1} of ${node.operator} is a ${column.type} on one side and a ${other.type} on the other`,
      );
    const { table: _table, base: _base, merged: _merged, ...plain } = column;
    return { ...plain, type };
  });
  const outputs = columns.map((column) => ({ expression: { op: 'column', name: column.sqlName } as const, alias: column.sqlName, column }));
  const scope: Scope = { bindings: [], visible: columns, ...(outer ? { parent: outer } : {}) };
  const orderBy = node.orderBy.map((item) => lowerOrder(lowering, item, outputs, scope));
  const query: SqlQuery = {
    op: 'set',
    operator: node.operator,
    all: node.all,
    left: left.query,
    right: right.query,
    orderBy,
    ...(node.offset === undefined ? {} : { offset: node.offset }),
  };
  return { query, columns };
}

function lowerItem(lowering: Lowering, scope: Scope, item: AllColumns | SelectItem): Output[] {
  if (item.kind === 'all-columns') return allColumns(lowering, scope, item);
  const value = lowerExpression(lowering, scope, item.expression);
  const name = item.alias?.text ?? value.column?.name ?? nameOf(item.expression);
  return [{ expression: value.sql, alias: name, column: outputColumn(value, name) }];
}

function outputColumn(value: Typed, name: string): BoundColumn {
  const { type, unit, ucd, column } = value;
  const kept = column ? { ...column } : {};
  return {
    ...kept,
    name,
    sqlName: name,
    type,
    hidden: false,
    ...(unit === undefined ? {} : { unit }),
    ...(ucd === undefined ? {} : { ucd }),
  };
}

function allColumns(lowering: Lowering, scope: Scope, item: AllColumns): Output[] {
  const columns =
    item.qualifier.length === 0 ? scope.visible : scope.bindings.find((binding) => matchesPath(binding, item.qualifier))?.columns;
  if (!columns) throw nameError(lowering.text, item, `there is no table ${item.qualifier.map((q) => q.text).join('.')} in FROM`);
  return columns
    .filter((column) => !column.hidden)
    .map((column) => {
      if (column.base) touch(lowering, column.base, column.name);
      return { expression: columnSql(column), alias: column.name, column: { ...column, sqlName: column.name } };
    });
}

/** A function gives its own name, anything else is called `col`. */
function nameOf(node: Expression): string {
  if (node.kind === 'udf') return node.name.text;
  return 'name' in node && typeof node.name === 'string' ? node.name.toLowerCase() : 'col';
}

/** Engines compare aliases without regard to case, so later ones that collide get a number. */
function uniqueAliases(outputs: readonly Output[]): Output[] {
  const used = new Set<string>();
  return outputs.map((output) => {
    let alias = output.alias;
    for (let n = 1; used.has(alias.toLowerCase()); n++) alias = `${output.alias}_${n}`;
    used.add(alias.toLowerCase());
    return { ...output, alias, column: { ...output.column, name: alias, sqlName: alias } };
  });
}

function lowerOrder(lowering: Lowering, item: OrderItem, outputs: readonly Output[], scope: Scope): SqlOrder {
  const { descending, expression } = item;
  if (expression === undefined) {
    const output = outputs[(item.position ?? 0) - 1];
    if (!output) throw nameError(lowering.text, item, `ORDER BY ${item.position}: there are ${outputs.length} columns`);
    return { expression: { op: 'column', name: output.alias }, descending };
  }
  const alias =
    expression.kind === 'column' && expression.qualifier.length === 0 ? outputs.find((o) => sameName(expression.name, o.alias)) : undefined;
  return { expression: alias ? { op: 'column', name: alias.alias } : lowerExpression(lowering, scope, expression).sql, descending };
}
