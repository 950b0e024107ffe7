import { DaliParameterError } from './errors.ts';

/** Most values of one parameter that a request may give. */
const MAX_VALUES = 1000;

/** Request parameters as DALI has them: names in any letters, values possibly repeated, an empty one as none. @see DALI 1.1, section 2.4.1 */
export class DaliParameters {
  readonly #values: ReadonlyMap<string, readonly string[]>;

  /** @throws {DaliParameterError} if a parameter is given more than a thousand times. */
  constructor(pairs: Iterable<readonly [string, string]>) {
    const values = new Map<string, string[]>();
    for (const [name, value] of pairs) {
      const key = name.toUpperCase();
      const list = values.get(key) ?? [];
      list.push(value);
      if (list.length > MAX_VALUES) throw parameterError(name, `may be given ${MAX_VALUES} times at most`);
      values.set(key, list);
    }
    this.#values = values;
  }

  /** Names that have a value, in capitals. */
  get names(): string[] {
    return [...this.#values.keys()].filter((name) => this.all(name).length > 0);
  }

  all(name: string): readonly string[] {
    return (this.#values.get(name) ?? []).filter((value) => value.trim() !== '');
  }

  /** The one value of a parameter. @throws {DaliParameterError} if it is repeated with different values. */
  find(name: string): string | undefined {
    const values = new Set(this.all(name));
    if (values.size > 1) throw parameterError(name, `must be given once; found ${values.size} values`);
    return [...values][0];
  }

  /** @throws {DaliParameterError} if it is missing, or repeated with different values. */
  get(name: string): string {
    const value = this.find(name);
    if (value === undefined) throw parameterError(name, 'is missing');
    return value;
  }

  /** A whole number of at least 0. */
  findCount(name: string): number | undefined {
    const text = this.find(name);
    if (text === undefined) return undefined;
    const value = Number(text);
    if (!/^\d+$/.test(text.trim()) || !Number.isSafeInteger(value))
      throw parameterError(name, `must be a whole number; found ${JSON.stringify(text.slice(0, 40))}`);
    return value;
  }

  /** All that was given, empty values too. */
  entries(): [string, string][] {
    return [...this.#values].flatMap(([name, values]) => values.map((value): [string, string] => [name, value]));
  }
}

/** `low high`, `value` alone (an interval without length), `-Inf` and `+Inf` for open ends. @throws {DaliParameterError} @see DALI 1.1, section 3.3.4 */
export function parseInterval(text: string, name: string): readonly [number, number] {
  const bounds = text.trim().split(/\s+/).map(boundOf);
  const [low, high = low] = bounds;
  if (bounds.length > 2 || low === undefined || high === undefined || !(low <= high))
    throw parameterError(
      name,
      `must be one number or two in order, -Inf and +Inf for open ends; found ${JSON.stringify(text.slice(0, 60))}`,
    );
  return [low, high];
}

function boundOf(word: string): number {
  if (/^[+-]?Inf(inity)?$/i.test(word)) return word.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(word) ? Number(word) : Number.NaN;
}

/** What is wrong with a parameter, said after its name. */
export function parameterError(name: string, message: string): DaliParameterError {
  return new DaliParameterError(`${name} ${message}`, { details: { parameter: name } });
}
