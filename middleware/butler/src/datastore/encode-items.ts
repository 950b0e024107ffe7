import type { EncodedItem, PutItem } from './datastore.ts';
import type { FormatterRegistry } from './formatter.ts';
import { provenanceOf } from './provenance.ts';

/** Encodes values with the formatters that write their dataset types. */
export async function encodeItems(items: readonly PutItem[], formatters: FormatterRegistry): Promise<readonly EncodedItem[]> {
  const encoded: EncodedItem[] = [];
  for (const { ref, value, provenance } of items) {
    const { storageClass, name } = ref.datasetType;
    const formatter = formatters.forWriting(name, storageClass);
    const bytes = await formatter.encode(value, { storageClass, provenance: { ...provenanceOf(ref), ...provenance } });
    encoded.push({ ref, bytes, formatter: formatter.name, extension: formatter.extension(storageClass) });
  }
  return encoded;
}
