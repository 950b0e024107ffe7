import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { lockRun } from './run-lock.ts';

const scratch = mkdtempSync(join(tmpdir(), 'almagest-lock-'));
afterAll(() => rmSync(scratch, { recursive: true }));
const DEAD = `${hostname()} 999999999 1`;

test('a lock is given back, refused while its process lives, and taken over from a dead one', () => {
  const path = join(scratch, 'a.lock');
  writeFileSync(path, DEAD);
  const unlock = lockRun(path, { takeOver: false });
  expect(() => lockRun(path, { takeOver: false })).toThrow(/executes this run already/);
  unlock();
  writeFileSync(path, 'another-host 1 1');
  expect(() => lockRun(path, { takeOver: false })).toThrow(/another-host/);
  lockRun(path, { takeOver: true })();
  // A process that died while it removed a dead one's lock is in nobody's way for long.
  writeFileSync(path, DEAD);
  writeFileSync(`${path}.turn`, '');
  expect(() => lockRun(path, { takeOver: false })).toThrow(/another process takes the lock/);
  utimesSync(`${path}.turn`, 1, 1);
  lockRun(path, { takeOver: false })();
});

test('of many processes that find a dead lock at once, one gets it', async () => {
  const source = new URL('run-lock.ts', import.meta.url).href;
  for (let round = 0; round < 3; round++) {
    const path = join(scratch, `${round}.lock`);
    const log = `${path}.log`;
    writeFileSync(path, DEAD);
    const code = `
      import { appendFileSync } from 'node:fs';
      import { lockRun } from ${JSON.stringify(source)};
      process.once('message', () => {
        try {
          const unlock = lockRun(${JSON.stringify(path)}, { takeOver: false });
          appendFileSync(${JSON.stringify(log)}, 'in\\n');
          setTimeout(() => { appendFileSync(${JSON.stringify(log)}, 'out\\n'); unlock(); process.disconnect(); }, 300);
        } catch { process.disconnect(); }
      });
      process.send('up');`;
    const children = Array.from({ length: 4 }, () => spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })); // prettier-ignore
    await Promise.all(children.map((child) => new Promise((resolve) => child.once('message', resolve))));
    const ends = children.map((child) => new Promise((resolve) => child.once('exit', resolve)));
    for (const child of children) child.send('go');
    await Promise.all(ends);
    expect(readFileSync(log, 'utf8')).toMatch(/^(in\nout\n)+$/);
  }
}, 120_000);
