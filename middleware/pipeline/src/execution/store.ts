import { resolveModule } from '../task/registry.ts';
import type { DatasetRef } from '../quantum-graph/quantum.ts';

export interface ReadOptions {
  /** Read one component only. */
  readonly component?: string;
  /** Read parameters of the storage class. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  /** Read as this storage class. */
  readonly storageClass?: string;
}

/** Where a dataset comes from, for the header of its file. */
export interface DatasetProvenance {
  /** Id of the quantum: UUID version 5 of label, run and data ID. */
  readonly quantum: string;
  readonly inputs: readonly { readonly id: string; readonly type: string; readonly run: string }[];
}

/**
 * Flattens the provenance of a dataset to the header keys of the field: `LSST.BUTLER.QUANTUM`, `LSST.BUTLER.N_INPUTS`,
 * `LSST.BUTLER.INPUT.N.ID`, `.RUN` and `.DATASETTYPE`. What the dataset is itself, the store adds.
 */
export function provenanceHeader({ quantum, inputs }: DatasetProvenance): Readonly<Record<string, string | number>> {
  const header: Record<string, string | number> = { 'LSST.BUTLER.QUANTUM': quantum, 'LSST.BUTLER.N_INPUTS': inputs.length };
  for (const [n, { id, run, type }] of inputs.entries()) {
    header[`LSST.BUTLER.INPUT.${n}.ID`] = id;
    header[`LSST.BUTLER.INPUT.${n}.RUN`] = run;
    header[`LSST.BUTLER.INPUT.${n}.DATASETTYPE`] = type;
  }
  return header;
}

/** What a worker needs of a butler: files only, no registry. Every method may be called from several workers at once. */
export interface QuantumStore {
  /** @throws {DatasetMissingError} if there is no such dataset. */
  readonly get: (ref: DatasetRef, options?: ReadOptions) => Promise<unknown>;
  /**
   * Writes a dataset so that a reader sees all of it or nothing; replaces an earlier attempt.
   *
   * @returns What the registrar needs to know of the file (path, size, checksum): plain JSON data.
   */
  readonly put: (value: unknown, ref: DatasetRef, provenance?: DatasetProvenance) => Promise<unknown>;
  readonly exists: (ref: DatasetRef) => Promise<boolean>;
  /** Removes what killed writers of a run left behind. Called by the coordinator when no worker runs. */
  readonly sweep?: (run: string) => Promise<void>;
  readonly close?: () => Promise<void>;
}

/** How a worker opens its store: a function exported by a module, called with plain JSON options. */
export interface StoreSpec {
  /** `module#export`, such as `@almagest/butler#openQuantumStore`. */
  readonly open: string;
  readonly options: unknown;
  /** Folder that a relative module is looked up from. */
  readonly baseDir?: string;
}

/** A written dataset, to be registered. */
export interface WrittenDataset {
  readonly ref: DatasetRef;
  readonly record: unknown;
}

/** The one writer of the registry. Registering the same dataset again must change nothing. */
export interface Registrar {
  readonly register: (datasets: readonly WrittenDataset[]) => Promise<void>;
}

/** Opens a store in this thread. */
export async function openStore(spec: StoreSpec): Promise<QuantumStore> {
  const at = spec.open.lastIndexOf('#');
  const module = (await import(resolveModule(spec.open.slice(0, at), spec.baseDir ?? process.cwd()))) as Record<string, unknown>;
  const open = module[spec.open.slice(at + 1)];
  if (typeof open !== 'function') throw new TypeError(`${spec.open} is no function`);
  return (await (open as (options: unknown) => unknown)(spec.options)) as QuantumStore;
}
