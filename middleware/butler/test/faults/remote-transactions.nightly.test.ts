import { expect, test } from 'vitest';
import { goAfterRequests } from './gone-client.ts';

test('a client that is gone after any of its requests leaves nothing or everything', async () => {
  const { left, requests } = await goAfterRequests({ step: 1 });
  expect([left, requests > 12]).toEqual([['all', 'nothing'], true]);
});
