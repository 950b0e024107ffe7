import { didYouMean } from '@almagest/errors';
import { magnitudeOfNjy } from '@almagest/image';
import { ARCSEC, DEGREE, separationLonLat } from '@almagest/sphere';
import type { AvroNode, AvroRecordNode } from '../avro/avro-node.ts';
import type { DecodedPacket, PacketValue } from '../avro/avro-type.ts';
import { FilterLimitError, FilterSyntaxError } from '../errors.ts';
import type { Expression, Filter } from './filter-tree.ts';
import { parseFilter } from './parse-filter.ts';
import { regionHolds, type SkySets } from './sky-sets.ts';

/** A value within a filter; null is "unknown". */
type Value = number | bigint | string | boolean | null;

/** Steps that one run of a filter may still take. */
interface Budget {
  left: number;
}

interface Scope {
  readonly packet: DecodedPacket;
  /** Record of a history that is being looked at; the packet itself outside of aggregates. */
  readonly row: DecodedPacket;
  readonly budget: Budget;
}

type Evaluate = (scope: Scope) => Value;

export interface FilterOptions {
  /** Most steps for one alert; records of a history and calls count. */
  readonly maxSteps?: number;
  readonly sky?: SkySets;
}

/** A filter that can be asked. */
export interface CompiledFilter {
  readonly text: string;
  /** Paths of the packet that the filter looks at. */
  readonly paths: readonly (readonly string[])[];
  /**
   * True where the alert passes; an unknown condition does not.
   *
   * @throws {FilterLimitError} if the filter takes more steps than it may.
   */
  passes(packet: DecodedPacket): boolean;
  /** The selected columns; undefined where the filter selects none. */
  select(packet: DecodedPacket): Readonly<Record<string, Value>> | undefined;
}

const DEFAULT_STEPS = 100_000;

/**
 * Compiles a filter for packets of one schema. Filters are closures over a checked tree: they see the packet and nothing else.
 *
 * Names are fields of the packet, or, where it has none of that name, of its triggering source; within an aggregate first those
 * of the record at hand. Unknown values follow SQL: a comparison with null is unknown, and NaN is null.
 *
 * @throws {FilterSyntaxError} if the filter has a mistake.
 */
export function compileFilter(text: string, schema: AvroNode, options: FilterOptions = {}): CompiledFilter {
  if (schema.kind !== 'record') throw new FilterSyntaxError('filters look at records', { details: { position: 0 } });
  const tree: Filter = parseFilter(text);
  const compiler = new FilterCompiler(schema, options.sky ?? {});
  const where = compiler.compile(tree.where, undefined);
  const columns = tree.columns.map(({ name, value }) => ({ name, value: compiler.compile(value, undefined) }));
  const maxSteps = options.maxSteps ?? DEFAULT_STEPS;
  const scopeOf = (packet: DecodedPacket): Scope => ({ packet, row: packet, budget: { left: maxSteps } });
  const limited = <T>(work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (error !== OUT_OF_STEPS) throw error;
      throw new FilterLimitError(`the filter took more than ${maxSteps} steps for one alert`, { details: { limit: maxSteps } });
    }
  };
  return {
    text,
    paths: compiler.paths,
    passes: (packet) => limited(() => where(scopeOf(packet)) === true),
    select: (packet) => {
      if (columns.length === 0) return undefined;
      const scope = scopeOf(packet);
      return limited(() => Object.fromEntries(columns.map(({ name, value }) => [name, value(scope)])));
    },
  };
}

const OUT_OF_STEPS = Symbol('out of steps');

function spend(budget: Budget): void {
  if ((budget.left -= 1) < 0) throw OUT_OF_STEPS;
}

class FilterCompiler {
  readonly paths: (readonly string[])[] = [];
  readonly #schema: AvroRecordNode;
  readonly #sky: SkySets;

  constructor(schema: AvroRecordNode, sky: SkySets) {
    this.#schema = schema;
    this.#sky = sky;
  }

