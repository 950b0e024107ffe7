export { type DdlDialect } from './ddl/dialect.ts';
export { DDL_DIALECTS, type DdlOptions, type DialectName, printDdl } from './ddl/print-ddl.ts';
export { type AvroField, type AvroOptions, type AvroRecord, avroRecord, type AvroType } from './derive/avro.ts';
export { schemaDocs } from './derive/docs.ts';
export { columnSpec, columnSpecs, votableFields, votableGroups } from './derive/table-columns.ts';
export { type TapColumnRow, type TapSchemaOptions, type TapSchemaRows, tapSchemaRows } from './derive/tap-schema.ts';
export { typescriptTypes } from './derive/typescript.ts';
export { type ChangeEffect, diffSchemas, type SchemaChange, type SchemaDiff } from './diff/diff-schemas.ts';
export { InvalidSchemaError, SchemaNameError, UnsupportedDdlError } from './errors.ts';
export { parseSchema, type ParseSchemaOptions, readSchema, type SchemaReading } from './load/parse-schema.ts';
export {
  type CheckConstraint,
  type ForeignKeyConstraint,
  getColumn,
  getTable,
  type Schema,
  SCHEMA_DATATYPES,
  type SchemaColumn,
  type SchemaColumnGroup,
  type SchemaConstraint,
  type SchemaDatatype,
  type SchemaIndex,
  type SchemaIssue,
  type SchemaTable,
  type SchemaVersion,
  type UniqueConstraint,
} from './model/schema.ts';
export { inspectSchemaFile, readSchemaFile, surveySchema, SURVEY_SCHEMAS, type SurveySchemaName } from './load/schema-file.ts';
export type * from './generated/apdb-rows.generated.ts';
export type * from './generated/release-rows.generated.ts';
export type * from './generated/ivoa-rows.generated.ts';
