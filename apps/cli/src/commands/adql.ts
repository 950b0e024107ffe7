import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { AdqlSyntaxError, type AdqlVersion, parseAdql, parseUserFunction } from '@almagest/adql';
import { type Command, InvalidArgumentError } from 'commander';

interface ParseFlags {
  readonly version: AdqlVersion;
  readonly udf: readonly string[];
  readonly batch?: boolean;
}

interface BatchLine {
  readonly id: unknown;
  readonly query: string;
  readonly version?: string;
  readonly udfs?: readonly string[];
}

export function register(program: Command): void {
  const adql = program.command('adql').description('Parse ADQL, the query language of the archive.');
  adql
    .command('parse')
    .description('Read one query from standard input and print its tree as JSON, or the error with its position (exit code 1).')
    .option('--version <version>', 'language version, 2.0 or 2.1', parseVersion, '2.1')
    .option(
      '--udf <signature>',
      'a function that the service declares; may be repeated',
      (value: string, all: readonly string[]) => [...all, value],
      [],
    )
    .option('--batch', 'read JSON lines {id, query, version, udfs}; write JSON lines {id, valid, error}')
    .option('--json', 'JSON output (the default)')
    .addHelpText(
      'after',
      `
Examples:
  echo 'SELECT TOP 5 ra, dec FROM dia_object' | almagest adql parse
  echo 'SELECT f(ra) FROM t' | almagest adql parse --udf 'f(x DOUBLE) -> DOUBLE'`,
    )
    .action(async (flags: ParseFlags) => (flags.batch ? parseBatch(flags) : parseOne(flags)));
}

async function parseOne(flags: ParseFlags): Promise<void> {
  const answer = decide(await text(process.stdin), flags.version, flags.udf);
  console.log(JSON.stringify(answer.error ?? answer.tree, undefined, 2));
  if (answer.error) process.exitCode = 1;
}

async function parseBatch(flags: ParseFlags): Promise<void> {
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const { id, query, version, udfs } = JSON.parse(line) as BatchLine;
    const { error } = decide(query, version === undefined ? flags.version : parseVersion(version), udfs ?? flags.udf);
    console.log(JSON.stringify({ id, valid: error === undefined, error: error ?? null }));
  }
}

function decide(query: string, version: AdqlVersion, udfs: readonly string[]): { tree?: object; error?: object } {
  try {
    return { tree: parseAdql(query, { version, userFunctions: udfs.map((signature) => parseUserFunction(signature)) }) };
  } catch (error) {
    if (!(error instanceof AdqlSyntaxError)) throw error;
    return { error: { code: error.code, message: error.message, ...error.details } };
  }
}

function parseVersion(value: string): AdqlVersion {
  const version = value.replace(/^adql-/i, '').replace(/^v/, '');
  if (version !== '2.0' && version !== '2.1') throw new InvalidArgumentError('expected 2.0 or 2.1');
  return version;
}
