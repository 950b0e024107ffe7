import { execFileSync } from 'node:child_process';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { codeVersion, codeVersionOf } from './code-version.ts';

const scratch = mkdtempSync(join(tmpdir(), 'almagest-version-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function makeRooms(name: string): { readonly root: string; readonly room: string; readonly source: string } {
  const root = join(scratch, name);
  const room = join(root, 'middleware/one');
  for (const folder of [room, join(root, 'science/two')]) {
    mkdirSync(join(folder, 'src'), { recursive: true });
    writeFileSync(join(folder, 'package.json'), '{"version": "1.2.3"}');
    writeFileSync(join(folder, 'src/a.ts'), 'export const a = 1;\n');
  }
  return { root, room, source: join(root, 'science/two/src/a.ts') };
}

test('names the commit of a checkout, and what was changed since', () => {
  const { root, room, source } = makeRooms('checkout');
  const git = (...args: readonly string[]): string =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { encoding: 'utf8' });
  git('init', '-q');
  git('add', '.');
  git('commit', '-q', '-m', 'x');
  const commit = git('rev-parse', 'HEAD').trim();
  expect(codeVersionOf(room)).toEqual({ version: '1.2.3', commit, contentHash: null, text: `1.2.3+g${commit.slice(0, 12)}` });
  appendFileSync(source, '// changed\n');
  const changed = codeVersionOf(room);
  expect(changed.text).toMatch(new RegExp(`^1\\.2\\.3\\+g${commit.slice(0, 12)}\\.d[0-9a-f]{12}$`));
  writeFileSync(join(root, 'science/two/src/b.ts'), 'new');
  expect(codeVersionOf(room).text).not.toBe(changed.text);
});

test('without a checkout the sources themselves are the version', () => {
  const [one, same] = [makeRooms('x/installed'), makeRooms('y/installed')];
  const before = codeVersionOf(one.room);
  expect(before).toMatchObject({ commit: null, text: expect.stringMatching(/^1\.2\.3\+h[0-9a-f]{12}$/) as string });
  expect(codeVersionOf(same.room)).toEqual(before);
  appendFileSync(one.source, '// another room changed\n');
  expect(codeVersionOf(one.room).text).not.toBe(before.text);
});

test('this code has a version', () => {
  expect(codeVersion().text).toMatch(/^\d+\.\d+\.\d+\+(g[0-9a-f]{12}(\.d[0-9a-f]{12})?|h[0-9a-f]{12})$/);
});
