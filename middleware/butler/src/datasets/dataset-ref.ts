import type { DataCoordinate } from '../dimensions/data-coordinate.ts';
import type { DatasetType } from './dataset-type.ts';

/** One dataset: a type, a data ID, the RUN that holds it, and an id that is unique in the world. */
export interface DatasetRef {
  /** UUID with hyphens. */
  readonly id: string;
  readonly datasetType: DatasetType;
  readonly dataId: DataCoordinate;
  readonly run: string;
  /** Set for a component of a composite, such as `wcs` of `calexp`. */
  readonly component?: string;
}

/** One line that shows a dataset: `flat@{instrument: "Cam", detector: 1} [run/a] (01a1...)`. */
export function describeRef(ref: DatasetRef): string {
  const component = ref.component ? `.${ref.component}` : '';
  return `${ref.datasetType.name}${component}@${ref.dataId.toString()} [${ref.run}] (${ref.id})`;
}

/** The ref that a file template is filled with: of the part where an artifact holds one, else of the whole. */
export function partRef({ ref, component }: { readonly ref: DatasetRef; readonly component?: string }): DatasetRef {
  return component === undefined ? ref : componentRef(ref, component);
}

/** The part of a composite dataset; it shares the id. */
export function componentRef(ref: DatasetRef, component: string): DatasetRef {
  return { ...ref, component };
}
