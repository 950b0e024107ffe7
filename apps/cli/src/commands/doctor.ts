import type { Command } from 'commander';
import { type Check, runChecks } from '../doctor/checks.ts';
import { PAGE_FOLDER } from '../survey/server.ts';

const TITLES: Readonly<Record<Check['group'], string>> = {
  needed: 'Needed',
  page: 'Page',
  engines: 'Engines to grow onto (optional)',
  peers: 'Peers to compare with (optional)',
};

export function register(program: Command): void {
  program
    .command('doctor')
    .description('Tell what this machine has, what is missing, and how to get it.')
    .argument('[folder]', 'where the survey shall be', '.')
    .option('--json', 'one JSON object a check')
    .addHelpText('after', '\nLeaves with 3 when something that is needed is missing.\n\nExample:\n  almagest doctor')
    .action(run);
}

async function run(folder: string, flags: { readonly json?: boolean }): Promise<void> {
  const checks = await runChecks(folder, PAGE_FOLDER);
  if (flags.json) for (const check of checks) console.log(JSON.stringify(check));
  else
    for (const [group, list] of Map.groupBy(checks, (check) => check.group)) {
      console.log(TITLES[group]);
      for (const { name, found, detail, remedy } of list)
        console.log(`  ${found ? 'yes' : 'no '}  ${name.padEnd(17)} ${detail}${remedy === undefined ? '' : ` (${remedy})`}`);
    }
  if (checks.some(({ group, found }) => group === 'needed' && !found)) process.exitCode = 3;
}
