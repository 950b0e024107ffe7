import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { DatasetTypeConflictError } from '../errors.ts';

/** A kind of dataset: its name, what identifies one of it, and what kind of object it is. */
export interface DatasetType {
  readonly name: string;
  readonly dimensions: DimensionGroup;
  readonly storageClass: string;
  /** Whether it may be certified into CALIBRATION collections. */
  readonly isCalibration: boolean;
}

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*(\.[a-zA-Z0-9_]+)*$/;

/**
 * Makes a dataset type; dimensions are closed over their dependencies.
 *
 * @throws {DatasetTypeConflictError} if the name is not made of letters, digits and underscores.
 */
export function makeDatasetType(
  universe: DimensionUniverse,
  definition: {
    readonly name: string;
    readonly dimensions: Iterable<string>;
    readonly storageClass: string;
    readonly isCalibration?: boolean;
  },
): DatasetType {
  if (!NAME.test(definition.name))
    throw new DatasetTypeConflictError(
      `a dataset type is named with letters, digits and underscores, a component after a dot; found ${JSON.stringify(definition.name)}`,
    );
  return {
    name: definition.name,
    dimensions: universe.group(definition.dimensions),
    storageClass: definition.storageClass,
    isCalibration: definition.isCalibration ?? false,
  };
}

/** Parts of a name such as `calexp.wcs`. */
export function splitComponent(name: string): { readonly parent: string; readonly component: string | undefined } {
  const dot = name.indexOf('.');
  return dot < 0 ? { parent: name, component: undefined } : { parent: name.slice(0, dot), component: name.slice(dot + 1) };
}

/** Says whether two dataset types agree in name, storage class, dimensions and kind. */
export function sameDatasetType(a: DatasetType, b: DatasetType): boolean {
  return (
    a.name === b.name &&
    a.storageClass === b.storageClass &&
    a.isCalibration === b.isCalibration &&
    a.dimensions.required.join() === b.dimensions.required.join()
  );
}

/** One line that shows a dataset type: `flat {instrument, detector, physical_filter} Exposure`. */
export function describeDatasetType(type: DatasetType): string {
  return `${type.name} {${type.dimensions.required.join(', ')}} ${type.storageClass}${type.isCalibration ? ' (calibration)' : ''}`;
}
