/** Makes the survey's prompt tables in SQLite from their schema, and asks what a change to the schema would mean. */
import { DatabaseSync } from 'node:sqlite';
import { avroRecord, diffSchemas, getTable, printDdl, surveySchema, tapSchemaRows } from '@almagest/schema';

const apdb = surveySchema('apdb');
const db = new DatabaseSync(':memory:');
for (const statement of printDdl(apdb, 'sqlite')) db.exec(statement);
db.exec(
  `INSERT INTO "DiaForcedSource" ("diaForcedSourceId", "diaObjectId", ra, dec, visit, detector, "midpointMjdTai", "timeProcessedMjdTai") VALUES (1, 2, 150.1, 2.2, 3, 4, 61000.5, 61000.6)`,
);
console.log(db.prepare('SELECT "diaObjectId", ra FROM "DiaForcedSource"').get());

const columns = tapSchemaRows(apdb).columns.filter((column) => column.table_name === 'apdb.DiaSource' && column.principal === 1);
console.log(`principal columns of DiaSource: ${columns.map((column) => column.column_name).join(', ')}`);
console.log(`an alert's source record has ${avroRecord(getTable(apdb, 'DiaSource'), { namespace: 'survey' }).fields.length} fields`);

const [first, ...rest] = apdb.tables;
if (first) {
  const narrower = { ...apdb, tables: [{ ...first, columns: first.columns.slice(0, -1) }, ...rest] };
  const { verdict, bump, changes } = diffSchemas(apdb, narrower);
  console.log(`without ${changes[0]?.path ?? ''} the schema is ${verdict}; the ${bump} version grows`);
}
