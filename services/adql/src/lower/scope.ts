import type { AdqlType, CatalogColumn, CatalogTable } from '../catalog/catalog.ts';
import { type AdqlErrorDetails, AdqlNameError, positionOf } from '../errors.ts';
import type { ColumnRef, Name, Span } from '../tree.ts';

/** A column as seen in a scope. */
export interface BoundColumn extends CatalogColumn {
  /** The column's name in the engine. */
  readonly sqlName: string;
  /** The SQL alias of its table. */
  readonly table?: string;
  /** The base table that the column comes from unchanged. */
  readonly base?: CatalogTable;
  /** The two columns of which a full join keeps the one that is there. */
  readonly merged?: readonly BoundColumn[];
}

export interface Binding {
  /** The name under which SQL knows the table. */
  readonly alias: string;
  /** Names that may stand before a column, outermost first. */
  readonly path: readonly string[];
  readonly columns: readonly BoundColumn[];
  readonly base?: CatalogTable;
}

export interface Scope {
  readonly bindings: readonly Binding[];
  /** What `SELECT *` gives, and where bare names are looked up. */
  readonly visible: readonly BoundColumn[];
  readonly parent?: Scope;
}

/** True if a name as written in a query means `actual`: letters matter only in double quotes. */
export function sameName(name: Name, actual: string): boolean {
  return name.delimited ? name.text === actual : name.text.toLowerCase() === actual.toLowerCase();
}

/**
 * Finds the column that a reference means, first in the scope, then in those around it.
 *
 * @throws {AdqlNameError} if there is none, or several.
 */
export function findColumn(text: string, scope: Scope, ref: ColumnRef): BoundColumn {
  for (let around: Scope | undefined = scope; around; around = around.parent) {
    const found = candidates(around, ref);
    if (found.length === 1) return found[0] as BoundColumn;
    if (found.length > 1) {
      const owners = found.map((column) => column.table).filter((table) => table !== undefined);
      throw nameError(text, ref, `the column ${ref.name.text} is in several tables (${owners.join(', ')}): write one of them before it`);
    }
  }
  const known = scopeNames(scope);
  const near = nearest(ref.name.text, known);
  const where = ref.qualifier.length > 0 ? ` in ${ref.qualifier.map((q) => q.text).join('.')}` : '';
  throw nameError(text, ref, `there is no column ${ref.name.text}${where}${near ? `; did you mean ${near}?` : ''}`);
}

function candidates(scope: Scope, ref: ColumnRef): BoundColumn[] {
  if (ref.qualifier.length === 0) return scope.visible.filter((column) => sameName(ref.name, column.name));
  return scope.bindings
    .filter((binding) => matchesPath(binding, ref.qualifier))
    .flatMap((binding) => binding.columns.filter((c) => sameName(ref.name, c.name)));
}

/** `table`, `schema.table` and `catalog.schema.table` all mean a table, if their ends agree. */
export function matchesPath(binding: Binding, qualifier: readonly Name[]): boolean {
  const path = binding.path.slice(-qualifier.length);
  return path.length === qualifier.length && qualifier.every((name, i) => sameName(name, path[i] ?? ''));
}

function scopeNames(scope: Scope): string[] {
  return [...scope.visible.map((column) => column.name), ...(scope.parent ? scopeNames(scope.parent) : [])];
}

/** The known name with the fewest edits from a misspelt one, if near enough to offer. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const d = edits(name.toLowerCase(), candidate.toLowerCase(), least);
    if (d < least) [best, least] = [candidate, d];
  }
  return best;
}

function edits(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound;
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? bound;
}

export function nameError(text: string, span: Span, message: string): AdqlNameError {
  const position = positionOf(text, span);
  const details: AdqlErrorDetails = { position, found: text.slice(span.start, span.end) };
  return new AdqlNameError(`${message} (line ${position.line}, column ${position.column})`, { details });
}

/** The type of a column after UNION and the like: the wider of the two, or undefined when they do not go together. */
export function commonType(a: AdqlType, b: AdqlType): AdqlType | undefined {
  if (a === b || b === 'NULL') return a;
  if (a === 'NULL') return b;
  const order: readonly AdqlType[] = ['SMALLINT', 'INTEGER', 'BIGINT', 'REAL', 'DOUBLE'];
  const [i, j] = [order.indexOf(a), order.indexOf(b)];
  if (i >= 0 && j >= 0) return order[Math.max(i, j)];
  const texts: readonly AdqlType[] = ['CHAR', 'VARCHAR', 'TIMESTAMP'];
  return texts.includes(a) && texts.includes(b) ? 'VARCHAR' : undefined;
}
