import { expect, test } from 'vitest';
import { createUsageLimits, type Identity, UsageLimitError } from '../index.ts';

const user = (name: string, scope: 'exec:query' | 'admin' = 'exec:query'): Identity => ({ user: name, scopes: new Set([scope]) });
const limits = () =>
  createUsageLimits({ services: { tap: { points: 3, perSec: 60 } }, users: { ada: { tap: { points: 5, perSec: 60 } } } });

test('a user who has used up a service is refused and told when to come back; others are not', async () => {
  const usage = limits();
  const eve = { identity: user('eve'), address: '127.0.0.1' };
  for (let i = 0; i < 3; i++) expect(await usage.spend(eve, 'tap')).toMatchObject({ limit: 3, remaining: 2 - i });
  const error: unknown = await usage.spend(eve, 'tap').catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(UsageLimitError);
  expect((error as UsageLimitError).details?.retryAfterSec).toBeGreaterThan(50);
  expect(await usage.spend({ identity: user('bob'), address: '127.0.0.1' }, 'tap')).toMatchObject({ remaining: 2 });
  expect(await usage.spend(eve, 'images')).toBeUndefined();
});

test('a user may have limits of their own, and an administrator has none', async () => {
  const usage = limits();
  expect(await usage.spend({ identity: user('ada'), address: '1' }, 'tap', 2)).toMatchObject({ limit: 5, remaining: 3 });
  expect(await usage.spend({ identity: user('root', 'admin'), address: '1' }, 'tap', 1000)).toBeUndefined();
});

test('people who did not sign in are told apart by address', async () => {
  const usage = limits();
  const at = (address: string) => ({ identity: user('anonymous'), address });
  await usage.spend(at('10.0.0.1'), 'tap', 3);
  await expect(usage.spend(at('10.0.0.1'), 'tap')).rejects.toBeInstanceOf(UsageLimitError);
  expect(await usage.spend(at('10.0.0.2'), 'tap')).toMatchObject({ remaining: 2 });
  expect(await usage.state(at('10.0.0.2'))).toMatchObject([{ service: 'tap', limit: 3, remaining: 2 }]);
});
