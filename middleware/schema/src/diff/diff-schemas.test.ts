import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import type { Schema } from '../model/schema.ts';
import { parseSchema } from '../load/parse-schema.ts';
import { readSchemaFile, surveySchema } from '../load/schema-file.ts';
import { diffSchemas } from './diff-schemas.ts';

const BASE = `name: s
tables:
- name: T
  primaryKey: "#T.id"
  columns:
  - { name: id, datatype: long, nullable: false }
  - { name: flux, datatype: float, ivoa:unit: nJy, description: d }
  - { name: name, datatype: string, length: 10 }
`;

function verdict(edit: (text: string) => string): [string, string, string[]] {
  const { verdict: found, bump, changes } = diffSchemas(parseSchema(BASE), parseSchema(edit(BASE)));
  return [found, bump, changes.map((change) => `${change.kind} ${change.what} ${change.path}`)];
}

test('a schema is the same as itself', () => {
  expect(diffSchemas(surveySchema('apdb'), surveySchema('apdb'))).toEqual({ changes: [], verdict: 'none', bump: 'none' });
});

test('judges each kind of change by what it does to older readers and writers', () => {
  expect(verdict((t) => t.replace('description: d', 'description: e'))).toEqual(['none', 'patch', ['changed description T.flux']]);
  expect(verdict((t) => `${t}  - { name: extra, datatype: int }\n`)).toEqual(['compatible', 'minor', ['added column T.extra']]);
  expect(verdict((t) => `${t}  - { name: extra, datatype: int, nullable: false }\n`)).toEqual([
    'read-compatible',
    'major',
    ['added column T.extra'],
  ]);
  expect(verdict((t) => `${t}  - { name: extra, datatype: int, nullable: false, value: 0 }\n`)[0]).toBe('compatible');
  expect(verdict((t) => t.replace('datatype: float', 'datatype: double'))).toEqual(['compatible', 'minor', ['changed datatype T.flux']]);
  expect(verdict((t) => t.replace('datatype: float', 'datatype: short'))[0]).toBe('read-compatible');
  expect(verdict((t) => t.replace('datatype: float', 'datatype: text'))[0]).toBe('incompatible');
  expect(verdict((t) => t.replace('length: 10', 'length: 20'))[0]).toBe('compatible');
  expect(verdict((t) => t.replace('length: 10', 'length: 5'))[0]).toBe('read-compatible');
  expect(verdict((t) => t.replace('nJy', 'mJy'))).toEqual(['incompatible', 'major', ['changed unit T.flux']]);
  expect(verdict((t) => t.replace('id, datatype: long, nullable: false', 'id, datatype: long'))[0]).toBe('incompatible');
  expect(verdict((t) => t.replace(/ {2}- \{ name: name.*\n/, ''))).toEqual(['incompatible', 'major', ['removed column T.name']]);
  expect(verdict((t) => t.replace('name: T\n', 'name: U\n').replace('#T', '#U'))[0]).toBe('incompatible');
});

test.skipIf(!haveData)("judges changes of the field's own schema files", () => {
  const [apdb, ppdb, dp1] = ['apdb', 'ppdb', 'dp1'].map((name) => readSchemaFile(dataPath('felis', `${name}.yaml`))) as [
    Schema,
    Schema,
    Schema,
  ];
  for (const schema of [apdb, ppdb, dp1]) expect(diffSchemas(schema, schema).verdict).toBe('none');
  const withTable = (name: string, edit: (table: Schema['tables'][number]) => Schema['tables'][number]): Schema => ({
    ...dp1,
    tables: dp1.tables.map((table) => (table.name === name ? edit(table) : table)),
  });
  const fewer = withTable('Object', (table) => ({ ...table, columns: table.columns.filter((column) => column.name !== 'r_psfFlux') }));
  expect(diffSchemas(dp1, fewer)).toMatchObject({ verdict: 'incompatible', bump: 'major', changes: [{ path: 'Object.r_psfFlux' }] });
  expect(diffSchemas(fewer, dp1)).toMatchObject({ verdict: 'compatible', bump: 'minor' });
  const wider = withTable('Source', (table) => ({
    ...table,
    columns: table.columns.map((column) => (column.datatype === 'float' ? { ...column, datatype: 'double' as const } : column)),
  }));
  expect(diffSchemas(dp1, wider).verdict).toBe('compatible');
  expect(diffSchemas(wider, dp1).verdict).toBe('read-compatible');
  // The database that users query has not all that the one of prompt processing has.
  expect(diffSchemas(apdb, ppdb)).toMatchObject({ verdict: 'incompatible', bump: 'major' });
});

test.skipIf(!haveData)('finds that our prompt schema reads like the published one', () => {
  const { changes } = diffSchemas(readSchemaFile(dataPath('felis', 'apdb.yaml')), surveySchema('apdb'));
  expect(changes.filter((change) => change.what === 'datatype' || (change.what === 'column' && change.kind === 'removed'))).toEqual([]);
});
