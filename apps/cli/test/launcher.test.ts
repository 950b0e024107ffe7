import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../bin');
const BUNDLE = join(import.meta.dirname, '../dist/bundle');
const root = mkdtempSync(join(tmpdir(), 'almagest-launcher-'));
afterAll(() => rmSync(root, { recursive: true }));

const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}): string =>
  spawnSync(process.execPath, [join(root, 'apps/cli/bin/almagest.mjs'), ...args], { encoding: 'utf8', env: { ...process.env, ...env } })
    .stdout;

test('the bundle runs while its sources are as they were, the sources otherwise', () => {
  const cli = join(root, 'apps/cli');
  cpSync(BIN, join(cli, 'bin'), { recursive: true });
  for (const folder of ['src', 'dist/bundle']) mkdirSync(join(cli, folder), { recursive: true });
  const source = join(cli, 'src/main.ts');
  writeFileSync(source, "console.log('source');");
  writeFileSync(join(cli, 'dist/bundle/main.mjs'), "console.log('bundle');");
  const { size, mtimeMs } = statSync(source);
  const stamps = (stamp: readonly unknown[]): void =>
    writeFileSync(join(cli, 'dist/bundle/fits.json'), JSON.stringify({ main: 'main.mjs', sources: [stamp] }));
  stamps(['apps/cli/src/main.ts', size, mtimeMs]);
  expect(run(['fits', 'info'])).toBe('bundle\n');
  expect(run(['--json', 'fits'])).toBe('bundle\n');
  expect(run(['run'])).toBe('source\n');
  expect(run(['../bundle/fits'])).toBe('source\n');
  expect(run(['fits'], { ALMAGEST_DEBUG: '1' })).toBe('source\n');
  stamps(['apps/cli/src/main.ts', size + 1, mtimeMs]);
  expect(run(['fits'])).toBe('source\n');
  stamps(['apps/cli/src/main.ts', size, mtimeMs - 1]);
  expect(run(['fits'])).toBe('source\n');
  stamps(['apps/cli/src/gone.ts', size, mtimeMs]);
  expect(run(['fits'])).toBe('source\n');
});

test.skipIf(!existsSync(join(BUNDLE, 'fits.json')))('a command is stamped with modules that leave no code as well', () => {
  const { sources } = JSON.parse(readFileSync(join(BUNDLE, 'fits.json'), 'utf8')) as { sources: readonly (readonly [string])[] };
  const paths = sources.map(([path]) => path);
  for (const path of [
    'package-lock.json',
    'apps/cli/src/command-table.ts',
    'foundation/fits/src/index.ts',
    'foundation/kernels/src/index.ts',
  ])
    expect(paths).toContain(path);
});

test.skipIf(process.platform !== 'linux')('the shell launcher finds its Node and the command through links', () => {
  const link = join(import.meta.dirname, '../../../node_modules/.bin/almagest');
  for (const path of [join(BIN, 'almagest'), link])
    expect(spawnSync(path, ['--version'], { encoding: 'utf8', env: { PATH: '/usr/bin:/bin' } }).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
