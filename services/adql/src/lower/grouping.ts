import type { SqlExpression } from '../sql/sql-tree.ts';
import type { Select } from '../tree.ts';
import { type Lowering, typeError } from './context.ts';

/** In a grouped query, every column outside an aggregate has to be grouped by. @throws {AdqlTypeError} naming the column. */
export function checkGrouping(
  lowering: Lowering,
  node: Select,
  outputs: readonly SqlExpression[],
  groupBy: readonly SqlExpression[],
  having: boolean,
): void {
  if (groupBy.length === 0 && !having && !outputs.some(hasAggregate)) return;
  const grouped = new Set(groupBy.map((each) => JSON.stringify(each)));
  for (const output of outputs) {
    const loose = looseColumn(output, grouped);
    if (loose)
      throw typeError(lowering, node.items[0] ?? node, `the column ${loose} must be in GROUP BY or inside an aggregate such as MAX`);
  }
}

function isAggregate(node: SqlExpression): boolean {
  return node.op === 'aggregate' || (node.op === 'engine-call' && node.aggregate === true);
}

export function hasAggregate(node: SqlExpression): boolean {
  return isAggregate(node) || childrenOf(node).some(hasAggregate);
}

function looseColumn(node: SqlExpression, grouped: ReadonlySet<string>): string | undefined {
  if (isAggregate(node) || grouped.has(JSON.stringify(node))) return undefined;
  if (node.op === 'column') return node.name;
  for (const child of childrenOf(node)) {
    const loose = looseColumn(child, grouped);
    if (loose) return loose;
  }
  return undefined;
}

function childrenOf(node: SqlExpression): readonly SqlExpression[] {
  switch (node.op) {
    case 'negate':
    case 'cast':
      return [node.operand];
    case 'arithmetic':
      return [node.left, node.right];
    case 'call':
    case 'engine-call':
      return node.args;
    case 'case':
      return [node.yes, node.no];
    default:
      return [];
  }
}
