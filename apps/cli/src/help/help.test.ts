import { spawnSync } from 'node:child_process';
import { type Command, Command as Program } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '../command-table.ts';
import { completeHelp, helpOf } from './complete-help.ts';
import { completionNodes, completionScript } from './completion.ts';

async function allCommands(): Promise<readonly { readonly path: string; readonly command: Command }[]> {
  const program = new Program('almagest');
  for (const { load } of COMMANDS) (await load()).register(program);
  for (const command of program.commands) completeHelp(command, `almagest ${command.name()}`);
  const walk = (command: Command, path: string): { path: string; command: Command }[] =>
    command.commands.flatMap((inner) => [{ path: `${path} ${inner.name()}`, command: inner }, ...walk(inner, `${path} ${inner.name()}`)]);
  return walk(program, 'almagest');
}

test('commands are in alphabetical order, and each registers itself under its own name', async () => {
  const names = COMMANDS.map(({ name }) => name);
  expect(names).toEqual(names.toSorted());
  for (const { name, load } of COMMANDS) {
    const program = new Program('almagest');
    (await load()).register(program);
    expect(program.commands.map((command) => command.name())).toEqual([name]);
  }
});

test('every command says what it does and shows an example that names it', async () => {
  const missing: string[] = [];
  for (const { path, command } of await allCommands()) {
    const help = helpOf(command);
    // Commands of commands are shown by example in those that do the work.
    const example = command.commands.length > 0 ? 'almagest ' : path;
    const shown = /\nExamples?:\n([\s\S]*)$/.exec(help)?.[1] ?? '';
    if (command.description() === '' || !shown.includes(example)) missing.push(path);
  }
  expect(missing).toEqual([]);
});

test('completion scripts are sound for their shells and know commands, options and choices', async () => {
  const program = new Program('almagest');
  for (const { load } of COMMANDS) (await load()).register(program);
  const nodes = completionNodes(program);
  const script = completionScript('bash', nodes);
  const complete = (words: readonly string[]): string[] => {
    const line = `${script}\nCOMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}; _almagest; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { status, stdout, stderr } = spawnSync('bash', ['--norc', '-c', line], { encoding: 'utf8' });
    expect([status, stderr]).toEqual([0, '']);
    return stdout.trim().split('\n');
  };
  expect(complete(['almagest', 'de'])).toEqual(['demo', 'detect']);
  expect(complete(['almagest', 'butler', 'query-da'])).toEqual(['query-datasets', 'query-data-ids', 'query-dataset-types']);
  expect(complete(['almagest', 'serve', 'demo-survey', '--po'])).toEqual(['--port']);
  expect(complete(['almagest', 'sphere', 'moc', 'combine', '--op', 'int'])).toEqual(['intersection']);
  for (const shell of ['zsh', 'fish'] as const) {
    expect(completionScript(shell, nodes)).toContain('register-instrument');
    const check = spawnSync(shell, ['-n', '/dev/stdin'], { input: completionScript(shell, nodes), encoding: 'utf8' });
    if (check.error === undefined) expect([check.status, check.stderr]).toEqual([0, '']);
  }
});

test('every option says what it is for', async () => {
  for (const { path, command } of await allCommands())
    for (const option of command.options) expect(option.description, `${path} ${option.flags}`).not.toBe('');
});
