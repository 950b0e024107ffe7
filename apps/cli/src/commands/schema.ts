import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import {
  avroRecord,
  DDL_DIALECTS,
  type DialectName,
  diffSchemas,
  getTable,
  inspectSchemaFile,
  printDdl,
  readSchemaFile,
  type Schema,
  SURVEY_SCHEMAS,
  surveySchema,
  schemaDocs,
  type SchemaIssue,
  type SurveySchemaName,
  typescriptTypes,
} from '@almagest/schema';

interface JsonOption {
  readonly json?: boolean;
}

/** Adds `almagest schema`. */
export function register(program: Command): void {
  const schema = program.command('schema').description('Check table schemas and make from them what needs them.');
  schema.addHelpText('after', `\nA SCHEMA is a Felis YAML file, or the name of one of the survey's own: ${SURVEY_SCHEMAS.join(', ')}.`);
  validate(schema);
  schema
    .command('ddl')
    .description('Print the SQL that makes the tables.')
    .argument('<schema>', 'file or name')
    .option('-d, --dialect <dialect>', `one of ${Object.keys(DDL_DIALECTS).join(', ')}`, dialect, 'sqlite')
    .option('-t, --tables <names>', 'tables, separated by commas', names)
    .option('--namespace <name>', 'database schema to put the tables into')
    .option('--no-foreign-keys', 'leave foreign keys out')
    .option('--if-not-exists', 'do nothing where a table exists')
    .option('--json', 'one JSON line: the statements')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest schema ddl apdb | sqlite3 apdb.db\n  almagest schema ddl --dialect postgresql --namespace dp1 dp1.yaml | psql survey',
    )
    .action(
      (
        path: string,
        options: JsonOption & { dialect: DialectName; tables?: string[]; namespace?: string; foreignKeys: boolean; ifNotExists?: boolean },
      ) => {
        const loaded = load(path);
        for (const table of options.tables ?? []) getTable(loaded, table);
        const statements = printDdl(loaded, options.dialect, {
          foreignKeys: options.foreignKeys,
          ...(options.tables ? { tables: options.tables } : {}),
          ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
          ...(options.ifNotExists ? { ifNotExists: true } : {}),
        });
        console.log(options.json ? JSON.stringify({ schema: loaded.name, dialect: options.dialect, statements }) : statements.join('\n'));
      },
    );
  schema
    .command('diff')
    .description('Compare two versions of a schema and say whether programs made for the first work with the second.')
    .argument('<from>', 'file or name')
    .argument('<to>', 'file or name')
    .option('--json', 'one JSON line')
    .addHelpText(
      'after',
      '\nEffects: none, compatible, read-compatible (old readers work, old writers fail), incompatible.\n\nExample:\n  almagest schema diff apdb-1.0.yaml apdb',
    )
    .action((from: string, to: string, options: JsonOption) => {
      const found = diffSchemas(load(from), load(to));
      if (options.json) {
        console.log(JSON.stringify(found));
        return;
      }
      for (const { kind, what, path, from: before, to: after, effect } of found.changes)
        console.log(
          `${effect.padEnd(16)} ${kind} ${what} ${path}${before === undefined && after === undefined ? '' : `: ${before ?? '(none)'} -> ${after ?? '(none)'}`}`,
        );
      console.log(`${found.changes.length} changes: ${found.verdict}; the version grows by: ${found.bump}`);
    });
  printers(schema);
}

function validate(schema: Command): void {
  schema
    .command('validate')
    .description('Check schema files; exit code 2 where one has errors.')
    .argument('<schema...>', 'files or names')
    .option('--strict', 'count warnings as errors')
    .option('--allow-missing-resources', 'go on without the files that a schema refers to')
    .option('--json', 'one JSON line a file')
    .addHelpText('after', '\nExamples:\n  almagest schema validate schemas/*.yaml\n  almagest schema validate --json apdb release ivoa')
    .action((paths: string[], options: JsonOption & { strict?: boolean; allowMissingResources?: boolean }) => {
      for (const path of paths) {
        const { schema: read, issues } = inspect(path, options.allowMissingResources ?? false);
        const failed = issues.some((issue) => issue.severity === 'error' || options.strict);
        if (failed) process.exitCode = 2;
        const columns = read?.tables.reduce((n, table) => n + table.columns.length, 0) ?? 0;
        if (options.json)
          console.log(JSON.stringify({ file: path, valid: !failed, name: read?.name, tables: read?.tables.length ?? 0, columns, issues }));
        else {
          for (const issue of issues) console.log(issueLine(path, issue));
          console.log(`${path}: ${failed ? 'not valid' : 'valid'}, ${read?.tables.length ?? 0} tables, ${columns} columns`);
        }
      }
    });
}

function printers(schema: Command): void {
  schema
    .command('docs')
    .description('Print a page about a schema, in Markdown.')
    .argument('<schema>', 'file or name')
    .option('--json', 'one JSON line')
    .addHelpText('after', '\nExample:\n  almagest schema docs apdb > apdb.md')
    .action((path: string, options: JsonOption) => {
      const docs = schemaDocs(load(path));
      console.log(options.json ? JSON.stringify({ markdown: docs }) : docs);
    });
  schema
    .command('types')
    .description('Print TypeScript interfaces of the rows.')
    .argument('<schema>', 'file or name')
    .option('--json', 'one JSON line')
    .addHelpText('after', '\nExample:\n  almagest schema types apdb > apdb-rows.ts')
    .action((path: string, options: JsonOption) => {
      const types = typescriptTypes(load(path));
      console.log(options.json ? JSON.stringify({ typescript: types }) : types);
    });
  schema
    .command('avro')
    .description('Print the Avro record of a table.')
    .argument('<schema>', 'file or name')
    .argument('<table>', 'table of the schema')
    .option('--namespace <name>', 'namespace of the record')
    .option('--json', 'on one line')
    .addHelpText('after', '\nExample:\n  almagest schema avro apdb DiaSource --namespace survey.alerts')
    .action((path: string, table: string, options: JsonOption & { namespace?: string }) => {
      const record = avroRecord(getTable(load(path), table), options.namespace === undefined ? {} : { namespace: options.namespace });
      console.log(JSON.stringify(record, undefined, options.json ? 0 : 2));
    });
}

function load(path: string): Schema {
  const own = ownName(path);
  return own ? surveySchema(own) : readSchemaFile(path);
}

function inspect(
  path: string,
  allowMissingResources: boolean,
): { readonly schema: Schema | undefined; readonly issues: readonly SchemaIssue[] } {
  const own = ownName(path);
  return own ? { schema: surveySchema(own), issues: [] } : inspectSchemaFile(path, { allowMissingResources });
}

function ownName(path: string): SurveySchemaName | undefined {
  return existsSync(path) ? undefined : SURVEY_SCHEMAS.find((name) => name === path);
}

function issueLine(path: string, issue: SchemaIssue): string {
  return `${path}${issue.line === undefined ? '' : `:${issue.line}`}: ${issue.severity}: ${issue.path}: ${issue.message}`;
}

function names(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

function dialect(text: string): DialectName {
  if (!Object.hasOwn(DDL_DIALECTS, text)) throw new InvalidArgumentError(`expected one of ${Object.keys(DDL_DIALECTS).join(', ')}`);
  return text as DialectName;
}
