import type { Schema, SchemaColumn, SchemaConstraint, SchemaDatatype, SchemaTable } from '../model/schema.ts';

/**
 * What a change means for programs made for the older version:
 *
 * - `none`: nothing (texts, units in other spelling, indexes);
 * - `compatible`: old readers and old writers go on working;
 * - `read-compatible`: old readers go on working, old writers fail;
 * - `incompatible`: old readers fail or read something else.
 */
export type ChangeEffect = 'none' | 'compatible' | 'read-compatible' | 'incompatible';

export interface SchemaChange {
  /** `DiaSource` or `DiaSource.ra`. */
  readonly path: string;
  readonly kind: 'added' | 'removed' | 'changed';
  /** What changed: `table`, `column`, `datatype`, `nullable`, `unit`, ... */
  readonly what: string;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly effect: ChangeEffect;
}

export interface SchemaDiff {
  readonly changes: readonly SchemaChange[];
  /** The gravest effect of all changes. */
  readonly verdict: ChangeEffect;
  /** The part of the version number that has to grow. */
  readonly bump: 'none' | 'patch' | 'minor' | 'major';
}

const ORDER: readonly ChangeEffect[] = ['none', 'compatible', 'read-compatible', 'incompatible'];

/** Compares two versions of a schema by names of tables and columns. */
export function diffSchemas(from: Schema, to: Schema): SchemaDiff {
  const changes: SchemaChange[] = [];
  pair(from.tables, to.tables, {
    removed: (table) =>
      changes.push({ path: table.name, kind: 'removed', what: 'table', from: table.name, to: undefined, effect: 'incompatible' }),
    added: (table) =>
      changes.push({ path: table.name, kind: 'added', what: 'table', from: undefined, to: table.name, effect: 'compatible' }),
    both: (a, b) => changes.push(...diffTables(a, b)),
  });
  if (from.description !== to.description) changes.push(change('', 'description', from.description, to.description, 'none'));
  const verdict = changes.reduce<ChangeEffect>(
    (worst, { effect }) => (ORDER.indexOf(effect) > ORDER.indexOf(worst) ? effect : worst),
    'none',
  );
  return {
    changes,
    verdict,
    bump: changes.length === 0 ? 'none' : verdict === 'none' ? 'patch' : verdict === 'compatible' ? 'minor' : 'major',
  };
}

function diffTables(from: SchemaTable, to: SchemaTable): SchemaChange[] {
  const { name } = from;
  const changes: SchemaChange[] = [];
  pair(from.columns, to.columns, {
    removed: (column) =>
      changes.push({
        path: `${name}.${column.name}`,
        kind: 'removed',
        what: 'column',
        from: typeText(column),
        to: undefined,
        effect: 'incompatible',
      }),
    // Old writers do not know the column: they need it to be nullable or to have a default.
    added: (column) =>
      changes.push({
        path: `${name}.${column.name}`,
        kind: 'added',
        what: 'column',
        from: undefined,
        to: typeText(column),
        effect: column.nullable || column.value !== undefined || column.autoincrement ? 'compatible' : 'read-compatible',
      }),
    both: (a, b) => changes.push(...diffColumns(`${name}.${a.name}`, a, b)),
  });
  if (from.primaryKey.join() !== to.primaryKey.join())
    changes.push(change(name, 'primary key', from.primaryKey.join(', '), to.primaryKey.join(', '), 'incompatible'));
  if (from.description !== to.description) changes.push(change(name, 'description', from.description, to.description, 'none'));
  pair(from.indexes, to.indexes, {
    removed: (index) => changes.push({ path: name, kind: 'removed', what: 'index', from: index.name, to: undefined, effect: 'none' }),
    added: (index) => changes.push({ path: name, kind: 'added', what: 'index', from: undefined, to: index.name, effect: 'none' }),
    both: (a, b) => {
      if (a.columns.join() !== b.columns.join())
        changes.push(change(name, `index ${a.name}`, a.columns.join(', '), b.columns.join(', '), 'none'));
    },
  });
  pair(from.constraints, to.constraints, {
    removed: (constraint) =>
      changes.push({ path: name, kind: 'removed', what: 'constraint', from: constraint.name, to: undefined, effect: 'compatible' }),
    // Old writers may break a rule that they do not know.
    added: (constraint) =>
      changes.push({ path: name, kind: 'added', what: 'constraint', from: undefined, to: constraint.name, effect: 'read-compatible' }),
    both: (a, b) => {
      if (ruleText(a) !== ruleText(b)) changes.push(change(name, `constraint ${a.name}`, ruleText(a), ruleText(b), 'read-compatible'));
    },
  });
  return changes;
}

