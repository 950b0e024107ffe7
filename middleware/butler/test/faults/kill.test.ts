import { expect, test } from 'vitest';
import { expectWhole, makeWriterRepository, runWriter } from './kill.ts';

test('a writer killed at any of these steps leaves nothing or everything', async () => {
  await using repository = await makeWriterRepository();
  for (const step of [15, 19, 52]) {
    const found = await runWriter(repository.folder, `killed/${step}`, { step });
    expect(found.killed).toBe(true);
    await expectWhole(repository.folder, found);
  }
  const whole = await runWriter(repository.folder, 'whole', {});
  expect([whole.killed, whole.said.slice(0, 5)]).toEqual([false, ['put', 'batch', 'moved', 'doomed', 'pruned']]);
  await expectWhole(repository.folder, whole);
});
