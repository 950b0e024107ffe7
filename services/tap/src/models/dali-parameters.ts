import { TapParameterError } from '../errors.ts';

/** Request parameters as DALI has them: names in any letters, values possibly repeated. @see DALI 1.1, section 2.4.1 */
export class DaliParameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(pairs: Iterable<readonly [string, string]>) {
    const values = new Map<string, string[]>();
    for (const [name, value] of pairs) {
      const key = name.toUpperCase();
      values.set(key, [...(values.get(key) ?? []), value]);
    }
    this.#values = values;
  }

  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /** The one value of a parameter. @throws {TapParameterError} if it is repeated with different values. */
  find(name: string): string | undefined {
    const values = this.all(name).filter((value) => value !== '');
    if (new Set(values).size > 1)
      throw new TapParameterError(`${name} must be given once; found ${values.length} values`, { details: { parameter: name } });
    return values[0];
  }

  get(name: string): string {
    const value = this.find(name);
    if (value === undefined) throw new TapParameterError(`${name} is missing`, { details: { parameter: name } });
    return value;
  }

  /** A whole number of at least 0. */
  findCount(name: string): number | undefined {
    const text = this.find(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value))
      throw new TapParameterError(`${name} must be a whole number; found ${JSON.stringify(text.slice(0, 40))}`, {
        details: { parameter: name },
      });
    return value;
  }

  entries(): [string, string][] {
    return [...this.#values].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  }
}
