import { AlmagestError } from '@almagest/errors';
import { mjdFromTaiNs } from '@almagest/time';
import { ExpressionValueError, PropertyMissingError } from '../errors.ts';
import { asText, evaluateExpression, type ExpressionValue, type Scope } from '../expression/evaluate-expression.ts';
import { type Expression, parseExpression } from '../expression/parse-expression.ts';
import type { CardValue, HeaderRecord } from '../header/header-record.ts';
import { checkPropertyValue, isTaiTime, type ObservationInfo, type PropertyValue } from '../properties/observation-info.ts';
import { isPropertyName, PROPERTIES, PROPERTY_NAMES, type PropertyName } from '../properties/properties.ts';
import { fromHeaderUnit } from './header-units.ts';
import type { PropertyRule, TranslationRules } from './rules.ts';

/** A header in standard form, with what was wrong about it. */
export interface Translation {
  readonly info: ObservationInfo;
  /** Keywords that some rule looked at. */
  readonly used: readonly string[];
  /** One entry for every property whose rule failed or whose value was not believable; such a property is null in `info`. */
  readonly problems: readonly TranslationProblem[];
}

export interface TranslationProblem {
  readonly property: PropertyName;
  readonly error: AlmagestError;
}

export interface TranslateOptions {
  /** Name of the camera for messages. */
  readonly camera: string;
  /** Whether a missing required property throws (default) or is only reported. */
  readonly strict?: boolean;
}

/**
 * Translates a header to the 40 standard properties by the rules of a camera.
 *
 * @param header - Corrected header of one detector, primary header merged in. Not modified.
 * @returns Every property; null where the header does not tell.
 * @throws {PropertyMissingError} if a required property cannot be had and `strict` is not false.
 */
export function translateHeader(header: HeaderRecord, rules: TranslationRules, options: TranslateOptions): Translation {
  const session = new Session(header, rules);
  const info: Partial<Record<PropertyName, PropertyValue>> = {};
  for (const name of PROPERTY_NAMES) info[name] = session.property(name);
  const problems = [...session.problems, ...crossChecks(info as ObservationInfo)];
  if (options.strict !== false) {
    const missing = (rules.required ?? []).find((name) => info[name] === null);
    if (missing) {
      const cause = session.problems.find((p) => p.property === missing)?.error;
      const observation = typeof info.observation_id === 'string' ? info.observation_id : null;
      throw new PropertyMissingError(
        `the header does not give ${missing}, which ${options.camera} requires${cause ? `: ${cause.message}` : ''}`,
        { ...(cause ? { cause } : {}), details: { property: missing, camera: options.camera, observation } },
      );
    }
  }
  return { info: info as ObservationInfo, used: [...session.used], problems };
}

/** Whether the `match` expression of the rules accepts the header; false where the expression cannot be evaluated. */
export function matchesHeader(header: HeaderRecord, rules: TranslationRules): boolean {
  return rules.match !== undefined && new Session(header, rules).test(rules.match);
}

/** Whether an extension holds a detector that is to be translated. */
export function holdsDetector(header: HeaderRecord, rules: TranslationRules): boolean {
  return rules.extensions !== undefined && new Session(header, rules).test(rules.extensions);
}

/**
 * Applies the corrections of the rules and then those given for this observation.
 *
 * @param extra - Keyword to value, from a corrections file of this observation.
 * @returns A changed copy, and the keywords that changed.
 */
export function correctHeader(
  header: HeaderRecord,
  rules: TranslationRules,
  extra: HeaderRecord = new Map(),
): { header: HeaderRecord; changed: readonly string[] } {
  const out = new Map(header);
  const changed: string[] = [];
  for (const [key, value] of extra) {
    out.set(key, value);
    changed.push(key);
  }
  for (const { when, set } of rules.corrections ?? []) {
    const session = new Session(new Map(out), rules);
    if (!session.test(when)) continue;
    for (const [key, value] of Object.entries(set)) {
      out.set(key, typeof value === 'object' && value !== null ? scalarOf(session.evaluate(value.expr)) : value);
      changed.push(key);
    }
  }
  return { header: out, changed };
}

