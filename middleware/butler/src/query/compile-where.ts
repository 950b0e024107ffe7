import { type RawBuilder, sql } from 'kysely';
import { canonicalUuid, isUuid } from '../datasets/dataset-id.ts';
import { isTimespan, STORED_MAX, STORED_MIN, storeTimespan } from '../dimensions/timespan.ts';
import { ExpressionMeaningError } from '../errors.ts';
import { encodeUuid } from '../sql/codec.ts';
import type { SqlValue } from '../sql/database.ts';
import type { DialectName } from '../sql/ddl.ts';
import { parseRegionCall, type RegionLiteral } from './region-literal.ts';
import { type QueryColumn, resolveName, type Scope } from './scope.ts';
import type { Expression } from './where-tree.ts';

/** Values for `:name`. Arrays stand for several values inside IN. */
export type BindValue =
  | SqlValue
  | Date
  | { readonly begin: bigint | undefined; readonly end: bigint | undefined }
  | readonly (string | number)[];
export type Binds = Readonly<Record<string, BindValue>>;

/** How the columns of a planned query are written. */
export interface ColumnPrinter {
  readonly dialect: DialectName;
  column(column: QueryColumn): RawBuilder<unknown>;
  /** Begin and end of a span column. */
  span(column: QueryColumn): readonly [RawBuilder<unknown>, RawBuilder<unknown>];
  /** Rows of `element` whose region may overlap the literal. */
  mayOverlap(element: string, region: RegionLiteral): RawBuilder<unknown>;
  /** Rows of the two elements whose regions may overlap. */
  mayOverlapEach(a: string, b: string): RawBuilder<unknown>;
}

/** An overlap that SQL decides too generously; rows are checked again with exact geometry. */
export type RegionTest =
  | { readonly element: string; readonly region: RegionLiteral }
  | { readonly element: string; readonly other: string };

export interface CompiledWhere {
  readonly sql: RawBuilder<unknown>;
  readonly regionTests: readonly RegionTest[];
}

type ValueType = 'int' | 'float' | 'string' | 'bool' | 'time' | 'timespan' | 'region' | 'uuid' | 'hash' | 'null';
interface Value {
  readonly type: ValueType;
  readonly sql: RawBuilder<unknown>;
  /** For spans. */
  readonly ends?: readonly [RawBuilder<unknown>, RawBuilder<unknown>];
  readonly region?: RegionLiteral | { readonly element: string };
  /** For text constants, so that they can become ids. */
  readonly text?: string;
}

/** Turns a parsed expression into SQL over planned columns. @throws {ExpressionMeaningError} with the position of the part that means nothing. */
export function compileWhere(
  expression: Expression,
  context: { readonly source: string; readonly scope: Scope; readonly binds: Binds; readonly printer: ColumnPrinter },
): CompiledWhere {
  const compiler = new WhereCompiler(context.source, context.scope, context.binds, context.printer);
  const compiled = compiler.predicate(expression, true);
  return { sql: compiled, regionTests: compiler.regionTests };
}

/** Names in an expression that are not bound, with where they stand. */
export function namesIn(expression: Expression, binds: Binds): readonly { readonly name: string; readonly at: number }[] {
  switch (expression.kind) {
    case 'identifier':
      return expression.name in binds || /^(true|false)$/i.test(expression.name) ? [] : [{ name: expression.name, at: expression.at }];
    case 'binary':
      return [...namesIn(expression.left, binds), ...namesIn(expression.right, binds)];
    case 'unary':
      return namesIn(expression.operand, binds);
    case 'parens':
      return namesIn(expression.inner, binds);
    case 'tuple':
      return expression.items.flatMap((item) => namesIn(item, binds));
    case 'in':
      return [expression.operand, ...expression.items].flatMap((item) => namesIn(item, binds));
    case 'call':
      return expression.name === 'REGION' ? [] : expression.arguments.flatMap((item) => namesIn(item, binds));
    default:
      return [];
  }
}

