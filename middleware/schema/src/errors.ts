import { AlmagestError, type ErrorFault } from '@almagest/errors';
import type { SchemaIssue } from './model/schema.ts';

/** A schema file is not valid: its YAML, its keys, or what they refer to. Mend each place that the message lists, then run `almagest schema validate`. */
export class InvalidSchemaError extends AlmagestError<{ file?: string; issues: readonly SchemaIssue[] }> {
  static override readonly code: string = 'schema.invalid';
  static override readonly fault: ErrorFault = 'data';
}

/** A table or column is asked for that the schema does not have. Use one of the names that the message lists. */
export class SchemaNameError extends AlmagestError<{ name: string; known: readonly string[] }> {
  static override readonly code: string = 'schema.unknown-name';
  static override readonly fault: ErrorFault = 'caller';
}

/** A SQL dialect cannot express a part of a schema. Give the column a type of that dialect in the schema, or leave the part out. */
export class UnsupportedDdlError extends AlmagestError<{ dialect: string; table: string; column?: string }> {
  static override readonly code: string = 'schema.unsupported-ddl';
  static override readonly fault: ErrorFault = 'data';
}
