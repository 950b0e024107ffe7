import type { ColumnSpec } from '../model/column.ts';
import type { TableMeta } from '../model/table.ts';
import { attributesXml } from '../xml/element.ts';
import { descriptionXml, fieldXml, linkXml, planStreamedField } from './write-field.ts';

/** A VOTable with one TABLE of fields and no data, as Parquet files carry it. */
export function votableHeaderXml(columns: readonly ColumnSpec[], meta: TableMeta): string {
  // Arrays of strings have no length here; the data decide.
  const fields = columns.map((spec) =>
    fieldXml(
      planStreamedField(
        spec.datatype === 'string' && (spec.shape ?? []).length > 0 ? { ...spec, charLength: spec.charLength ?? 1 } : spec,
        'BINARY2',
      ),
    ),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
    '<RESOURCE type="results">',
    ...(meta.infos ?? []).map(({ name, value }) => `<INFO${attributesXml({ name, value })}/>`),
    `<TABLE${attributesXml({ ID: meta.id, name: meta.name, ucd: meta.ucd, utype: meta.utype })}>`,
    descriptionXml(meta.description),
    ...fields,
    ...(meta.links ?? []).map(linkXml),
    '</TABLE>',
    '</RESOURCE>',
    '</VOTABLE>',
  ]
    .filter((line) => line !== '')
    .join('\n');
}
