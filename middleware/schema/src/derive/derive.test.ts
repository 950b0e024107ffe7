import { makeTable, parseVotableTable, writeVotable } from '@almagest/table';
import avsc from 'avsc';
import { expect, test } from 'vitest';
import { parseSchema } from '../load/parse-schema.ts';
import { SURVEY_SCHEMAS, surveySchema } from '../load/schema-file.ts';
import { getTable } from '../model/schema.ts';
import { avroRecord } from './avro.ts';
import { schemaDocs } from './docs.ts';
import { columnSpecs, votableFields } from './table-columns.ts';
import { tapSchemaRows } from './tap-schema.ts';

test('Avro records are accepted by an Avro library and carry nulls and exact numbers', () => {
  for (const name of SURVEY_SCHEMAS)
    for (const table of surveySchema(name).tables)
      expect(() => avsc.Type.forSchema(avroRecord(table, { namespace: 'survey' }) as unknown as avsc.Schema)).not.toThrow();
  const type = avsc.Type.forSchema(
    avroRecord(getTable(surveySchema('apdb'), 'DiaSource'), { columns: ['diaSourceId', 'ra', 'raErr', 'band'] }) as unknown as avsc.Schema,
    { wrapUnions: false } as never,
  );
  const row = { diaSourceId: 5, ra: 1.5, raErr: null, band: 'g' };
  expect({ ...(type.fromBuffer(type.toBuffer(row)) as object) }).toEqual(row);
});

test('VOTable fields keep names, units and UCDs', () => {
  const table = getTable(surveySchema('apdb'), 'DiaSource');
  const specs = columnSpecs(table);
  const empty = makeTable(
    specs.map((spec) => ({ ...spec, shape: spec.shape ?? [], data: spec.datatype === 'string' ? [] : new Float64Array(0) })),
  );
  const read = parseVotableTable(writeVotable(empty));
  expect(read.columns.map((c) => [c.name, c.unit, c.ucd])).toEqual(table.columns.map((c) => [c.name, c.unit, c.ucd]));
  expect(votableFields(table)[9]).toBe(
    '<FIELD name="ra" datatype="double" unit="deg" ucd="pos.eq.ra;meta.main"><DESCRIPTION>Right ascension of the centroid (ICRS).</DESCRIPTION></FIELD>',
  );
});

test('TAP_SCHEMA rows name every table, column and key', () => {
  const rows = tapSchemaRows(surveySchema('release'));
  expect(rows.tables).toHaveLength(6);
  expect(rows.columns).toHaveLength(surveySchema('release').tables.reduce((n, table) => n + table.columns.length, 0));
  expect(rows.columns.find((c) => c.table_name === 'release.CoaddPatches' && c.column_name === 's_region')).toMatchObject({
    datatype: 'char',
    arraysize: '512*',
    xtype: 'adql:REGION',
    principal: 0,
  });
  expect(rows.columns.find((c) => c.table_name === 'release.Visit' && c.column_name === 'obsStart')).toMatchObject({
    datatype: 'char',
    arraysize: '*',
    xtype: 'timestamp',
  });
  expect(rows.keys.find((k) => k.key_id === 'fk_Source_Visit')).toMatchObject({
    from_table: 'release.Source',
    target_table: 'release.Visit',
  });
  expect(rows.key_columns.find((k) => k.key_id === 'fk_Source_Visit')).toEqual({
    key_id: 'fk_Source_Visit',
    from_column: 'visit',
    target_column: 'visit',
  });
  expect(rows.columns.filter((c) => c.indexed === 1 && c.table_name === 'release.Source').map((c) => c.column_name)).toEqual([
    'sourceId',
    'visit',
  ]);
});

test('the page about a schema lists every column and escapes what Markdown would take', () => {
  const docs = schemaDocs(surveySchema('apdb'));
  for (const table of surveySchema('apdb').tables) for (const column of table.columns) expect(docs).toContain(`| ${column.name} |`);
  expect(
    schemaDocs(parseSchema('name: s\ntables:\n- { name: T, columns: [{ name: a, datatype: int, description: "a | b" }] }\n')),
  ).toContain('a \\| b');
});
