import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRandom } from '@almagest/numerics';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';

const BIN = join(import.meta.dirname, '../../bin/almagest.mjs');
const work = mkdtempSync(join(tmpdir(), 'almagest-interrupted-'));
const disk = join(work, 'disk');
mkdirSync(disk);
/** A small disk of its own; where the system lets nobody make one, that test is left out. */
const haveDisk = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0;
afterAll(() => {
  if (haveDisk) spawnSync('umount', [disk]);
  rmSync(work, { recursive: true, force: true });
});

const argsOf = (folder: string): string[] => [BIN, 'demo', folder, '--real', dataPath('m92-kpno-1987'), '--no-serve', '--json'];

/** What a whole run ends with, whatever was made in which start. */
interface Outcome {
  readonly catalogs: Readonly<Record<string, number>>;
  readonly standards: readonly { readonly passed: boolean; readonly scatterMag: number }[];
  readonly failedQuanta: number;
}

function run(folder: string): { status: number | null; outcome: Outcome; code: string | undefined } {
  const { status, stdout } = spawnSync(process.execPath, argsOf(folder), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  const printed = JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Outcome & { readonly error?: { readonly code: string } };
  const { catalogs, standards, failedQuanta, error } = printed;
  return { status, outcome: { catalogs, standards, failedQuanta }, code: error?.code };
}

let whole: Outcome | undefined;
const uninterrupted = (): Outcome => {
  if (!whole) {
    const { status, outcome } = run(join(work, 'whole'));
    expect([status, outcome.failedQuanta, outcome.standards.map(({ passed }) => passed)]).toEqual([0, 0, [true, true]]);
    whole = outcome;
  }
  return whole;
};

test.skipIf(!haveData || !haveDisk)(
  'a disk that runs full ends the run with its code; with space again it goes on to the same table',
  () => {
    const folder = join(disk, 'survey');
    mkdirSync(folder);
    const full = run(folder);
    expect([full.status, full.code]).toEqual([3, 'cli.no-space']);
    expect(spawnSync('mount', ['-o', 'remount,size=400m', disk]).status).toBe(0);
    const { status, outcome } = run(folder);
    expect(status).toBe(0);
    expect(outcome).toEqual(uninterrupted());
  },
  600_000,
);

test.skipIf(!haveData)(
  'killed at moments that nobody chose (seed m92), it is started again and again and ends with the same table',
  async () => {
    const random = createRandom('m92/kill');
    const folder = join(work, 'killed');
    const begin = performance.now();
    const expected = uninterrupted();
    // A start takes about so long on this machine, or less where the table was there already.
    const usual = Math.max(10_000, performance.now() - begin);
    for (let k = 0; k < 3; k++) {
      const child = spawn(process.execPath, argsOf(folder), { stdio: 'ignore' });
      const ended = new Promise<void>((done) => child.once('exit', () => done()));
      const timer = setTimeout(() => child.kill('SIGKILL'), usual * (0.05 + 0.55 * random.uniform()));
      await ended;
      clearTimeout(timer);
    }
    const { status, outcome } = run(folder);
    expect(status).toBe(0);
    expect(outcome).toEqual(expected);
  },
  900_000,
);