  /** @param item - Record of the history that the expression is asked for. */
  compile(tree: Expression, item: { readonly record: AvroRecordNode; readonly path: readonly string[] } | undefined): Evaluate {
    const inner = (part: Expression): Evaluate => this.compile(part, item);
    switch (tree.kind) {
      case 'literal': {
        const { value } = tree;
        return () => value;
      }
      case 'path':
        return this.#path(tree, item);
      case 'unary': {
        const operand = inner(tree.operand);
        if (tree.operator === 'not')
          return (scope) => {
            const value = operand(scope);
            return value === null ? null : !truth(value);
          };
        return (scope) => {
          const value = numeric(operand(scope));
          return value === null ? null : -value;
        };
      }
      case 'binary':
        return binary(tree.operator, inner(tree.left), inner(tree.right));
      case 'is-null': {
        const operand = inner(tree.operand);
        return (scope) => (operand(scope) === null) !== tree.negated;
      }
      case 'in': {
        const operand = inner(tree.operand);
        const items = tree.items.map(inner);
        return (scope) => {
          const value = operand(scope);
          if (value === null) return null;
          for (const candidate of items) if (same(candidate(scope), value)) return !tree.negated;
          return tree.negated;
        };
      }
      case 'call':
        return this.#call(tree, tree.args.map(inner));
      case 'aggregate':
        return this.#aggregate(tree);
    }
  }

