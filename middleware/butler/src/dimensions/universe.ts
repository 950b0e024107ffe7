import { UniverseConfigError, UnknownDimensionError } from '../errors.ts';
import { closeDimensions, type DimensionGroup } from './dimension-group.ts';
import { parseUniverseConfig, type UniverseColumn, type UniverseConfig, type UniverseElement } from './universe-config.ts';
import { didYouMean } from '@almagest/errors';
import { UNIVERSE_8 } from './universe-8.ts';

/** A dimension (has values of its own) or a join element (relates dimensions). */
export interface DimensionElement {
  readonly name: string;
  readonly doc: string;
  readonly isDimension: boolean;
  /** Governors (instrument, skymap) partition repositories and summaries. */
  readonly isGovernor: boolean;
  readonly skypix: { readonly system: 'htm' | 'healpix'; readonly level: number } | undefined;
  /** Column that holds the dimension's own value; undefined for join elements. */
  readonly primaryKey: UniverseColumn | undefined;
  readonly alternateKeys: readonly UniverseColumn[];
  readonly metadata: readonly UniverseColumn[];
  /** Names that form the key, itself last among its level, in universe order. */
  readonly required: readonly string[];
  /** Names that the record determines without being part of the key, in universe order. */
  readonly implied: readonly string[];
  /** Family of elements whose regions nest, such as `skymap_regions`. */
  readonly spatial: string | undefined;
  readonly temporal: string | undefined;
  /** False for skypix dimensions and for views. */
  readonly hasTable: boolean;
  /** The element whose column this one lists, as `band` lists `physical_filter.band`. */
  readonly viewOf: string | undefined;
  readonly alwaysJoin: boolean;
  readonly populatedBy: string | undefined;
  /** Whether its rows relate dimensions to each other, so that a query over them must join it. */
  readonly definesRelationships: boolean;
}

/** Order of names that a reader expects: htm2 before htm10. */
function naturalOrder(a: string, b: string): number {
  const [, wordA = a, numberA = ''] = /^(.*?)(\d*)$/.exec(a) ?? [];
  const [, wordB = b, numberB = ''] = /^(.*?)(\d*)$/.exec(b) ?? [];
  if (wordA !== wordB) return wordA < wordB ? -1 : 1;
  return Number(numberA) - Number(numberB);
}

/**
 * The set of all dimensions that a repository knows, with how they depend on each other.
 *
 * @example
 * const universe = DimensionUniverse.standard();
 * universe.group(['visit', 'detector']).names; // band, instrument, day_obs, detector, physical_filter, visit
 */
export class DimensionUniverse {
  readonly version: number;
  readonly namespace: string;
  /** The skypix dimension through which all spatial elements are related, `htm7`. */
  readonly commonSkypix: string;
  readonly config: UniverseConfig;
  /** The definition as it was given, which is what repositories store. */
  readonly source: unknown;
  readonly #elements = new Map<string, DimensionElement>();
  readonly #order = new Map<string, number>();
  readonly #groups = new Map<string, DimensionGroup>();

  static #standard: DimensionUniverse | undefined;

