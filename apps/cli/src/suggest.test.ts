import { expect, test } from 'vitest';
import { suggest } from './suggest.ts';

test('finds the nearest known word', () => {
  expect(suggest('qurey', ['query', 'serve', 'fits'])).toBe('query');
});

test('stays silent when nothing is near', () => {
  expect(suggest('zzzzzz', ['query', 'serve'])).toBeUndefined();
});