  #path(
    tree: Extract<Expression, { kind: 'path' }>,
    item: { readonly record: AvroRecordNode; readonly path: readonly string[] } | undefined,
  ): Evaluate {
    if (item && hasPath(item.record, tree.names)) {
      this.paths.push([...item.path, ...tree.names]);
      return reader(tree.names, true);
    }
    const names = this.#absolute(tree.names, tree.at);
    this.paths.push(names);
    return reader(names, false);
  }

  #absolute(names: readonly string[], at: number): readonly string[] {
    for (const prefix of [[], ['diaSource'], ['candidate']]) if (hasPath(this.#schema, [...prefix, ...names])) return [...prefix, ...names];
    const last = names.at(-1) ?? '';
    const known = [[], ['diaSource'], ['candidate']].flatMap((prefix) => fieldNames(this.#schema, [...prefix, ...names.slice(0, -1)]));
    throw new FilterSyntaxError(`packets have no field "${names.join('.')}" (character ${at + 1})${didYouMean(last, known)}`, {
      details: { position: at },
    });
  }

  #aggregate(tree: Extract<Expression, { kind: 'aggregate' }>): Evaluate {
    const { name, at } = tree;
    const [list, ...field] = tree.path;
    const record = elementOf(this.#schema, list!);
    if (!record)
      throw new FilterSyntaxError(`"${list}" is no list of records in a packet (character ${at + 1})`, { details: { position: at } });
    if (field.length > 0 && !hasPath(record, field))
      throw new FilterSyntaxError(
        `records of "${list}" have no field "${field.join('.')}" (character ${at + 1})${didYouMean(field.join('.'), fieldNames(record, []))}`,
        {
          details: { position: at },
        },
      );
    const needsField = name !== 'count' && name !== 'any' && name !== 'all';
    if (needsField && field.length === 0)
      throw new FilterSyntaxError(`${name} needs a field, as in ${name}(${list}.psfFlux) (character ${at + 1})`, {
        details: { position: at },
      });
    this.paths.push([list!, ...(field.length > 0 ? field : [record.fields[0]?.name ?? ''])]);
    const where = tree.where && this.compile(tree.where, { record, path: [list!] });
    const value = field.length > 0 ? reader(field, true) : undefined;
    const collect = AGGREGATE_FUNCTIONS[name]!;
    return ({ packet, budget }) => {
      const rows = packet[list!] as readonly DecodedPacket[] | null;
      const found: Value[] = [];
      let total = 0;
      for (const row of rows ?? []) {
        spend(budget);
        total += 1;
        const scope = { packet, row, budget };
        if (where && where(scope) !== true) continue;
        const item = value ? value(scope) : true;
        if (item !== null) found.push(item);
      }
      return collect(found, total);
    };
  }

  #call(tree: Extract<Expression, { kind: 'call' }>, args: readonly Evaluate[]): Evaluate {
    const { name, at } = tree;
    const wrong = (what: string): FilterSyntaxError =>
      new FilterSyntaxError(`${what} (character ${at + 1})`, { details: { position: at } });
    const need = (count: number): void => {
      if (args.length !== count) throw wrong(`${name} takes ${count} values; found ${args.length}`);
    };
    const literal = (): string => {
      const [first] = tree.args;
      if (first?.kind !== 'literal' || typeof first.value !== 'string') throw wrong(`${name} takes the name of a set, in quotes`);
      return first.value;
    };
    const sourceRa = (): Evaluate => this.#path({ kind: 'path', names: ['ra'], at }, undefined);
    const sourceDec = (): Evaluate => this.#path({ kind: 'path', names: ['dec'], at }, undefined);
    switch (name) {
      case 'watchlist':
      case 'region': {
        need(1);
        const set = name === 'watchlist' ? this.#sky.watchlists?.get(literal()) : this.#sky.regions?.get(literal());
        if (!set) throw wrong(`there is no ${name} "${literal()}"`);
        const [ra, dec] = [sourceRa(), sourceDec()];
        return (scope) => {
          spend(scope.budget);
          const [a, d] = [Number(ra(scope)), Number(dec(scope))];
          return 'find' in set ? set.find(a, d) !== undefined : regionHolds(set, a, d);
        };
      }
      case 'cone': {
        need(3);
        const [ra, dec] = [sourceRa(), sourceDec()];
        return (scope) => {
          const values = [ra, dec, ...args].map((arg) => numeric(arg(scope)));
          if (values.includes(null)) return null;
          const [a, d, a0, d0, radius] = values as number[];
          return separationArcsec(a!, d!, a0!, d0!) <= radius! * 3600;
        };
      }
      case 'separation': {
        need(4);
        return (scope) => {
          const values = args.map((arg) => numeric(arg(scope)));
          return values.includes(null) ? null : separationArcsec(...(values as [number, number, number, number]));
        };
      }
      case 'coalesce':
        return (scope) => {
          for (const arg of args) {
            const value = arg(scope);
            if (value !== null) return value;
          }
          return null;
        };
      default: {
        const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
        if (!known) throw wrong(`there is no function "${name}"`);
        need(known.length);
        return (scope) => {
          spend(scope.budget);
          const values: number[] = [];
          for (const arg of args) {
            const value = numeric(arg(scope));
            if (value === null) return null;
            values.push(value);
          }
          const result = known(...values);
          return Number.isNaN(result) ? null : result;
        };
      }
    }
  }
}

const FUNCTIONS: Readonly<Record<string, (...values: number[]) => number>> = {
  abs: (x: number) => Math.abs(x),
  sqrt: (x: number) => Math.sqrt(x),
  ln: (x: number) => Math.log(x),
  log10: (x: number) => Math.log10(x),
  exp: (x: number) => Math.exp(x),
  floor: (x: number) => Math.floor(x),
  ceil: (x: number) => Math.ceil(x),
  power: (x: number, y: number) => x ** y,
  least: (x: number, y: number) => Math.min(x, y),
  greatest: (x: number, y: number) => Math.max(x, y),
  /** AB magnitude of a flux in nanojansky. */
  mag: magnitudeOfNjy,
};

const AGGREGATE_FUNCTIONS: Readonly<Record<string, (values: readonly Value[], total: number) => Value>> = {
  count: (values) => values.length,
  any: (values) => values.length > 0,
  all: (values, total) => values.length === total,
  first: (values) => values[0] ?? null,
  last: (values) => values.at(-1) ?? null,
  min: (values) => values.reduce<Value>((least, value) => (least === null || less(value, least) ? value : least), null),
  max: (values) => values.reduce<Value>((most, value) => (most === null || less(most, value) ? value : most), null),
  sum: (values) => values.reduce<number>((sum, value) => sum + Number(value), 0),
  mean: (values) => (values.length === 0 ? null : values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length),
  stddev: (values) => {
    if (values.length < 2) return null;
    const mean = values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
    return Math.sqrt(values.reduce<number>((sum, value) => sum + (Number(value) - mean) ** 2, 0) / (values.length - 1));
  },
};

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  switch (operator) {
    case 'and':
      return (scope) => {
        const a = left(scope);
        if (a !== null && !truth(a)) return false;
        const b = right(scope);
        if (b !== null && !truth(b)) return false;
        return a === null || b === null ? null : true;
      };
    case 'or':
      return (scope) => {
        const a = left(scope);
        if (a !== null && truth(a)) return true;
        const b = right(scope);
        if (b !== null && truth(b)) return true;
        return a === null || b === null ? null : false;
      };
    case '=':
      return compared(left, right, same);
    case '!=':
      return compared(left, right, (a, b) => !same(a, b));
    case '<':
      return compared(left, right, less);
    case '<=':
      return compared(left, right, (a, b) => !less(b, a) && comparable(a, b));
    case '>':
      return compared(left, right, (a, b) => less(b, a));
    case '>=':
      return compared(left, right, (a, b) => !less(a, b) && comparable(a, b));
    default:
      return (scope) => {
        const a = numeric(left(scope));
        const b = numeric(right(scope));
        if (a === null || b === null) return null;
        const result = operator === '+' ? a + b : operator === '-' ? a - b : operator === '*' ? a * b : a / b;
        return Number.isNaN(result) ? null : result;
      };
  }
}