function scalarOf(value: ExpressionValue): CardValue {
  if (value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new ExpressionValueError('a correction must give a scalar', { details: { expression: '' } });
}

const PARSED = new Map<string, Expression>();

/** Rules are few and used for every header, so each expression is parsed once. */
function parsed(source: string): Expression {
  let tree = PARSED.get(source);
  if (!tree) {
    tree = parseExpression(source);
    PARSED.set(source, tree);
  }
  return tree;
}

/** One header under translation: properties are found on demand and at most once. */
class Session {
  readonly used = new Set<string>();
  readonly problems: TranslationProblem[] = [];
  readonly #header: HeaderRecord;
  readonly #rules: TranslationRules;
  readonly #found = new Map<PropertyName, PropertyValue>();
  readonly #open = new Set<PropertyName>();
  readonly #scope: Scope;

  constructor(header: HeaderRecord, rules: TranslationRules) {
    this.#header = header;
    this.#rules = rules;
    this.#scope = {
      tables: rules.tables ?? {},
      keyword: (key) => this.#card(key),
      name: (name) => (isPropertyName(name) ? (this.property(name) as ExpressionValue) : undefined),
    };
  }

  evaluate(source: string): ExpressionValue {
    return evaluateExpression(parsed(source), this.#scope);
  }

  test(source: string): boolean {
    try {
      return this.evaluate(source) === true;
    } catch (error) {
      if (error instanceof ExpressionValueError) return false;
      throw error;
    }
  }

  property(name: PropertyName): PropertyValue {
    const known = this.#found.get(name);
    if (known !== undefined) return known;
    // A property that leads back to itself is a mistake in the camera file, and has no value.
    if (this.#open.has(name)) return null;
    this.#open.add(name);
    let value: PropertyValue = null;
    try {
      value = checkPropertyValue(name, this.#ruled(name));
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw error;
      this.problems.push({ property: name, error });
    }
    this.#open.delete(name);
    this.#found.set(name, value);
    return value;
  }

  #card(key: string): CardValue | undefined {
    const value = this.#header.get(key);
    if (value !== undefined) this.used.add(key);
    return value;
  }

  #ruled(name: PropertyName): PropertyValue {
    const rule = this.#rules.properties[name];
    if (!rule) return this.#fallback(name);
    if ('const' in rule) return rule.const;
    const raw = 'key' in rule ? this.#firstKey(rule.key) : this.evaluate(rule.expr);
    return toProperty(name, this.#converted(name, raw, rule));
  }

  /** What follows from other properties where a camera says nothing. */
  #fallback(name: PropertyName): PropertyValue {
    if (name !== 'can_see_sky') return null;
    const type = this.property('observation_type');
    if (typeof type !== 'string') return null;
    if ((this.#rules.skyTypes ?? ['science', 'object']).includes(type)) return true;
    return (this.#rules.darkTypes ?? ['bias', 'dark']).includes(type) ? false : null;
  }

  #firstKey(keys: string | readonly string[]): ExpressionValue {
    for (const key of typeof keys === 'string' ? [keys] : keys) {
      const value = this.#card(key);
      if (value !== undefined && value !== null) return value;
    }
    return null;
  }

  #converted(name: PropertyName, raw: ExpressionValue, rule: Exclude<PropertyRule, { const: unknown }>): ExpressionValue {
    const { kind } = PROPERTIES[name];
    let value = raw;
    if (value !== null && rule.table) value = this.#looked(value, rule.table, rule.otherwise);
    if ((kind === 'number' || kind === 'integer') && typeof value === 'string') value = textToNumber(value, kind);
    if (value !== null && outside(value, rule.minimum, rule.maximum)) value = null;
    if (value === null && rule.default !== undefined) {
      if (rule.scienceNeedsHeader && this.property('observation_type') === 'science') return null;
      value = rule.default;
    }
    return typeof value === 'number' && rule.unit ? fromHeaderUnit(value, rule.unit) : value;
  }

  #looked(value: ExpressionValue, table: Readonly<Record<string, CardValue>>, otherwise: CardValue | undefined): ExpressionValue {
    const key = asText(value).trim();
    if (Object.hasOwn(table, key)) return table[key] ?? null;
    return otherwise === undefined ? value : otherwise;
  }
}

function outside(value: ExpressionValue, minimum: number | undefined, maximum: number | undefined): boolean {
  if (typeof value !== 'number') return false;
  return Number.isNaN(value) || (minimum !== undefined && value < minimum) || (maximum !== undefined && value > maximum);
}

function textToNumber(source: string, kind: 'number' | 'integer'): number | null {
  const value = Number(source.trim().replace(/^([-+]?\d+),(\d)/, '$1.$2'));
  if (source.trim() === '' || Number.isNaN(value)) return null;
  return kind === 'integer' ? Math.trunc(value) : value;
}

function toProperty(name: PropertyName, value: ExpressionValue): PropertyValue {
  if (value === null || isTaiTime(value)) return value;
  const { kind } = PROPERTIES[name];
  if (Array.isArray(value)) return value as readonly number[];
  // Trailing blanks of a FITS string have no meaning.
  if (kind === 'string') return typeof value === 'string' ? value.trim() : asText(value);
  return value as PropertyValue;
}

/** Checks that need two properties. */
function crossChecks(info: ObservationInfo): TranslationProblem[] {
  const { datetime_begin: begin, datetime_end: end } = info;
  if (!isTaiTime(begin) || !isTaiTime(end) || end.taiNs >= begin.taiNs) return [];
  const message = `datetime_end (MJD ${mjdFromTaiNs(end.taiNs, 'tai')} TAI) is before datetime_begin (MJD ${mjdFromTaiNs(begin.taiNs, 'tai')} TAI)`;
  return [
    { property: 'datetime_end', error: new ExpressionValueError(message, { details: { expression: 'datetime_end >= datetime_begin' } }) },
  ];
}
