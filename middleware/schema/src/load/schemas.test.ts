import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { typescriptTypes } from '../derive/typescript.ts';
import { InvalidSchemaError, SchemaNameError } from '../errors.ts';
import { getColumn, getTable } from '../model/schema.ts';
import { parseSchema, readSchema } from './parse-schema.ts';
import { inspectSchemaFile, readSchemaFile, SURVEY_SCHEMAS, surveySchema } from './schema-file.ts';

test("the survey's schemas have neither errors nor warnings", () => {
  for (const name of SURVEY_SCHEMAS)
    expect(inspectSchemaFile(join(import.meta.dirname, `../../../../schemas/${name}.yaml`)).issues).toEqual([]);
});

test("the survey's tables are those that the field publishes", () => {
  const tables = SURVEY_SCHEMAS.flatMap((name) => surveySchema(name).tables.map((table) => table.name));
  expect(tables).toEqual([
    'DiaObject',
    'DiaSource',
    'DiaForcedSource',
    'SSObject',
    'SSSource',
    'mpc_orbits',
    'Object',
    'Source',
    'ForcedSource',
    'Visit',
    'CcdVisit',
    'CoaddPatches',
    'ObsCore',
  ]);
  expect(getColumn(getTable(surveySchema('apdb'), 'DiaSource'), 'midpointMjdTai')).toMatchObject({
    datatype: 'double',
    nullable: false,
    unit: 'd',
  });
});

test.skipIf(!haveData)('prompt tables have every published column with its type', () => {
  const published = readSchemaFile(dataPath('felis', 'apdb.yaml'));
  for (const table of surveySchema('apdb').tables) {
    const shape = (t: typeof table): unknown => t.columns.map((c) => `${c.name} ${c.datatype} ${c.length} ${c.nullable}`).toSorted();
    expect(shape(table)).toEqual(shape(getTable(published, table.name)));
  }
});

test.skipIf(!haveData)('release tables have published names only, with the published types and units', () => {
  const published = readSchemaFile(dataPath('felis', 'dp1.yaml'));
  // Five names of Object are published with HSC's tables, whose base is not among the files.
  const hsc = readFileSync(dataPath('felis', 'hsc.yaml'), 'utf8');
  const counts = surveySchema('release').tables.map((table) => {
    const columns = new Map(getTable(published, table.name).columns.map((column) => [column.name, column]));
    for (const { name, datatype, unit } of table.columns) {
      const there = columns.get(name);
      if (!there) expect(new RegExp(`^ +${name}:$`, 'm').test(hsc), `${table.name}.${name}`).toBe(true);
      else expect({ name, datatype, unit: there.unit && unit }).toEqual({ name, datatype: there.datatype, unit: there.unit });
    }
    return `${table.name} ${table.columns.filter(({ name }) => columns.has(name)).length} of ${columns.size}`;
  });
  expect(counts).toEqual([
    'Object 603 of 1296',
    'Source 120 of 156',
    'ForcedSource 28 of 28',
    'Visit 15 of 15',
    'CcdVisit 50 of 50',
    'CoaddPatches 5 of 5',
  ]);
});

test.skipIf(!haveData)('every real schema file of the field loads', () => {
  const sizes: Record<string, [number, number]> = {};
  for (const file of readdirSync(dataPath('felis'))) {
    // The base of hsc.yaml is not among the files.
    const { schema, issues } = inspectSchemaFile(dataPath('felis', file), { allowMissingResources: file === 'hsc.yaml' });
    expect(
      issues.filter((issue) => issue.severity === 'error' && !issue.message.startsWith('no column')),
      file,
    ).toEqual([]);
    if (schema) sizes[file] = [schema.tables.length, schema.tables.reduce((n, table) => n + table.columns.length, 0)];
  }
  expect(sizes).toMatchObject({
    'apdb.yaml': [12, 462],
    'cdb_latiss.yaml': [13, 236],
    'dp03_1yr.yaml': [4, 130],
    'dp1.yaml': [12, 1838],
    'ivoa_obscore.yaml': [1, 36],
  });
  // Columns taken over from apdb.yaml by reference.
  expect(getColumn(getTable(readSchemaFile(dataPath('felis', 'ppdb.yaml')), 'DiaObject'), 'ra').unit).toBe('deg');
});

test('says line and place of each mistake', () => {
  const text = `name: s
tables:
- name: T
  primaryKey: "#T.nope"
  columns:
  - name: a
    datatype: longg
`;
  expect(() => parseSchema(text)).toThrow(/line 7, tables\.T\.columns\.a\.datatype/);
  const { issues } = readSchema(text.replace('longg', 'string').replace('datatype', 'colour: red\n    datatype'));
  expect(issues.filter((issue) => issue.severity === 'error')).toEqual([
    { severity: 'error', path: 'tables.T.columns.a', line: 7, message: 'key "colour" is not known' },
    { severity: 'error', path: 'tables.T.primaryKey', line: 4, message: 'no column "#T.nope"' },
    { severity: 'error', path: 'tables.T.columns.a', line: 8, message: 'datatype string needs a length' },
  ]);
  expect(() => parseSchema('a: [')).toThrow(InvalidSchemaError);
  expect(() => getTable(surveySchema('apdb'), 'DiaSources')).toThrow(SchemaNameError);
});

test('a schema cannot make its reader open files elsewhere', () => {
  const text = 'name: s\nresources: { x: { uri: "../secret.yaml" } }\ntables:\n- name: T\n  columnRefs: { x: { A: { b: null } } }\n';
  expect(() =>
    parseSchema(text, {
      readResource: () => {
        throw new Error('refused');
      },
    }),
  ).toThrow(/refused/);
  expect(() => readSchemaFile('/nonexistent.yaml')).toThrow(InvalidSchemaError);
});

test('generated row types are up to date (run node middleware/schema/generate-rows.ts)', () => {
  for (const name of SURVEY_SCHEMAS) {
    const path = join(import.meta.dirname, `../generated/${name}-rows.generated.ts`);
    expect(readFileSync(path, 'utf8') === typescriptTypes(surveySchema(name)), path).toBe(true);
  }
});
