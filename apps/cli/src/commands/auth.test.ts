import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const survey = mkdtempSync(join(tmpdir(), 'almagest-survey-'));
mkdirSync(join(survey, 'archive'));
afterAll(() => rmSync(survey, { recursive: true }));
const run = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, '../../bin/almagest.mjs'), 'auth', 'token', ...args], { encoding: 'utf8' });

test('a token is made, listed without its secret, and revoked', () => {
  const made = run('create', survey, '--user', 'ada', '--scope', 'exec:query', '--expires', '30d', '--name', 'laptop', '--json');
  const { token, record } = JSON.parse(made.stdout) as { token: string; record: { id: string; created: string; expires: string } };
  expect(Date.parse(record.expires) - Date.parse(record.created)).toBe(30 * 86_400_000);
  const listed = run('list', survey, '--json').stdout;
  expect(JSON.parse(listed)).toMatchObject([{ id: record.id, user: 'ada', name: 'laptop' }]);
  expect(listed).not.toContain(token.split('.')[1]);
  expect(JSON.parse(run('revoke', survey, record.id, '--json').stdout)).toMatchObject({
    id: record.id,
    revoked: expect.any(String) as string,
  });
  const unknown = run('revoke', survey, 'nothing', '--json');
  expect(unknown.status).toBe(2);
  expect(JSON.parse(unknown.stdout)).toMatchObject({ error: { code: 'auth.token-not-found' } });
});
