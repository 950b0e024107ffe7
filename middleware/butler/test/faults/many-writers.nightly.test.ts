import { test } from 'vitest';
import { expectConcurrentWriters } from './many-writers.ts';

test('8 processes put 1000 datasets each into one repository, and none is lost', { timeout: 1_800_000 }, async () => {
  const { seconds } = await expectConcurrentWriters(8, 1000);
  console.log(`8 x 1000 puts in ${seconds.toFixed(1)} s`);
});
