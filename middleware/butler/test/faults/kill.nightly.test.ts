import { expect, test } from 'vitest';
import { expectWhole, makeWriterRepository, runWriter } from './kill.ts';

const KILL_POINTS = 500;

test(`a writer killed at ${KILL_POINTS} points leaves nothing or everything`, { timeout: 1_800_000 }, async () => {
  await using first = await makeWriterRepository();
  await using second = await makeWriterRepository();
  const whole = await runWriter(first.folder, 'whole', {});
  const steps = Number(whole.said.at(-1)?.split(' ')[1]);
  expect(steps).toBeGreaterThan(50);
  // Every step once, then random moments of the whole run, spread by a fixed sequence.
  const stops = Array.from({ length: KILL_POINTS }, (_, i) => (i < steps ? { step: i + 1 } : { afterMs: 150 + ((i * 7919) % 350) }));
  let killed = 0;
  const work = async ({ folder }: { readonly folder: string }): Promise<void> => {
    for (let stop = stops.shift(); stop; stop = stops.shift()) {
      const found = await runWriter(folder, `killed/${stops.length}`, stop);
      if (found.killed) killed += 1;
      await expectWhole(folder, found);
    }
  };
  await Promise.all([first, second].map(work));
  console.log(`${killed} of ${KILL_POINTS} writers were killed on the way, ${steps} steps in a whole run`);
  expect(killed).toBeGreaterThan(steps);
});
