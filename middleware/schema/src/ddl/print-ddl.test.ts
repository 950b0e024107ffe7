import { DatabaseSync } from 'node:sqlite';
import { PGlite } from '@electric-sql/pglite';
import { DuckDBInstance } from '@duckdb/node-api';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { UnsupportedDdlError } from '../errors.ts';
import { parseSchema } from '../load/parse-schema.ts';
import { readSchemaFile, SURVEY_SCHEMAS, surveySchema } from '../load/schema-file.ts';
import type { Schema } from '../model/schema.ts';
import { printDdl } from './print-ddl.ts';

function schemas(): Schema[] {
  const own = SURVEY_SCHEMAS.map(surveySchema);
  return haveData ? [...own, readSchemaFile(dataPath('felis', 'apdb.yaml')), readSchemaFile(dataPath('felis', 'cdb_latiss.yaml'))] : own;
}

test('SQLite takes the statements and reports the columns', () => {
  for (const schema of schemas()) {
    const db = new DatabaseSync(':memory:');
    for (const statement of printDdl(schema, 'sqlite')) db.exec(statement);
    for (const table of schema.tables) {
      const columns = db.prepare(`SELECT name, "notnull" AS required FROM pragma_table_info(?) ORDER BY cid`).all(table.name);
      expect(columns.map((c) => c['name'])).toEqual(table.columns.map((c) => c.name));
      expect(columns.filter((c) => c['required'] === 1).map((c) => c['name'])).toEqual(
        table.columns.filter((c) => !c.nullable || table.primaryKey.includes(c.name)).map((c) => c.name),
      );
    }
    db.close();
  }
});

test('DuckDB takes the statements and reports the columns', async () => {
  for (const schema of schemas()) {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    for (const statement of printDdl(schema, 'duckdb')) await connection.run(statement);
    for (const table of schema.tables) {
      const reader = await connection.runAndReadAll(
        `SELECT column_name FROM information_schema.columns WHERE table_name = '${table.name}' ORDER BY ordinal_position`,
      );
      expect(reader.getRows().map(([name]) => name)).toEqual(table.columns.map((c) => c.name));
    }
    connection.closeSync();
    instance.closeSync();
  }
});

test('PostgreSQL takes the statements, in a namespace, with comments', async () => {
  const db = await PGlite.create();
  for (const [i, schema] of SURVEY_SCHEMAS.map(surveySchema).entries()) {
    const namespace = `n${i}`;
    for (const statement of printDdl(schema, 'postgresql', { namespace, ifNotExists: true })) await db.exec(statement);
    for (const table of schema.tables) {
      const { rows } = await db.query<{ column_name: string }>(
        `SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 ORDER BY ordinal_position`,
        [namespace, table.name],
      );
      expect(rows.map((row) => row.column_name)).toEqual(table.columns.map((c) => c.name));
    }
  }
  const { rows } = await db.query<{ d: string }>(
    `SELECT col_description('n0."DiaSource"'::regclass, ordinal_position) AS d FROM information_schema.columns WHERE table_schema = 'n0' AND table_name = 'DiaSource' AND column_name = 'psfFlux'`,
  );
  expect(rows[0]?.d).toMatch(/point-source model.*\[nJy\]/);
  await db.close();
});

const ODD = `name: odd
description: odd things
tables:
- name: B
  primaryKey: "#B.id"
  columns:
  - { name: id, datatype: long, autoincrement: true, nullable: false }
  - { name: text, datatype: string, length: 5, value: "it's" , "postgresql:datatype": "TEXT" }
  - { name: n, datatype: int, value: 3, nullable: false }
  constraints:
  - { name: positive, "@type": Check, expression: "n > 0" }
  - { name: fk, "@type": ForeignKey, columns: ["#B.n"], referencedColumns: ["#A.id"], on_delete: cascade }
  indexes:
  - { name: ex, expressions: ["lower(text)"] }
- name: A
  primaryKey: "#A.id"
  columns:
  - { name: id, datatype: int, nullable: false }
`;

test('numbers rows by itself, keeps defaults, checks and overrides, and orders tables by reference', () => {
  const schema = parseSchema(ODD);
  const sqlite = printDdl(schema, 'sqlite');
  expect(sqlite[0]).toContain('CREATE TABLE "A"');
  const db = new DatabaseSync(':memory:');
  for (const statement of sqlite) db.exec(statement);
  db.exec('INSERT INTO "A" VALUES (3); INSERT INTO "B" (text) VALUES (\'x\')');
  expect(db.prepare('SELECT * FROM "B"').all()).toMatchObject([{ id: 1, text: 'x', n: 3 }]);
  expect(() => db.exec('INSERT INTO "B" (n) VALUES (-1)')).toThrow(/CHECK/);
  db.close();
  expect(printDdl(schema, 'postgresql').join('\n')).toMatch(
    /"text" TEXT DEFAULT 'it''s'[\s\S]*ALTER TABLE "B" ADD CONSTRAINT "fk" FOREIGN KEY \("n"\) REFERENCES "A" \("id"\) ON DELETE CASCADE/,
  );
  expect(printDdl(schema, 'duckdb', { foreignKeys: false }).join('\n')).not.toContain('REFERENCES');
});

test('says when foreign keys go round in a circle', () => {
  const circle = parseSchema(
    ODD.replace(
      '- { name: id, datatype: int, nullable: false }\n',
      '- { name: id, datatype: int, nullable: false }\n  constraints:\n  - { name: back, "@type": ForeignKey, columns: ["#A.id"], referencedColumns: ["#B.id"] }\n',
    ),
  );
  expect(() => printDdl(circle, 'duckdb')).toThrow(UnsupportedDdlError);
  expect(printDdl(circle, 'postgresql').length).toBeGreaterThan(4);
});
