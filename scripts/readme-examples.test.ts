/** Runs the first TypeScript block of every room's README, as a reader would. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readRooms, ROOT } from './rooms.ts';

describe('the smallest example in the README of', () => {
  for (const room of readRooms()) {
    const readme = join(ROOT, room.dir, 'README.md');
    if (!existsSync(readme)) continue;
    const code = /```ts\n([\s\S]*?)```/.exec(readFileSync(readme, 'utf8'))?.[1];
    if (code === undefined) continue;
    test(`${room.dir} runs`, () => {
      const dir = mkdtempSync(join(ROOT, room.dir, '.example-'));
      try {
        writeFileSync(join(dir, 'example.ts'), code);
        const run = spawnSync(process.execPath, [join(dir, 'example.ts')], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
        expect(run.status, run.stderr).toBe(0);
      } finally {
        rmSync(dir, { recursive: true });
      }
    });
  }
});

const examples = existsSync(join(ROOT, 'examples')) ? readdirSync(join(ROOT, 'examples')) : [];
const runnable = examples.filter((name) => existsSync(join(ROOT, 'examples', name, 'main.ts')));

describe.skipIf(runnable.length === 0)('the example', () => {
  const dir = join(ROOT, 'examples');
  for (const name of runnable)
    test(`${name} runs`, () => {
      const run = spawnSync(process.execPath, [join(dir, name, 'main.ts')], { cwd: ROOT, encoding: 'utf8', timeout: 120_000 });
      expect(run.status, run.stderr).toBe(0);
    });
});
