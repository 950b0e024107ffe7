import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { BadSettingsError } from './errors.ts';
import { createSurveyServer } from './server.ts';
import { readServiceSettings, signInOf } from './service-settings.ts';
import { openSurveyFolder } from './survey-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'almagest-settings-'));
mkdirSync(join(root, 'archive'));
const file = join(root, 'services.yaml');
afterAll(() => rmSync(root, { recursive: true }));
const QUERY = '/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+tap_schema.schemas';

test('without a file everybody may read, and limits are wide', async () => {
  const app = await createSurveyServer(openSurveyFolder(root));
  expect((await app.inject(QUERY)).statusCode).toBe(200);
  expect((await app.inject('/auth/login')).statusCode).toBe(404);
  await app.close();
});

test('limits of the file hold by service, and a refusal says when to come back', async () => {
  writeFileSync(file, 'limits:\n  tap: { points: 2, perSec: 60 }\n');
  const app = await createSurveyServer(openSurveyFolder(root));
  const statuses = [];
  for (let i = 0; i < 3; i++) statuses.push((await app.inject(QUERY)).statusCode);
  expect(statuses).toEqual([200, 200, 429]);
  expect(Number((await app.inject(QUERY)).headers['retry-after'])).toBeGreaterThan(30);
  await app.close();
});

test('who did not sign in may do what the file says and no more', async () => {
  writeFileSync(file, 'anonymous: [read:catalog]\n');
  const app = await createSurveyServer(openSurveyFolder(root));
  expect((await app.inject(QUERY)).statusCode).toBe(403);
  await app.close();
});

test('sign-in is there where a provider is named; its secret comes from the environment, its groups decide', async () => {
  writeFileSync(
    file,
    'publicUrl: http://127.0.0.1:9\nsignIn:\n  issuer: http://127.0.0.1:9/idp\n  clientId: almagest\n  clientSecretVariable: SECRET_OF_TEST\n  allow: [members]\n  groupScopes: { members: [write:butler] }\n',
  );
  const settings = readServiceSettings(file);
  expect(() => signInOf(settings, {})).toThrow(BadSettingsError);
  const signIn = signInOf(settings, { SECRET_OF_TEST: 'hush' })!;
  expect(signIn.clientSecret).toBe('hush');
  expect(signIn.account({ sub: 'x', preferred_username: 'ada', groups: ['members'] })).toMatchObject({ user: 'ada', groups: ['members'] });
  expect(signIn.account({ sub: 'x', groups: ['members'] })!.scopes).toContain('write:butler');
  expect(signIn.account({ sub: 'x', groups: ['strangers'] })).toBeUndefined();
  process.env['SECRET_OF_TEST'] = 'hush';
  const app = await createSurveyServer(openSurveyFolder(root));
  // The provider of this test does not answer; that it is asked shows that sign-in is mounted.
  expect((await app.inject('/auth/login')).statusCode).toBe(503);
  await app.close();
  delete process.env['SECRET_OF_TEST'];
});

test('a key that is wrong is named', () => {
  writeFileSync(file, 'limits: { tap: 5 }\n');
  expect(() => readServiceSettings(file)).toThrow(/limits\.tap/);
  writeFileSync(file, 'password: x\n');
  expect(() => readServiceSettings(file)).toThrow(BadSettingsError);
});
