import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@almagest/numerics';
import { expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/almagest.mjs');
const KILLS = 8;

test('the demonstration, killed at eight moments that nobody chose (seed demo), ends with the same table', async () => {
  const work = mkdtempSync(join(tmpdir(), 'almagest-killed-'));
  const argsOf = (name: string): string[] => [BIN, 'demo', join(work, name), '--no-serve', '--json'];
  const outcome = (name: string): unknown => {
    const { status, stdout } = spawnSync(process.execPath, argsOf(name), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    expect(status).toBe(0);
    return JSON.parse(stdout);
  };
  try {
    const begin = performance.now();
    const whole = outcome('whole');
    const usual = performance.now() - begin;
    const random = createRandom('demo/kill');
    for (let k = 0; k < KILLS; k++) {
      const child = spawn(process.execPath, argsOf('killed'), { stdio: 'ignore' });
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      // Each start gets some way further than the one before, on average.
      const timer = setTimeout(() => child.kill('SIGKILL'), (usual / KILLS) * 2 * random.uniform());
      await ended;
      clearTimeout(timer);
    }
    expect(outcome('killed')).toEqual(whole);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}, 3_600_000);
