import { Command } from 'commander';
import { COMMANDS } from './command-table.ts';
import { checkNumbers } from './help/check-numbers.ts';
import { completeHelp } from './help/complete-help.ts';
import { exitCodeOf, printError } from './report-error.ts';
import { suggest } from './suggest.ts';
import { noSpaceErrorOf } from './survey/disk-full.ts';
import { VERSION } from './version.ts';

// A reader that has enough, such as head, is no failure.
process.stdout.on('error', (error) => {
  if (isClosedPipe(error)) process.exit(0);
  throw error;
});
const FOOTER = `
Examples:
  almagest demo                     three simulated nights, from raw frames to the page
  almagest doctor                   what this machine has, and what is missing
  almagest night survey --raw raw   your own frames

Exit codes: 0 done; 1 failed inside, or a check was not passed; 2 wrong usage or unreadable input; 3 the environment refused (no space, port
in use, no server); 130 interrupted. Every error has a code that docs/errors.md explains.
Environment: NO_COLOR switches colours off, ALMAGEST_REPO names the usual repository, ALMAGEST_DEBUG=1 prints stacks of errors.`;

await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const program = new Command('almagest')
    .description('Data management for a time-domain sky survey: raw frames in, images, alerts and catalogues out.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the options)')
    .enablePositionalOptions();
  const name = args.find((arg) => !arg.startsWith('-'));
  const entry = COMMANDS.find((command) => command.name === name);
  if (name !== undefined && name !== 'help' && entry === undefined) {
    const near = suggest(
      name,
      COMMANDS.map((command) => command.name),
    );
    console.error(`almagest: no command "${name}".${near ? ` Did you mean "${near}"?` : ''} almagest --help lists them all.`);
    process.exitCode = 2;
    return;
  }
  if (entry === undefined) for (const { name: each, summary } of COMMANDS) program.command(each).description(summary);
  else {
    (await entry.load()).register(program);
    for (const command of program.commands) checkNumbers(command);
    // Only for a help that is shown: examples are looked for in the text of the whole tree.
    let complete = false;
    program.on('beforeAllHelp', () => {
      if (complete) return;
      complete = true;
      for (const command of program.commands) completeHelp(command, `almagest ${command.name()}`);
    });
  }
  program.addHelpText('after', FOOTER);
  program.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const command of program.commands) applyExitRules(command);
  try {
    await program.parseAsync(args, { from: 'user' });
  } catch (error) {
    if (isClosedPipe(error)) return;
    const told = noSpaceErrorOf(error) ?? error;
    printError(told, { json: args.includes('--json') });
    process.exitCode = exitCodeOf(told);
  }
}

/** Usage errors leave with 2 in every subcommand. */
function applyExitRules(command: Command): void {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
  for (const inner of command.commands) applyExitRules(inner);
}

function isClosedPipe(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EPIPE';
}
