import { expect, test } from 'vitest';
import { buildPage } from './build-page.ts';
import { measureBundle } from './measure-bundle.ts';

test('every panel keeps to its budget of bytes', async () => {
  const over = [...measureBundle(await buildPage())].filter(([, { size, limit }]) => size > limit);
  expect(over).toEqual([]);
});
