import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { Registry } from './registry.ts';

/** Attaches records to the data IDs of refs of any types. */
export async function expandRefs(registry: Registry, refs: readonly DatasetRef[]): Promise<readonly DatasetRef[]> {
  const out: DatasetRef[] = Array.from(refs);
  for (const indices of Map.groupBy(refs.keys(), (i) => refs[i]!.dataId.dimensions).values()) {
    const missing = indices.filter((i) => !refs[i]!.dataId.isExpanded);
    const expanded = await registry.expandDataIds(missing.map((i) => refs[i]!.dataId));
    for (const [n, i] of missing.entries()) out[i] = { ...refs[i]!, dataId: expanded[n]! };
  }
  return out;
}
