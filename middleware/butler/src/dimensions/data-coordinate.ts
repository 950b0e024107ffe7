import { DataIdError } from '../errors.ts';
import type { DimensionGroup } from './dimension-group.ts';
import type { DimensionRecord } from './dimension-record.ts';

/** Value of one dimension: text for names, a safe integer for ids. */
export type DataIdValue = string | number;

/** What a caller writes: dimension names (or `detector.full_name`, `exposure.obs_id`, `day_obs` + `seq_num`) with values. */
export type DataId = Readonly<Record<string, DataIdValue>>;

/**
 * A data ID with a known shape, in one of three states: required values only, full (implied values too), or expanded (records too).
 */
export class DataCoordinate {
  readonly dimensions: DimensionGroup;
  readonly #values: ReadonlyMap<string, DataIdValue>;
  /** Records by element name; undefined unless expanded. */
  readonly records: ReadonlyMap<string, DimensionRecord> | undefined;

  private constructor(
    dimensions: DimensionGroup,
    values: ReadonlyMap<string, DataIdValue>,
    records: ReadonlyMap<string, DimensionRecord> | undefined,
  ) {
    this.dimensions = dimensions;
    this.#values = values;
    this.records = records;
  }

  /**
   * Takes the values of the group's dimensions out of `values`; implied values are kept only if all are there.
   *
   * @throws {DataIdError} if a required value is missing or of the wrong type.
   */
  static of(dimensions: DimensionGroup, values: DataId | DataCoordinate, records?: ReadonlyMap<string, DimensionRecord>): DataCoordinate {
    const get = (name: string): DataIdValue | undefined =>
      values instanceof DataCoordinate ? values.find(name) : Object.hasOwn(values, name) ? values[name] : undefined;
    const kept = new Map<string, DataIdValue>();
    for (const name of dimensions.required) {
      const value = get(name);
      if (value === undefined || value === null)
        throw new DataIdError(`data ID lacks ${name}: expected ${dimensions.required.join(', ') || 'nothing'}, found ${describe(values)}`, {
          details: { missing: name },
        });
      kept.set(name, checkValue(dimensions, name, value));
    }
    if (dimensions.implied.every((name) => get(name) !== undefined && get(name) !== null))
      for (const name of dimensions.implied) kept.set(name, checkValue(dimensions, name, get(name)!));
    return new DataCoordinate(dimensions, kept, records);
  }

  /** Makes a coordinate from values in the order of `required`, or of `required` then `implied`, without checks. */
  static fromOrdered(
    dimensions: DimensionGroup,
    values: readonly DataIdValue[],
    records?: ReadonlyMap<string, DimensionRecord>,
  ): DataCoordinate {
    const kept = new Map<string, DataIdValue>();
    const names = values.length > dimensions.required.length ? [...dimensions.required, ...dimensions.implied] : dimensions.required;
    for (let i = 0; i < names.length; i += 1) kept.set(names[i]!, values[i]!);
    return new DataCoordinate(dimensions, kept, records);
  }

  /** True if implied values are known. */
  get isFull(): boolean {
    return this.#values.size === this.dimensions.names.length;
  }

  /** True if records are attached. */
  get isExpanded(): boolean {
    return this.records !== undefined;
  }

  find(name: string): DataIdValue | undefined {
    return this.#values.get(name);
  }

  /** @throws {DataIdError} if the value is not known. */
  get(name: string): DataIdValue {
    const value = this.#values.get(name);
    if (value === undefined) throw new DataIdError(`data ID ${this.toString()} has no value for ${name}`, { details: { name } });
    return value;
  }

  /** Values of the required dimensions in order: what identifies. */
  get requiredValues(): readonly DataIdValue[] {
    return this.dimensions.required.map((name) => this.#values.get(name)!);
  }

  /** Text that is equal for equal data IDs of one group. */
  get key(): string {
    return JSON.stringify(this.requiredValues);
  }

  /** The part that belongs to fewer dimensions; records are cut too. */
  subset(dimensions: DimensionGroup): DataCoordinate {
    const records = this.records && new Map([...this.records].filter(([name]) => dimensions.elements.includes(name)));
    return DataCoordinate.of(dimensions, this, records);
  }

  withRecords(records: ReadonlyMap<string, DimensionRecord>): DataCoordinate {
    return new DataCoordinate(this.dimensions, this.#values, records);
  }

  /** All known values in universe order. */
  toJSON(): DataId {
    return Object.fromEntries(
      this.dimensions.names.filter((name) => this.#values.has(name)).map((name) => [name, this.#values.get(name)!]),
    );
  }

  toString(): string {
    return describe(this);
  }
}

function describe(values: DataId | DataCoordinate): string {
  const plain = values instanceof DataCoordinate ? values.toJSON() : values;
  return `{${Object.entries(plain)
    .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
    .join(', ')}}`;
}

function checkValue(dimensions: DimensionGroup, name: string, value: DataIdValue): DataIdValue {
  const column = dimensions.universe.get(name).primaryKey;
  if (column?.type === 'int') {
    const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value;
    if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
    throw new DataIdError(`${name} must be an integer below 2^53; found ${JSON.stringify(value)}`, { details: { name, value } });
  }
  if (typeof value === 'string' && value !== '') return value;
  if (typeof value === 'number') return String(value);
  throw new DataIdError(`${name} must be a non-empty text; found ${JSON.stringify(value)}`, { details: { name, value } });
}
