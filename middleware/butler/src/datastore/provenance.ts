import type { DatasetRef } from '../datasets/dataset-ref.ts';

/** Entries that tell, inside an artifact, which dataset it is; in the form that the field writes into headers. */
export type Provenance = Readonly<Record<string, string | number | boolean>>;

/**
 * Provenance of a dataset: its id, run, type and data ID, and the datasets that it was made from.
 *
 * @param options.inputs - What was read to make it.
 * @param options.quantum - Id of the task execution that made it.
 */
export function provenanceOf(
  ref: DatasetRef,
  options: { readonly inputs?: readonly DatasetRef[]; readonly quantum?: string } = {},
): Provenance {
  const out: Record<string, string | number | boolean> = {
    'LSST.BUTLER.ID': ref.id,
    'LSST.BUTLER.RUN': ref.run,
    'LSST.BUTLER.DATASETTYPE': ref.datasetType.name,
  };
  for (const name of ref.datasetType.dimensions.required.toSorted()) out[`LSST.BUTLER.DATAID.${name.toUpperCase()}`] = ref.dataId.get(name);
  if (options.quantum !== undefined) out['LSST.BUTLER.QUANTUM'] = options.quantum;
  const inputs = options.inputs ?? [];
  out['LSST.BUTLER.N_INPUTS'] = inputs.length;
  for (const [i, input] of inputs.entries()) {
    out[`LSST.BUTLER.INPUT.${i}.ID`] = input.id;
    out[`LSST.BUTLER.INPUT.${i}.RUN`] = input.run;
    out[`LSST.BUTLER.INPUT.${i}.DATASETTYPE`] = input.datasetType.name;
  }
  return out;
}
