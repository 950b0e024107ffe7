import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';
import { contents } from '../../test/conformance/apdb-conformance.ts';
import { sampleVisit } from '../../test/sample-visit.ts';
import { createApdb, openApdb } from './open-apdb.ts';

test('killed at any moment and run again, the database is that of an undisturbed run (seed 9)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'apdb-kill-'));
  const random = createRandom(9);
  const path = join(folder, 'killed.sqlite3');
  let next = 0;
  for (let round = 0; round < 3; round += 1) {
    const child = fork(new URL('../../test/store-until-killed.ts', import.meta.url), [path, String(next)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (visit) => {
      next = Number(visit) + 1;
    });
    await once(child, 'message');
    await new Promise((resolve) => setTimeout(resolve, 5 + random.integer(150)));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const killed = await openApdb({ address: path });
  const whole = await createApdb({ address: ':memory:' });
  for (let visit = 0; visit <= next; visit += 1) {
    const batch = sampleVisit({ seed: 1, visit: BigInt(visit), detector: 1, visitMjdTai: 61_000 + visit, objects: 150 });
    await whole.store(batch);
    // Every visit is run again, as after a crash; confirmed ones must be there.
    expect([visit, (await killed.store(batch)).stored && visit < next]).toEqual([visit, false]);
  }
  expect(await contents(killed)).toEqual(await contents(whole));
  await killed.close();
  await whole.close();
  rmSync(folder, { recursive: true });
});
