import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { InvalidSchemaError } from '../errors.ts';
import type { Schema } from '../model/schema.ts';
import { parseSchema, type ParseSchemaOptions, readSchema, type SchemaReading } from './parse-schema.ts';

/** Schemas of the survey's own tables, in the top-level folder `schemas/`. */
export type SurveySchemaName = 'apdb' | 'release' | 'ivoa';

export const SURVEY_SCHEMAS: readonly SurveySchemaName[] = ['apdb', 'release', 'ivoa'];

const FOLDER = join(import.meta.dirname, '../../../../schemas');
const CACHE = new Map<string, Schema>();

/** A schema of the survey; read once. `apdb` has DiaObject, DiaSource ..., `release` Object, Source, Visit ..., `ivoa` ObsCore. */
export function surveySchema(name: SurveySchemaName): Schema {
  const known = CACHE.get(name);
  if (known) return known;
  const schema = readSchemaFile(join(FOLDER, `${name}.yaml`));
  CACHE.set(name, schema);
  return schema;
}

/** Reads a schema file; files that it refers to are looked for beside it. @throws {InvalidSchemaError} */
export function readSchemaFile(path: string, options: Pick<ParseSchemaOptions, 'allowMissingResources'> = {}): Schema {
  return parseSchema(readText(path), { file: path, readResource: resourcesBeside(path), ...options });
}

/** Reads a schema file and says all that is wrong or doubtful. */
export function inspectSchemaFile(path: string, options: Pick<ParseSchemaOptions, 'allowMissingResources'> = {}): SchemaReading {
  return readSchema(readText(path), { file: path, readResource: resourcesBeside(path), ...options });
}

/** Files by plain name only: a schema cannot make its reader open other folders. */
function resourcesBeside(path: string): (uri: string) => string {
  return (uri) => {
    if (basename(uri) !== uri) throw new Error('a resource must be a file in the same folder');
    return readFileSync(join(dirname(path), uri), 'utf8');
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidSchemaError(`cannot read schema ${path}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
      details: { file: path, issues: [] },
    });
  }
}
