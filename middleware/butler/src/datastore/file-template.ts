import type { DatasetRef } from '../datasets/dataset-ref.ts';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { FileTemplateError } from '../errors.ts';

/** One `{field}` of a template with the literal text before it. */
interface TemplatePart {
  readonly literal: string;
  /** Alternatives in order, `dimension` or `dimension.field`; undefined for closing text. */
  readonly alternatives: readonly string[] | undefined;
  readonly optional: boolean;
  readonly keepsSlashes: boolean;
  readonly zeroPadding: number;
}

const FIELD = /\{([^{}:]*)(?::([^{}]*))?\}/g;

/**
 * Parses a path template such as `{run:/}/{datasetType}.{component:?}/{visit:08d}`.
 * `?` makes a field optional (the text before it goes too when it is missing), `/` keeps slashes, `08d` pads, `a|b` takes the first that is known.
 *
 * @throws {FileTemplateError}
 */
export function parseFileTemplate(template: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let end = 0;
  for (const match of template.matchAll(FIELD)) {
    const [whole, names = '', format = ''] = match;
    const zeroPadding = /^0?(\d+)d?$/.exec(format.replaceAll(/[?/]/g, ''));
    if (format.replaceAll(/[?/]/g, '') !== '' && !zeroPadding)
      throw new FileTemplateError(`template ${template}: format ${JSON.stringify(format)} is not understood at character ${match.index}`);
    const alternatives = names.split('|').map((name) => name.trim());
    if (alternatives.some((name) => name === ''))
      throw new FileTemplateError(`template ${template}: empty field at character ${match.index}`);
    parts.push({
      literal: template.slice(end, match.index),
      alternatives,
      optional: format.includes('?'),
      keepsSlashes: format.includes('/'),
      zeroPadding: Number(zeroPadding?.[1] ?? 0),
    });
    end = match.index + whole.length;
  }
  const rest = template.slice(end);
  if (/[{}]/.test(rest + parts.map((part) => part.literal).join('')))
    throw new FileTemplateError(`template ${template}: unbalanced braces`);
  parts.push({ literal: rest, alternatives: undefined, optional: false, keepsSlashes: false, zeroPadding: 0 });
  if (!parts.some((part) => part.alternatives?.includes('run') || part.alternatives?.includes('id')))
    throw new FileTemplateError(`template ${template} must contain {run} or {id}, or datasets would share files`);
  return parts;
}

/** Fills a parsed template for one dataset; the data ID should be expanded. Relative, with `/`. @throws {FileTemplateError} */
export function formatFileTemplate(parts: readonly TemplatePart[], ref: DatasetRef): string {
  let path = '';
  for (const part of parts) {
    if (!part.alternatives) {
      path += part.literal;
      continue;
    }
    const value = part.alternatives.map((name) => fieldValue(ref, name)).find((found) => found !== undefined && found !== null);
    if (value === undefined || value === null) {
      if (part.optional) continue;
      throw new FileTemplateError(
        `template field ${part.alternatives.join('|')} has no value for ${ref.datasetType.name}@${ref.dataId.toString()}`,
      );
    }
    let text = typeof value === 'number' && part.zeroPadding > 0 ? String(value).padStart(part.zeroPadding, '0') : String(value);
    if (!part.keepsSlashes) text = text.replaceAll('/', '_');
    path += part.literal + text;
  }
  const normal = path.replaceAll('#', 'HASH').replaceAll(/\/{2,}/g, '/');
  if (normal.startsWith('/') || normal.split('/').includes('..'))
    throw new FileTemplateError(`the path ${normal} would leave the datastore; run ${ref.run} cannot be used`);
  return normal;
}

function fieldValue(ref: DatasetRef, name: string): string | number | null | undefined {
  if (name === 'run') return ref.run;
  if (name === 'id') return ref.id;
  if (name === 'datasetType') return ref.datasetType.name;
  if (name === 'component') return ref.component;
  const [dimension = '', field] = name.split('.');
  if (dimension === 'skypix') {
    const pixel = ref.dataId.dimensions.names.find((known) => ref.dataId.dimensions.universe.get(known).skypix);
    return pixel === undefined ? undefined : ref.dataId.find(pixel);
  }
  if (!ref.dataId.dimensions.names.includes(dimension)) return undefined;
  if (field === undefined) return ref.dataId.find(dimension);
  const record: DimensionRecord | undefined = ref.dataId.records?.get(dimension);
  const value = record?.fields[field];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
  // A record that was not fetched leaves the dimension's own value, which identifies as well.
  return record === undefined && field in NAME_FIELDS ? ref.dataId.find(dimension) : undefined;
}

const NAME_FIELDS: Readonly<Record<string, true>> = { full_name: true, obs_id: true };

/** Templates by rule: a dataset type, a storage class, or `dim+dim` for all types with at least these dimensions. */
export class FileTemplates {
  readonly #rules: ReadonlyMap<string, readonly TemplatePart[]>;

  constructor(rules: Readonly<Record<string, string>> = DEFAULT_TEMPLATES) {
    this.#rules = new Map(Object.entries(rules).map(([rule, template]) => [rule, parseFileTemplate(template)]));
  }

  /** @throws {FileTemplateError} */
  path(ref: DatasetRef, extension: string): string {
    const { names } = ref.dataId.dimensions;
    const byDimensions = [...this.#rules.keys()].find(
      (rule) =>
        rule.includes('+') &&
        sameSet(
          rule.split('+'),
          ref.dataId.dimensions.required.filter((name) => name !== 'instrument'),
          names,
        ),
    );
    const rule = [ref.datasetType.name, byDimensions, ref.datasetType.storageClass, 'default'].find(
      (name) => name !== undefined && this.#rules.has(name),
    );
    if (rule === undefined) throw new FileTemplateError(`no template applies to ${ref.datasetType.name}`);
    return formatFileTemplate(this.#rules.get(rule)!, ref) + extension;
  }
}

/** A rule of dimensions applies where closing it over dependencies gives exactly the dataset's dimensions. */
function sameSet(rule: readonly string[], required: readonly string[], names: readonly string[]): boolean {
  return rule.every((name) => names.includes(name)) && required.every((name) => rule.includes(name));
}

/** Layout of new repositories, the one that the field's repositories have. */
export const DEFAULT_TEMPLATES: Readonly<Record<string, string>> = {
  default:
    '{run:/}/{datasetType}.{component:?}/{tract:?}/{patch:?}/{day_obs|visit.day_obs|exposure.day_obs:?}/{band:?}/{subfilter:?}/{physical_filter:?}/{visit:?}/{exposure.obs_id|group:?}/{datasetType}_{component:?}_{instrument:?}_{tract:?}_{patch:?}_{band:?}_{physical_filter:?}_{visit:?}_{exposure.obs_id|group:?}_{detector.full_name:?}_{skymap:?}_{skypix:?}_{ssp_hypothesis_table:?}_{ssp_hypothesis_bundle:?}_{ssp_balanced_index:?}_{run}',
  'physical_filter+detector+exposure':
    '{run:/}/{datasetType}.{component:?}/{day_obs|exposure.day_obs}/{exposure.obs_id}/{datasetType}_{component:?}_{instrument:?}_{physical_filter}_{exposure.obs_id}_{detector.full_name}_{run}',
};
