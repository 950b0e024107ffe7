import type { StorageClassRegistry } from '../datasets/storage-class.ts';
import { StorageClassError } from '../errors.ts';
import type { EncodedItem, PutItem } from './datastore.ts';
import type { FormatterRegistry } from './formatter.ts';
import { provenanceOf } from './provenance.ts';

/** Which composites are stored as one artifact for each of their components. */
export interface CompositeRules {
  readonly default: boolean;
  /** By name of a dataset type or a storage class; stronger than the default. */
  readonly disassembled: Readonly<Record<string, boolean>>;
}

export const WHOLE_COMPOSITES: CompositeRules = { default: false, disassembled: {} };

/** What values are encoded with. */
export interface EncodeParts {
  readonly formatters: FormatterRegistry;
  readonly storageClasses: StorageClassRegistry;
  readonly composites?: CompositeRules;
}

/** Encodes values with the formatters that write their dataset types; composites by the rules, whole or in parts. */
export async function encodeItems(items: readonly PutItem[], parts: EncodeParts): Promise<readonly EncodedItem[]> {
  const encoded: EncodedItem[] = [];
  for (const item of items) {
    const { ref, value, provenance } = item;
    const { storageClass, name } = ref.datasetType;
    const { components, composite } = parts.storageClasses.get(storageClass);
    const rules = parts.composites ?? WHOLE_COMPOSITES;
    const context = { provenance: { ...provenanceOf(ref), ...provenance } };
    if (Object.keys(components).length > 0 && (rules.disassembled[name] ?? rules.disassembled[storageClass] ?? rules.default)) {
      const found = Object.entries(composite.takeApart(value)).filter(([component]) => component in components);
      if (found.length === 0)
        throw new StorageClassError(
          `storage class ${storageClass} has the components ${Object.keys(components).join(', ')}; found none of them`,
        );
      for (const [component, part] of found)
        encoded.push({ ...(await encodeOne(item, part, { ...context, storageClass: components[component]!, component, ...parts })) });
    } else encoded.push(await encodeOne(item, value, { ...context, storageClass, component: undefined, ...parts }));
  }
  return encoded;
}

async function encodeOne(
  { ref }: PutItem,
  value: unknown,
  how: EncodeParts & {
    readonly storageClass: string;
    readonly component: string | undefined;
    readonly provenance: Readonly<Record<string, string | number | boolean>>;
  },
): Promise<EncodedItem> {
  const { storageClass, component, provenance } = how;
  const formatter = how.formatters.forWriting(component === undefined ? ref.datasetType.name : '', storageClass);
  const bytes = await formatter.encode(value, { storageClass, provenance });
  const made = { ref, bytes, formatter: formatter.name, extension: formatter.extension(storageClass) };
  return component === undefined ? made : { ...made, component, storageClass };
}
