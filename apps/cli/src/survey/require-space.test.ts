import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { requireSpace } from './require-space.ts';

test('a disk without room is told before the work begins, with what is free; work that has begun goes on', () => {
  const fresh = join(tmpdir(), 'almagest-no-such-folder', 'survey');
  expect(() => requireSpace(fresh, 1e18)).toThrow(
    expect.objectContaining({ code: 'cli.no-space', message: expect.stringContaining('are free') }),
  );
  expect(() => requireSpace(fresh, 1)).not.toThrow();
  expect(() => requireSpace(tmpdir(), 1e18)).not.toThrow();
});
