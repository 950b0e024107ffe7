import { openTokenStore, type Scope, SCOPES, type TokenRecord, type TokenStore } from '@almagest/auth';
import { type Command, InvalidArgumentError } from 'commander';
import { openSurveyFolder } from '../survey/survey-folder.ts';

interface JsonFlag {
  readonly json?: boolean;
}

interface CreateFlags extends JsonFlag {
  readonly user: string;
  readonly scope: readonly Scope[];
  readonly group: readonly string[];
  readonly name: string;
  readonly expires?: number;
}

export function register(program: Command): void {
  const token = program
    .command('auth')
    .description('Manage who may use the services of a survey.')
    .command('token')
    .description('Make, list and revoke tokens.');
  token
    .command('create')
    .description('Make a token and print it. It is not kept and cannot be shown again.')
    .argument('<survey>', 'folder of the survey')
    .requiredOption('--user <name>', 'account that the token stands for')
    .requiredOption('--scope <scope>', `what it is for (${SCOPES.join(', ')}); may be repeated`, collectScope, [])
    .option('--group <name>', 'group whose data it may read; may be repeated', collect, [])
    .option('--name <text>', 'what to call it', '')
    .option('--expires <span>', 'lifetime, such as 12h, 30d or 1y; for ever when absent', parseSpan)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  almagest auth token create demo-survey --user ada --scope exec:query --expires 30d\n  TOKEN=$(almagest auth token create demo-survey --user ada --scope read:catalog --scope exec:query)',
    )
    .action((survey: string, flags: CreateFlags) => create(survey, flags));
  token
    .command('list')
    .description('List tokens without their secrets, newest first.')
    .argument('<survey>', 'folder of the survey')
    .option('--user <name>', 'of this account only')
    .option('--json', 'one JSON array')
    .addHelpText('after', '\nExamples:\n  almagest auth token list demo-survey\n  almagest auth token list demo-survey --user ada --json')
    .action((survey: string, flags: JsonFlag & { readonly user?: string }) =>
      withTokens(survey, (tokens) => {
        const records = tokens.list(flags.user);
        if (flags.json) console.log(JSON.stringify(records));
        else for (const record of records) console.log(line(record));
      }),
    );
  token
    .command('revoke')
    .description('End a token at once.')
    .argument('<survey>', 'folder of the survey')
    .argument('<id>', 'identifier of the token, as list shows it')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExamples:\n  almagest auth token revoke demo-survey 3WGvY0Z1lqD2kTgB')
    .action((survey: string, id: string, flags: JsonFlag) =>
      withTokens(survey, (tokens) => {
        const record = tokens.revoke(id);
        console.log(flags.json ? JSON.stringify(record) : line(record));
      }),
    );
}

function create(survey: string, flags: CreateFlags): void {
  withTokens(survey, (tokens) => {
    const { user, name, scope, group, expires } = flags;
    const request = { user, name, scopes: scope, groups: group };
    const made = tokens.create(expires === undefined ? request : { ...request, lifetimeSec: expires });
    console.log(flags.json ? JSON.stringify(made) : made.token);
  });
}

function withTokens(survey: string, work: (tokens: TokenStore) => void): void {
  const tokens = openTokenStore(openSurveyFolder(survey).tokens);
  try {
    work(tokens);
  } finally {
    tokens.close();
  }
}

function line({ id, user, kind, name, scopes, expires, revoked, lastUsed }: TokenRecord): string {
  const state = revoked === undefined ? (expires === undefined ? 'for ever' : `until ${expires}`) : `revoked ${revoked}`;
  return [id, user, kind, scopes.join(','), state, lastUsed === undefined ? 'never used' : `used ${lastUsed}`, name].join('\t').trimEnd();
}

function collect(value: string, all: readonly string[]): string[] {
  return [...all, value];
}

function collectScope(value: string, all: readonly Scope[]): Scope[] {
  const scope = SCOPES.find((each) => each === value);
  if (scope === undefined) throw new InvalidArgumentError(`a scope is one of ${SCOPES.join(', ')}.`);
  return [...all, scope];
}

const UNIT_SEC: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400, w: 604_800, y: 31_557_600 };

function parseSpan(text: string): number {
  const [, count = '', unit = ''] = /^(\d+(?:\.\d+)?)([mhdwy])$/.exec(text) ?? [];
  if (count === '' || Number(count) === 0) throw new InvalidArgumentError('a lifetime is a number and m, h, d, w or y, such as 30d.');
  return Number(count) * (UNIT_SEC[unit] ?? 1);
}
