import type { RegistryContext } from '../registry/registry-context.ts';
import type { QuerySpec, WhereTerm } from './query-spec.ts';
import { hasRows } from './run-plan.ts';
import { type Expression, formatExpression } from './where-tree.ts';

/**
 * Says why a query has no answer, by asking it again with fewer restrictions:
 * first without any `where`, then with its terms one after the other, naming the first that empties the answer.
 *
 * @returns one sentence per cause; none if the query has an answer.
 */
export async function explainEmpty(context: RegistryContext, spec: QuerySpec): Promise<readonly string[]> {
  if (spec.limit === 0) return ['the limit is 0'];
  const whole = { ...spec, limit: undefined };
  if (await hasRows(context, whole)) return [];
  const reasons: string[] = [];
  for (const join of spec.datasets)
    if (join.collections.length === 0)
      reasons.push(
        `no ${join.record.type.name} is in ${join.searched.map((collection) => collection.name).join(', ') || 'the collections, which match nothing'}`,
      );
  if (reasons.length > 0) return reasons;
  const bare = { ...whole, where: [], dataId: {} };
  if (!(await hasRows(context, bare))) return await explainJoins(context, bare);
  return [await firstEmptyingTerm(context, bare, spec)];
}

/** The joins alone are empty: leaves them out one at a time. */
async function explainJoins(context: RegistryContext, spec: QuerySpec): Promise<readonly string[]> {
  const reasons: string[] = [];
  for (const join of spec.datasets) {
    const alone: QuerySpec = {
      ...spec,
      datasets: [join],
      uploads: [],
      dimensions: join.record.type.dimensions,
      full: false,
      output: join.record.type.name,
      record: undefined,
      columns: [],
      orderBy: [],
      extra: [],
    };
    if (!(await hasRows(context, alone)))
      reasons.push(`no ${join.record.type.name} is in ${join.collections.map((collection) => collection.name).join(', ')}`);
  }
  for (const upload of spec.uploads) if (upload.dataIds.length === 0) reasons.push('the list of data IDs is empty');
  const { universe } = context;
  for (const name of spec.dimensions.required) {
    const element = universe.get(name);
    if (!element.hasTable) continue;
    const alone: QuerySpec = {
      ...spec,
      dimensions: universe.group([name]),
      full: false,
      datasets: [],
      uploads: [],
      output: undefined,
      record: name,
      columns: [],
      orderBy: [],
      extra: [],
    };
    if (!(await hasRows(context, alone))) reasons.push(`no ${name} is registered`);
  }
  if (reasons.length > 0) return reasons;
  const parts = [...spec.datasets.map((join) => join.record.type.name), ...spec.dimensions.required];
  return [`${parts.join(', ')} exist, but no combination of them does`];
}

/** Adds the terms one by one; the first without an answer is named, and whether it alone is at fault. */
async function firstEmptyingTerm(context: RegistryContext, bare: QuerySpec, spec: QuerySpec): Promise<string> {
  const terms: { readonly shown: string; readonly apply: (to: QuerySpec) => QuerySpec }[] = [];
  for (const [name, value] of Object.entries(spec.dataId))
    terms.push({ shown: `${name} = ${JSON.stringify(value)}`, apply: (to) => ({ ...to, dataId: { ...to.dataId, [name]: value } }) });
  for (const term of spec.where)
    for (const expression of conjuncts(term.expression)) {
      const single: WhereTerm = { ...term, expression };
      terms.push({ shown: formatExpression(expression), apply: (to) => ({ ...to, where: [...to.where, single] }) });
    }
  let current = bare;
  for (const [i, term] of terms.entries()) {
    const next = term.apply(current);
    if (await hasRows(context, next)) {
      current = next;
      continue;
    }
    if (i === 0 || !(await hasRows(context, term.apply(bare)))) return `nothing has ${term.shown}`;
    const partner = await firstConflict(context, bare, terms.slice(0, i), term);
    return `nothing has ${partner} and ${term.shown}, though each alone has an answer`;
  }
  return 'the terms have an answer one by one; the repository changed meanwhile';
}

async function firstConflict(
  context: RegistryContext,
  bare: QuerySpec,
  before: readonly { readonly shown: string; readonly apply: (to: QuerySpec) => QuerySpec }[],
  term: { readonly apply: (to: QuerySpec) => QuerySpec },
): Promise<string> {
  for (const other of before) if (!(await hasRows(context, term.apply(other.apply(bare))))) return other.shown;
  return before.map((other) => other.shown).join(' and ');
}

/** Terms joined by AND on the top level. */
function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind === 'parens')
    return expression.inner.kind === 'binary' && expression.inner.operator === 'AND' ? conjuncts(expression.inner) : [expression];
  if (expression.kind !== 'binary' || expression.operator !== 'AND') return [expression];
  return [...conjuncts(expression.left), ...conjuncts(expression.right)];
}