const NUMBERS: ReadonlySet<ValueType> = new Set(['int', 'float']);

class WhereCompiler {
  readonly regionTests: RegionTest[] = [];
  readonly #source: string;
  readonly #scope: Scope;
  readonly #binds: Binds;
  readonly #printer: ColumnPrinter;

  constructor(source: string, scope: Scope, binds: Binds, printer: ColumnPrinter) {
    this.#source = source;
    this.#scope = scope;
    this.#binds = binds;
    this.#printer = printer;
  }

  /** @param conjunct - Whether the row is kept only if this holds, which exact region tests need. */
  predicate(expression: Expression, conjunct: boolean): RawBuilder<unknown> {
    switch (expression.kind) {
      case 'parens':
        return sql`(${this.predicate(expression.inner, conjunct)})`;
      case 'unary':
        if (expression.operator === 'NOT') return sql`NOT (${this.predicate(expression.operand, false)})`;
        break;
      case 'binary':
        if (expression.operator === 'AND')
          return sql`(${this.predicate(expression.left, conjunct)} AND ${this.predicate(expression.right, conjunct)})`;
        if (expression.operator === 'OR')
          return sql`(${this.predicate(expression.left, false)} OR ${this.predicate(expression.right, false)})`;
        if (expression.operator === 'OVERLAPS') return this.#overlaps(expression, conjunct);
        if (['=', '!=', '<', '<=', '>', '>='].includes(expression.operator)) return this.#comparison(expression);
        break;
      case 'in':
        return this.#in(expression);
      case 'call':
        if (expression.name === 'GLOB') return this.#glob(expression);
        break;
      default:
        break;
    }
    const value = this.#value(expression);
    if (value.type !== 'bool') this.#fail(expression, `expected a condition, found a ${value.type}`);
    return this.#printer.dialect === 'sqlite' ? sql`(${value.sql} <> 0)` : value.sql;
  }