  /** Version 8 of the published universe. */
  static standard(): DimensionUniverse {
    return (DimensionUniverse.#standard ??= new DimensionUniverse(UNIVERSE_8));
  }

  /** @throws {UniverseConfigError} if the definition is malformed or its dependencies form a circle. */
  constructor(source: unknown) {
    this.source = source;
    this.config = parseUniverseConfig(source);
    this.version = this.config.version;
    this.namespace = this.config.namespace;
    this.commonSkypix = this.config.skypix.common;
    const elements = buildElements(this.config);
    for (const element of sortElements(elements)) {
      this.#order.set(element.name, this.#order.size);
      this.#elements.set(element.name, element);
    }
    for (const [name, element] of this.#elements)
      this.#elements.set(name, { ...element, required: this.inOrder(element.required), implied: this.inOrder(element.implied) });
    if (!this.#elements.has(this.commonSkypix))
      throw new UniverseConfigError(`universe definition: skypix.common names ${this.commonSkypix}, which no system provides`);
  }

  /** All elements, dependencies first. */
  get elements(): readonly DimensionElement[] {
    return [...this.#elements.values()];
  }

  /** All dimensions, dependencies first; join elements are left out. */
  get dimensions(): readonly DimensionElement[] {
    return this.elements.filter((element) => element.isDimension);
  }

  get governors(): readonly DimensionElement[] {
    return this.elements.filter((element) => element.isGovernor);
  }

  find(name: string): DimensionElement | undefined {
    return this.#elements.get(name);
  }

  /** @throws {UnknownDimensionError} */
  get(name: string): DimensionElement {
    const element = this.#elements.get(name);
    if (element) return element;
    throw new UnknownDimensionError(
      `expected a dimension of universe ${this.namespace} ${this.version}, found ${JSON.stringify(name)}${didYouMean(name, this.#elements.keys())}`,
      { details: { name } },
    );
  }

  /**
   * The smallest closed set of dimensions that contains these: with everything that they require or imply.
   *
   * @throws {UnknownDimensionError} also for names of join elements.
   */
  group(names: Iterable<string>): DimensionGroup {
    const given = [...names];
    const key = given.toSorted().join(',');
    let group = this.#groups.get(key);
    if (!group) {
      group = closeDimensions(this, given);
      group = this.#groups.get(`=${group.names.join(',')}`) ?? group;
      this.#groups.set(`=${group.names.join(',')}`, group);
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Sorts names in universe order and removes duplicates. */
  inOrder(names: Iterable<string>): readonly string[] {
    return [...new Set(names)].toSorted((a, b) => this.#rank(a) - this.#rank(b));
  }

  #rank(name: string): number {
    return this.#order.get(name) ?? this.#order.get(this.get(name).name) ?? 0;
  }
}

function buildElements(config: UniverseConfig): Map<string, DimensionElement> {
  const elements = new Map<string, DimensionElement>();
  for (const [system, range] of Object.entries(config.skypix)) {
    if (system === 'common' || (system !== 'htm' && system !== 'healpix')) continue;
    const maxLevel = (range as { max_level?: number }).max_level ?? 24;
    for (let level = 1; level <= maxLevel; level += 1) elements.set(`${system}${level}`, skypixElement(system, level));
  }
  for (const [name, definition] of Object.entries(config.elements)) elements.set(name, configuredElement(config, name, definition));
  return elements;
}

function skypixElement(system: 'htm' | 'healpix', level: number): DimensionElement {
  return {
    name: `${system}${level}`,
    doc: `Pixel of the ${system} system at level ${level}.`,
    isDimension: true,
    isGovernor: false,
    skypix: { system, level },
    primaryKey: { name: 'id', type: 'int' },
    alternateKeys: [],
    metadata: [],
    required: [`${system}${level}`],
    implied: [],
    spatial: system,
    temporal: undefined,
    hasTable: false,
    viewOf: undefined,
    alwaysJoin: false,
    populatedBy: undefined,
    definesRelationships: false,
  };
}

function configuredElement(config: UniverseConfig, name: string, definition: UniverseElement): DimensionElement {
  const isDimension = definition.keys.length > 0;
  const closure = new Set<string>();
  const visit = (need: string, trail: readonly string[]): void => {
    if (trail.includes(need)) throw new UniverseConfigError(`universe definition: circle ${[...trail, need].join(' -> ')}`);
    const found = config.elements[need];
    if (!found) throw new UniverseConfigError(`universe definition: elements.${name} requires ${need}, which is not defined`);
    for (const next of found.requires) visit(next, [...trail, need]);
    closure.add(need);
  };
  for (const need of definition.requires) visit(need, [name]);
  if (isDimension) closure.add(name);
  for (const need of definition.implies)
    if (!config.elements[need])
      throw new UniverseConfigError(`universe definition: elements.${name} implies ${need}, which is not defined`);
  const viewOf = findViewOf(definition.storage) ?? unionTarget(config, name, definition);
  return {
    name,
    doc: (definition.doc ?? '').trim(),
    isDimension,
    isGovernor: definition.governor || /governor/i.test(definition.storage?.cls ?? ''),
    skypix: undefined,
    primaryKey: definition.keys[0],
    alternateKeys: definition.keys.slice(1),
    metadata: definition.metadata,
    required: [...closure],
    implied: definition.implies,
    spatial: familyOf(config.topology.spatial, name),
    temporal: familyOf(config.topology.temporal, name),
    hasTable: viewOf === undefined,
    viewOf,
    alwaysJoin: definition.always_join,
    populatedBy: definition.populated_by,
    definesRelationships: definition.always_join || definition.defines_relationships || definition.implies.length > 0,
  };
}

function findViewOf(storage: unknown): string | undefined {
  if (typeof storage !== 'object' || storage === null) return undefined;
  const { view_of: viewOf, nested } = storage as { view_of?: unknown; nested?: unknown };
  return typeof viewOf === 'string' ? viewOf : findViewOf(nested);
}

/** Newer definitions name the implying element instead of a storage class. */
function unionTarget(config: UniverseConfig, name: string, definition: UniverseElement): string | undefined {
  if (definition.implied_union_target) return definition.implied_union_target;
  if (definition.storage || definition.requires.length > 0 || definition.governor || definition.keys.length !== 1) return undefined;
  return Object.entries(config.elements).find(([, other]) => other.implies.includes(name))?.[0];
}

function familyOf(families: Readonly<Record<string, readonly string[]>>, name: string): string | undefined {
  return Object.entries(families).find(([, members]) => members.includes(name))?.[0];
}

/** Level by level, each level in natural order, which is the order in which the field writes data IDs. */
function sortElements(elements: ReadonlyMap<string, DimensionElement>): readonly DimensionElement[] {
  const left = new Map(elements);
  const sorted: DimensionElement[] = [];
  const done = new Set<string>();
  while (left.size > 0) {
    const ready = [...left.values()]
      .filter((element) => [...element.required, ...element.implied].every((need) => need === element.name || done.has(need)))
      .toSorted((a, b) => naturalOrder(a.name, b.name));
    if (ready.length === 0) throw new UniverseConfigError(`universe definition: circle among ${[...left.keys()].join(', ')}`);
    for (const element of ready) {
      sorted.push(element);
      left.delete(element.name);
    }
    for (const element of ready) done.add(element.name);
  }
  return sorted;
}