function diffColumns(path: string, from: SchemaColumn, to: SchemaColumn): SchemaChange[] {
  const changes: SchemaChange[] = [];
  if (typeText(from) !== typeText(to)) changes.push(change(path, 'datatype', typeText(from), typeText(to), typeEffect(from, to)));
  if (from.nullable !== to.nullable)
    changes.push(change(path, 'nullable', String(from.nullable), String(to.nullable), to.nullable ? 'incompatible' : 'read-compatible'));
  if ((from.unit ?? '') !== (to.unit ?? ''))
    changes.push(change(path, 'unit', from.unit, to.unit, from.unit === undefined ? 'none' : 'incompatible'));
  if (from.value !== to.value)
    changes.push(
      change(path, 'default', text(from.value), text(to.value), to.value === undefined && !to.nullable ? 'read-compatible' : 'compatible'),
    );
  for (const key of ['description', 'ucd', 'utype', 'xtype', 'arraysize'] as const)
    if (from[key] !== to[key]) changes.push(change(path, key, from[key], to[key], 'none'));
  return changes;
}

/** Types that hold all values of another, so that what was written can still be read. */
const WIDER: Partial<Readonly<Record<SchemaDatatype, readonly SchemaDatatype[]>>> = {
  byte: ['short', 'int', 'long', 'float', 'double'],
  short: ['int', 'long', 'float', 'double'],
  int: ['long', 'double'],
  float: ['double'],
  char: ['string', 'unicode', 'text'],
  string: ['unicode', 'text'],
  unicode: ['text'],
};

function typeEffect(from: SchemaColumn, to: SchemaColumn): ChangeEffect {
  const wider = (a: SchemaColumn, b: SchemaColumn): boolean => {
    if (a.datatype !== b.datatype && !(WIDER[a.datatype] ?? []).includes(b.datatype)) return false;
    return b.length === undefined || (a.length !== undefined && a.length <= b.length);
  };
  if (wider(from, to)) return 'compatible';
  return wider(to, from) ? 'read-compatible' : 'incompatible';
}

function typeText(column: SchemaColumn): string {
  const size = column.length ?? column.precision;
  return size === undefined ? column.datatype : `${column.datatype}(${size})`;
}

function ruleText(constraint: SchemaConstraint): string {
  if (constraint.kind === 'check') return constraint.expression;
  if (constraint.kind === 'unique') return `unique (${constraint.columns.join(', ')})`;
  return `(${constraint.columns.join(', ')}) references ${constraint.referencedTable} (${constraint.referencedColumns.join(', ')})`;
}

function change(path: string, what: string, from: string | undefined, to: string | undefined, effect: ChangeEffect): SchemaChange {
  return { path, kind: 'changed', what, from, to, effect };
}

function text(value: string | number | boolean | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function pair<T extends { readonly name: string }>(
  from: readonly T[],
  to: readonly T[],
  visit: { readonly removed: (item: T) => void; readonly added: (item: T) => void; readonly both: (a: T, b: T) => void },
): void {
  const after = new Map(to.map((item) => [item.name, item]));
  const before = new Set(from.map((item) => item.name));
  for (const item of from) {
    const other = after.get(item.name);
    if (other) visit.both(item, other);
    else visit.removed(item);
  }
  for (const item of to) if (!before.has(item.name)) visit.added(item);
}
