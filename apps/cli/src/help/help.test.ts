import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

async function everyNode(): Promise<ReturnType<typeof completionNodes>> {
  const program = new Program('almagest');
  for (const { load } of COMMANDS) (await load()).register(program);
  return completionNodes(program);
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
  const nodes = await everyNode();
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
  for (const shell of ['zsh', 'fish'] as const) expect(completionScript(shell, nodes)).toContain('register-instrument');
});

const have = (shell: string): boolean => spawnSync(shell, ['-c', 'exit 0']).error === undefined;

test.skipIf(!have('fish'))('fish offers commands, options and choices', async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'almagest-fish-')), 'almagest.fish');
  writeFileSync(script, completionScript('fish', await everyNode()));
  const complete = (line: string): string[] => {
    const { stdout } = spawnSync('fish', ['--no-config', '-c', `source ${script}; complete -C '${line}'`], { encoding: 'utf8' });
    return stdout
      .trim()
      .split('\n')
      .map((each) => each.split('\t')[0]!)
      .toSorted();
  };
  expect(complete('almagest de')).toEqual(['demo', 'detect']);
  expect(complete('almagest butler query-da')).toEqual(['query-data-ids', 'query-dataset-types', 'query-datasets']);
  expect(complete('almagest serve demo-survey --po')).toEqual(['--port']);
  expect(complete('almagest sphere moc combine --op int')).toEqual(['intersection']);
  rmSync(dirname(script), { recursive: true, force: true });
});

test.skipIf(!have('zsh'))('zsh offers commands, options and choices', async () => {
  const script = completionScript('zsh', await everyNode());
  const complete = (...words: readonly string[]): string[] => {
    // In place of the line editor: what would be offered is printed where it begins as the last word does.
    const ask = `typeset -A compstate; compdef() { : }; _files() { : }
compadd() { print -l -- \${(M)\${(P)2}:#\${words[CURRENT]}*} }
${script}
words=(${words.join(' ')}); CURRENT=${words.length}; _almagest`;
    const { stdout, stderr } = spawnSync('zsh', ['-f', '-c', ask], { encoding: 'utf8' });
    expect(stderr).toBe('');
    return stdout.trim().split('\n').toSorted();
  };
  expect(complete('almagest', 'de')).toEqual(['demo', 'detect']);
  expect(complete('almagest', 'butler', 'query-da')).toEqual(['query-data-ids', 'query-dataset-types', 'query-datasets']);
  expect(complete('almagest', 'serve', 'demo-survey', '--po')).toEqual(['--port']);
  expect(complete('almagest', 'sphere', 'moc', 'combine', '--op', 'int')).toEqual(['intersection']);
});

test('every option says what it is for', async () => {
  for (const { path, command } of await allCommands())
    for (const option of command.options) expect(option.description, `${path} ${option.flags}`).not.toBe('');
});
