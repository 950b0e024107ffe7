import type { DimensionElement, DimensionUniverse } from './universe.ts';
import { UnknownDimensionError } from '../errors.ts';

/** A closed, sorted set of dimensions: the shape of a data ID. Equal groups of one universe are the same object. */
export interface DimensionGroup {
  readonly universe: DimensionUniverse;
  /** All dimensions, in universe order. */
  readonly names: readonly string[];
  /** Those that identify: the key of a data ID. */
  readonly required: readonly string[];
  /** Those that records of the others determine. */
  readonly implied: readonly string[];
  /** All dimensions and the join elements among them, in universe order. */
  readonly elements: readonly string[];
  readonly governors: readonly string[];
}

/** Adds everything that the given dimensions require or imply. Use {@link DimensionUniverse.group}, which remembers the result. */
export function closeDimensions(universe: DimensionUniverse, given: readonly string[]): DimensionGroup {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    const element = universe.get(name);
    if (!element.isDimension)
      throw new UnknownDimensionError(`expected a dimension, found ${JSON.stringify(name)}, which joins ${element.required.join(', ')}`);
    all.add(name);
    for (const need of [...element.required, ...element.implied]) add(need);
  };
  for (const name of given) add(name);
  const names = universe.inOrder(all);
  const implied = names.filter((name) => names.some((other) => other !== name && universe.get(other).implied.includes(name)));
  const required = names.filter((name) => !implied.includes(name));
  const has = (element: DimensionElement): boolean =>
    element.isDimension ? all.has(element.name) : [...element.required, ...element.implied].every((need) => all.has(need));
  return {
    universe,
    names,
    required,
    implied,
    elements: universe.elements.filter(has).map((element) => element.name),
    governors: names.filter((name) => universe.get(name).isGovernor),
  };
}

/** Whether every dimension of `part` is in `whole`. */
export function isSubgroup(part: DimensionGroup, whole: DimensionGroup): boolean {
  return part.names.every((name) => whole.names.includes(name));
}
