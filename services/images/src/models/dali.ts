import { ImageParameterError } from '../errors.ts';

/** Request parameters as DALI has them: names in any letters, values possibly repeated, empty values left out. @see DALI 1.1, section 2.4.1 */
export interface DaliParameters {
  all(name: string): readonly string[];
  /** @throws {ImageParameterError} if there are several different values. */
  find(name: string): string | undefined;
  readonly names: readonly string[];
}

/** Most values of one parameter. */
const MAX_VALUES = 1000;

export function daliParameters(pairs: Iterable<readonly [string, string]>): DaliParameters {
  const values = new Map<string, string[]>();
  for (const [name, value] of pairs) {
    if (value.trim() === '') continue;
    const list = values.get(name.toUpperCase()) ?? [];
    list.push(value);
    if (list.length > MAX_VALUES) throw parameterError(name, `may be given ${MAX_VALUES} times at most`);
    values.set(name.toUpperCase(), list);
  }
  const all = (name: string): readonly string[] => values.get(name) ?? [];
  return {
    all,
    names: [...values.keys()],
    find: (name) => {
      const found = new Set(all(name));
      if (found.size > 1) throw parameterError(name, `must be given once; found ${found.size} values`);
      return [...found][0];
    },
  };
}

/** `low high`, `value` alone (an interval without length), `-Inf` and `+Inf` for open ends. @throws {ImageParameterError} @see DALI 1.1, section 3.3.4 */
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

export function parameterError(name: string, message: string): ImageParameterError {
  return new ImageParameterError(`${name} ${message}`, { details: { parameter: name } });
}