function compared(left: Evaluate, right: Evaluate, test: (a: Value, b: Value) => boolean): Evaluate {
  return (scope) => {
    const a = left(scope);
    if (a === null) return null;
    const b = right(scope);
    return b === null ? null : test(a, b);
  };
}

function comparable(a: Value, b: Value): boolean {
  return (typeof a === 'string') === (typeof b === 'string');
}

function less(a: Value, b: Value): boolean {
  return comparable(a, b) && (a as number) < (b as number);
}

function same(a: Value, b: Value): boolean {
  if (typeof a === typeof b) return a === b;
  return comparable(a, b) && Number(a) === Number(b);
}

function truth(value: Value): boolean {
  return value === true || (typeof value === 'number' && value !== 0);
}

function numeric(value: Value): number | null {
  if (value === null || typeof value === 'string') return null;
  return Number(value);
}

function separationArcsec(ra: number, dec: number, ra0: number, dec0: number): number {
  return separationLonLat({ lon: ra * DEGREE, lat: dec * DEGREE }, { lon: ra0 * DEGREE, lat: dec0 * DEGREE }) / ARCSEC;
}

function reader(names: readonly string[], fromRow: boolean): Evaluate {
  const [first, second] = names;
  if (names.length <= 2)
    return (scope) => {
      const value = (fromRow ? scope.row : scope.packet)[first!];
      if (second === undefined) return plain(value);
      return value === null || value === undefined ? null : plain((value as DecodedPacket)[second]);
    };
  return (scope) => {
    let value: PacketValue | undefined = fromRow ? scope.row : scope.packet;
    for (const name of names) {
      if (value === null || value === undefined) return null;
      value = (value as DecodedPacket)[name];
    }
    return plain(value);
  };
}

function plain(value: PacketValue | undefined): Value {
  if (value === undefined || value === null || typeof value === 'object') return value === undefined || value === null ? null : true;
  return typeof value === 'number' && Number.isNaN(value) ? null : value;
}

function recordOf(node: AvroNode): AvroRecordNode | undefined {
  if (node.kind === 'record') return node;
  return node.kind === 'union' ? node.branches.map(recordOf).find((record) => record !== undefined) : undefined;
}

function hasPath(record: AvroRecordNode, names: readonly string[]): boolean {
  const field = record.fields.find((candidate) => candidate.name === names[0]);
  if (!field) return false;
  if (names.length === 1) return true;
  const inner = recordOf(field.type);
  return inner !== undefined && hasPath(inner, names.slice(1));
}

/** Fields of the record that a path leads to; none where it leads to no record. */
function fieldNames(record: AvroRecordNode, path: readonly string[]): readonly string[] {
  const [first, ...rest] = path;
  if (first === undefined) return record.fields.map(({ name }) => name);
  const field = record.fields.find((candidate) => candidate.name === first);
  const inner = field && recordOf(field.type);
  return inner ? fieldNames(inner, rest) : [];
}

function elementOf(record: AvroRecordNode, name: string): AvroRecordNode | undefined {
  const field = record.fields.find((candidate) => candidate.name === name);
  const branches = field?.type.kind === 'union' ? field.type.branches : field ? [field.type] : [];
  for (const branch of branches) if (branch.kind === 'array') return recordOf(branch.items);
  return undefined;
}
