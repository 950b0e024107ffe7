import { test } from 'vitest';
import { expectConcurrentWriters } from './many-writers.ts';

test('4 processes put 15 datasets each into one repository, and none is lost', async () => {
  await expectConcurrentWriters(4, 15);
});
