import { Butler } from '@almagest/butler';
import { butlerRegistrar, type QuantumGraph, type Registrar } from '@almagest/pipeline';

/** Opens the registry of a repository for the last job of a run. */
export async function openButlerRegistrar(options: { readonly repository: string }, graph: QuantumGraph): Promise<Registrar> {
  return butlerRegistrar(await Butler.open(options.repository, { writeable: true }), graph);
}
