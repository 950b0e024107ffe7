import {
  type DocumentOptions,
  parseDocument,
  type ParseOptions,
  type ScalarTag,
  type SchemaOptions,
  stringify,
  type Tags,
  type ToStringOptions,
} from 'yaml';
import { StorageClassError } from '../errors.ts';

/**
 * YAML 1.1 as the field's Python reads and writes it: `y` and `n` are texts, and a number with an exponent has a point and a sign.
 */
const OPTIONS: ParseOptions & DocumentOptions & SchemaOptions & ToStringOptions = {
  version: '1.1',
  logLevel: 'silent',
  lineWidth: 0,
  customTags: (tags: Tags) => tags.map((tag) => adapt(tag as ScalarTag)),
};

function adapt(tag: ScalarTag): ScalarTag {
  if (tag.tag === 'tag:yaml.org,2002:bool' && tag.test) {
    const isTrue = tag.test.test('yes');
    return { ...tag, test: isTrue ? /^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$/ : /^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$/ };
  }
  if (tag.tag === 'tag:yaml.org,2002:float' && tag.stringify)
    return {
      ...tag,
      stringify: (item, ...rest) => {
        const text = tag.stringify!(item, ...rest);
        return typeof item.value === 'number' && /^-?\d+e/.test(text) ? text.replace('e', '.0e') : text;
      },
    };
  if (tag.tag === 'tag:yaml.org,2002:int' && tag.stringify)
    return {
      ...tag,
      stringify: (item, ...rest) => {
        const text = tag.stringify!(item, ...rest);
        return typeof item.value === 'number' && text.includes('e') ? BigInt(item.value).toString() : text;
      },
    };
  return tag;
}

/** Writes plain data. */
export function formatYaml(value: unknown): string {
  return stringify(value, OPTIONS);
}

/**
 * Reads plain data; tags that name classes are dropped, so that such objects come as mappings.
 *
 * @param where - Name for messages.
 * @throws {StorageClassError} if the text is no YAML.
 */
export function readYaml(text: string, where: string): unknown {
  const document = parseDocument(text, OPTIONS);
  const error = document.errors[0];
  if (error) throw new StorageClassError(`${where} is not readable as YAML: ${error.message}`);
  return document.toJS({ maxAliasCount: 10_000 });
}
