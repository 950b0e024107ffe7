/** What a line of a benchmark says against its target. */

/** A line {bench, ours_s, peer, peer_s, ratio, target} with whatever else was measured; `pass` says it where words cannot. */
export interface BenchLine {
  readonly bench?: string;
  readonly [field: string]: unknown;
}

export interface Verdict {
  /** Undefined where the line has no target that can be judged. */
  readonly pass: boolean | undefined;
  /** Whether the line says that something was left out; it is not judged. */
  readonly skipped: string | undefined;
}

/**
 * Judges a line by its `pass`, else by its `target`: a number is the highest ratio, or the most seconds where there is no peer; text is a
 * list of conditions `[field] [relation] number [unit]`, joined by commas or "and", such as `ratio >= 5`, `p50 30 ms`, `< 0.001 s`.
 */
export function judgeLine(line: BenchLine): Verdict {
  if (typeof line['skipped'] === 'string') return { pass: undefined, skipped: line['skipped'] };
  if (typeof line['pass'] === 'boolean') return { pass: line['pass'], skipped: undefined };
  const target = line['target'];
  if (typeof target === 'number') {
    const measured = line['ratio'] ?? line['ours_s'];
    return { pass: typeof measured === 'number' ? measured <= target : undefined, skipped: undefined };
  }
  if (typeof target !== 'string') return { pass: undefined, skipped: undefined };
  const parts = target.split(/, | and /).map((part) => holds(part, line));
  return { pass: parts.includes(undefined) ? undefined : !parts.includes(false), skipped: undefined };
}

const CONDITION = /^(?:([A-Za-z_][A-Za-z0-9_]*(?: byte)?) )?(?:([<>]=?) )?([0-9.]+(?:e-?[0-9]+)?)(?: (s|ms|µs))?$/;
const MS_OF = { s: 1000, ms: 1, µs: 0.001 } as const;

function holds(part: string, line: BenchLine): boolean | undefined {
  const [, field, relation = '<=', number = '', unit] = CONDITION.exec(part) ?? [];
  if (number === '') return undefined;
  const limit = Number(number) * (unit ? MS_OF[unit as keyof typeof MS_OF] : 1);
  const value = valueOf(line, field?.replace(' byte', ''), unit !== undefined);
  if (value === undefined) return undefined;
  return { '<': value < limit, '<=': value <= limit, '>': value > limit, '>=': value >= limit }[relation];
}

/** A field's number; times in milliseconds, from `field_ms` or `field_s`. */
function valueOf(line: BenchLine, field: string | undefined, time: boolean): number | undefined {
  const number = (name: string): number | undefined => (typeof line[name] === 'number' ? line[name] : undefined);
  if (!time) return number(field ?? 'ratio');
  const seconds = number(`${field ?? 'ours'}_s`);
  return seconds === undefined ? number(`${field ?? 'ours'}_ms`) : 1000 * seconds;
}

/** One line for people: verdict, name, times, ratio, target. */
export function formatLine(line: BenchLine, { pass, skipped }: Verdict): string {
  const word = skipped === undefined ? { true: 'pass', false: 'MISS', undefined: '-' }[String(pass) as 'true'] : 'skip';
  const name = [line.bench, line['task'], line['run']].filter((part) => typeof part === 'string').join(' ');
  const number = (field: string): string | undefined =>
    typeof line[field] === 'number' ? String(Number(line[field].toPrecision(4))) : undefined;
  const rest = Object.entries(line).filter(([key]) => !SHOWN.has(key));
  const parts = [
    number('ours_s') && `${number('ours_s')} s`,
    typeof line['peer'] === 'string' && `${line['peer']}${number('peer_s') ? ` ${number('peer_s')} s` : ''}`,
    number('ratio') && `ratio ${number('ratio')}`,
    (typeof line['target'] === 'number' || typeof line['target'] === 'string') && `target ${line['target']}`,
    skipped,
    rest.length > 0 && rest.map(([key, value]) => `${key} ${textOf(value)}`).join(' '),
  ];
  return `${word.padEnd(4)}  ${name}: ${parts.filter((part) => typeof part === 'string').join(', ')}`;
}

const SHOWN = new Set(['bench', 'task', 'run', 'ours_s', 'peer', 'peer_s', 'ratio', 'target', 'skipped', 'pass']);

function textOf(value: unknown): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : typeof value === 'string' ? value : JSON.stringify(value);
}