  #comparison(expression: Expression & { kind: 'binary' }): RawBuilder<unknown> {
    const { operator } = expression;
    let left = this.#value(expression.left);
    let right = this.#value(expression.right);
    if (left.type === 'null' || right.type === 'null') {
      if (operator !== '=' && operator !== '!=') this.#fail(expression, 'NULL is compared with = or != only');
      const other = left.type === 'null' ? right : left;
      return sql`(${other.ends?.[0] ?? other.sql} IS ${operator === '=' ? sql`` : sql`NOT `}NULL)`;
    }
    if (left.type === 'timespan' || right.type === 'timespan') return this.#compareSpans(expression, left, right);
    left = this.#asId(left, right.type);
    right = this.#asId(right, left.type);
    const comparable = left.type === right.type || (NUMBERS.has(left.type) && NUMBERS.has(right.type));
    if (!comparable) this.#fail(expression, `a ${left.type} cannot be compared with a ${right.type}`);
    if ((left.type === 'bool' || left.type === 'uuid') && operator !== '=' && operator !== '!=')
      this.#fail(expression, `a ${left.type} is compared with = or != only`);
    return sql`(${left.sql} ${sql.raw(operator === '!=' ? '<>' : operator)} ${right.sql})`;
  }

  /** Spans are before or after each other; a moment counts as its own span. */
  #compareSpans(expression: Expression & { kind: 'binary' }, left: Value, right: Value): RawBuilder<unknown> {
    const [a, b] = [this.#spanOf(expression.left, left), this.#spanOf(expression.right, right)];
    if (expression.operator === '<') return sql`(${a[1]} <= ${b[0]})`;
    if (expression.operator === '>') return sql`(${a[0]} >= ${b[1]})`;
    if (expression.operator === '=' && left.type === right.type) return sql`(${a[0]} = ${b[0]} AND ${a[1]} = ${b[1]})`;
    if (expression.operator === '!=' && left.type === right.type) return sql`(${a[0]} <> ${b[0]} OR ${a[1]} <> ${b[1]})`;
    return this.#fail(expression, `timespans are compared with <, >, = and OVERLAPS; found ${expression.operator}`);
  }

  #spanOf(expression: Expression, value: Value): readonly [RawBuilder<unknown>, RawBuilder<unknown>] {
    if (value.type === 'timespan') return value.ends!;
    if (value.type === 'time') return [value.sql, sql`(${value.sql} + 1)`];
    return this.#fail(expression, `expected a time or timespan, found a ${value.type}`);
  }

  #overlaps(expression: Expression & { kind: 'binary' }, conjunct: boolean): RawBuilder<unknown> {
    const left = this.#value(expression.left);
    const right = this.#value(expression.right);
    if (left.type !== 'region' && right.type !== 'region') {
      const [a, b] = [this.#spanOf(expression.left, left), this.#spanOf(expression.right, right)];
      return sql`(${a[0]} < ${b[1]} AND ${b[0]} < ${a[1]})`;
    }
    if (left.type !== 'region' || right.type !== 'region') this.#fail(expression, `a ${left.type} cannot overlap a ${right.type}`);
    if (!conjunct) this.#fail(expression, 'an overlap of regions may stand beside AND only, not inside NOT or OR');
    const [a, b] = [left.region!, right.region!];
    if ('element' in a && 'element' in b) {
      this.regionTests.push({ element: a.element, other: b.element });
      return this.#printer.mayOverlapEach(a.element, b.element);
    }
    if (!('element' in a) && !('element' in b)) return this.#fail(expression, 'one side of OVERLAPS must be the region of a dimension');
    const element = 'element' in a ? a.element : (b as { element: string }).element;
    const region = ('element' in a ? b : a) as RegionLiteral;
    this.regionTests.push({ element, region });
    return this.#printer.mayOverlap(element, region);
  }

  #in(expression: Expression & { kind: 'in' }): RawBuilder<unknown> {
    const operand = this.#value(expression.operand);
    const tests: RawBuilder<unknown>[] = [];
    const plain: RawBuilder<unknown>[] = [];
    for (const item of expression.items) {
      if (item.kind === 'range') {
        if (operand.type !== 'int') this.#fail(item, `a range contains integers, not a ${operand.type}`);
        const step = item.step === 1 ? sql`` : sql` AND (${operand.sql} - ${item.start}) % ${item.step} = 0`;
        tests.push(sql`(${operand.sql} BETWEEN ${item.start} AND ${item.stop}${step})`);
        continue;
      }
      for (const value of this.#itemValues(item)) {
        if (value.type === 'timespan') {
          const [begin, end] = this.#spanOf(expression.operand, operand);
          tests.push(sql`(${begin} >= ${value.ends![0]} AND ${end} <= ${value.ends![1]})`);
          continue;
        }
        const member = this.#asId(value, operand.type);
        if (member.type !== operand.type && !(NUMBERS.has(member.type) && NUMBERS.has(operand.type)))
          this.#fail(item, `a ${operand.type} cannot be in a list with a ${member.type}`);
        plain.push(member.sql);
      }
    }
    if (plain.length > 0) tests.push(sql`(${operand.sql} IN (${sql.join(plain)}))`);
    const any = tests.length > 0 ? sql`(${sql.join(tests, sql` OR `)})` : sql`(1 = 0)`;
    return expression.negated ? sql`NOT ${any}` : any;
  }

  #itemValues(item: Expression): readonly Value[] {
    const name = item.kind === 'bind' || item.kind === 'identifier' ? item.name : undefined;
    const bound = name === undefined ? undefined : this.#binds[name];
    if (Array.isArray(bound)) return (bound as readonly (string | number)[]).map((value) => this.#constant(item, value));
    return [this.#value(item)];
  }

  #glob(expression: Expression & { kind: 'call' }): RawBuilder<unknown> {
    const [subject, pattern] = expression.arguments as [Expression, Expression];
    const value = this.#value(subject);
    const glob = this.#value(pattern);
    if (value.type !== 'string') this.#fail(subject, `GLOB matches texts, not a ${value.type}`);
    if (glob.text === undefined) this.#fail(pattern, 'GLOB needs a constant pattern');
    if (this.#printer.dialect === 'sqlite') return sql`(${value.sql} GLOB ${glob.text.replaceAll('[', '[[]')})`;
    const like = glob.text
      .replaceAll(/[\\%_]/g, '\\$&')
      .replaceAll('*', '%')
      .replaceAll('?', '_');
    return sql`(${value.sql} LIKE ${like} ESCAPE '\\')`;
  }

  #value(expression: Expression): Value {
    switch (expression.kind) {
      case 'number':
        return /^-?\d+$/.test(expression.text)
          ? this.#number('int', integer(expression.text))
          : this.#number('float', Number(expression.text));
      case 'string':
        return { type: 'string', sql: sql`${expression.value}`, text: expression.value };
      case 'time':
        return this.#number('time', expression.taiNs);
      case 'null':
        return { type: 'null', sql: sql`NULL` };
      case 'parens':
        return this.#value(expression.inner);
      case 'tuple':
        return this.#tuple(expression);
      case 'bind':
        if (!(expression.name in this.#binds)) this.#fail(expression, `no value is bound to :${expression.name}`);
        return this.#constant(expression, this.#binds[expression.name]!);
      case 'identifier':
        return this.#identifier(expression);
      case 'call':
        return this.#call(expression);
      case 'unary':
        return this.#sign(expression);
      case 'binary':
        return this.#arithmetic(expression);
      default:
        return this.#fail(expression, 'a condition cannot be used as a value');
    }
  }

  #identifier(expression: Expression & { kind: 'identifier' }): Value {
    if (/^(true|false)$/i.test(expression.name)) return this.#constant(expression, /^true$/i.test(expression.name));
    const column = resolveName(this.#scope, expression.name);
    if (typeof column === 'string') {
      if (expression.name in this.#binds) return this.#constant(expression, this.#binds[expression.name]!);
      this.#fail(expression, column);
    }
    if (column.type === 'timespan' && column.end === undefined)
      return { type: 'timespan', sql: sql`NULL`, ends: this.#printer.span(column) };
    if (column.type === 'timespan') return { type: 'time', sql: this.#printer.span(column)[column.end === 'begin' ? 0 : 1] };
    if (column.type === 'region') return { type: 'region', sql: sql`NULL`, region: { element: (column as { element: string }).element } };
    return { type: column.type, sql: this.#printer.column(column) };
  }

  #call(expression: Expression & { kind: 'call' }): Value {
    if (expression.name === 'UUID') {
      const text = this.#value(expression.arguments[0]!).text;
      if (text === undefined || !isUuid(text)) this.#fail(expression, 'UUID needs the text of a UUID');
      return { type: 'uuid', sql: sql`${encodeUuid(this.#printer.dialect, canonicalUuid(text))}` };
    }
    const constants = expression.arguments.map((argument) => this.#literal(argument));
    const region = parseRegionCall(expression.name, constants);
    if (region === undefined) return this.#fail(expression, `no function is called ${expression.name}`);
    if (typeof region === 'string') return this.#fail(expression, region);
    return { type: 'region', sql: sql`NULL`, region };
  }

  /** Number or text that is known before the query runs. */
  #literal(expression: Expression): number | string | Uint8Array {
    if (expression.kind === 'number') return Number(expression.text);
    if (expression.kind === 'string') return expression.value;
    if (expression.kind === 'parens') return this.#literal(expression.inner);
    if (expression.kind === 'unary' && expression.operator !== 'NOT') {
      const value = this.#literal(expression.operand);
      if (typeof value === 'number') return expression.operator === '-' ? -value : value;
    }
    const bound = expression.kind === 'bind' || expression.kind === 'identifier' ? this.#binds[expression.name] : undefined;
    if (typeof bound === 'number' || typeof bound === 'string' || bound instanceof Uint8Array) return bound;
    return this.#fail(expression, 'a region is made of constants and bound values');
  }

  #tuple(expression: Expression & { kind: 'tuple' }): Value {
    const ends = expression.items.map((item, i) => {
      const value = this.#value(item);
      if (value.type === 'null') return this.#number('time', i === 0 ? STORED_MIN : STORED_MAX).sql;
      if (value.type !== 'time') this.#fail(item, `a timespan is written with two times or NULL; found a ${value.type}`);
      return value.sql;
    });
    return { type: 'timespan', sql: sql`NULL`, ends: [ends[0]!, ends[1]!] };
  }

  #sign(expression: Expression & { kind: 'unary' }): Value {
    const value = this.#value(expression.operand);
    if (expression.operator === 'NOT' || !NUMBERS.has(value.type))
      this.#fail(expression, `a sign stands before a number, not before a ${value.type}`);
    return { type: value.type, sql: expression.operator === '-' ? sql`(-${value.sql})` : value.sql };
  }

  #arithmetic(expression: Expression & { kind: 'binary' }): Value {
    if (!['+', '-', '*', '/', '%'].includes(expression.operator)) return this.#fail(expression, 'a condition cannot be used as a value');
    const left = this.#value(expression.left);
    const right = this.#value(expression.right);
    if (!NUMBERS.has(left.type) || !NUMBERS.has(right.type))
      this.#fail(expression, `${expression.operator} works on numbers; found a ${left.type} and a ${right.type}`);
    const type = left.type === 'int' && right.type === 'int' ? 'int' : 'float';
    return { type, sql: sql`(${left.sql} ${sql.raw(expression.operator)} ${right.sql})` };
  }

  #constant(expression: Expression, value: BindValue): Value {
    if (value === null) return { type: 'null', sql: sql`NULL` };
    if (typeof value === 'string') return { type: 'string', sql: sql`${value}`, text: value };
    if (typeof value === 'bigint') return this.#number('time', value);
    if (typeof value === 'number') return this.#number(Number.isInteger(value) ? 'int' : 'float', value);
    if (typeof value === 'boolean')
      return { type: 'bool', sql: this.#printer.dialect === 'sqlite' ? sql`${value ? 1 : 0}` : sql`${value}` };
    if (value instanceof Uint8Array) return { type: 'region', sql: sql`NULL`, region: { bytes: value } };
    if (isTimespan(value)) {
      const stored = storeTimespan(value);
      return { type: 'timespan', sql: sql`NULL`, ends: [this.#number('time', stored.begin).sql, this.#number('time', stored.end).sql] };
    }
    return this.#fail(expression, 'a list of values belongs inside IN (...)');
  }

  /** PostgreSQL has to be told what kind of number a parameter is. */
  #number(type: 'int' | 'float' | 'time', value: number | bigint): Value {
    if (this.#printer.dialect === 'sqlite') return { type, sql: sql`${value}` };
    return { type, sql: sql`${value}${sql.raw(type === 'float' ? '::float8' : '::bigint')}` };
  }

  /** Text that stands against a dataset id. */
  #asId(value: Value, other: ValueType): Value {
    if (other !== 'uuid' || value.text === undefined || !isUuid(value.text)) return value;
    return { type: 'uuid', sql: sql`${encodeUuid(this.#printer.dialect, canonicalUuid(value.text))}` };
  }

  #fail(expression: Expression, problem: string): never {
    throw new ExpressionMeaningError(`${problem} (character ${expression.at + 1} of ${JSON.stringify(this.#source)})`, {
      details: { expression: this.#source, position: expression.at },
    });
  }
}

/** Integers beyond 2^53 keep all digits. */
function integer(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}
