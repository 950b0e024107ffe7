import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { createRandom } from '@almagest/numerics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AlertLog, type LogInput } from './alert-log.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'alerts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function packet(key: number): LogInput {
  return { key: BigInt(key), ra: key, dec: -1, mjdTai: 61_000, bytes: new Uint8Array(50 + (key % 70)).fill(key) };
}

function range(from: number, to: number): LogInput[] {
  return Array.from({ length: to - from }, (_, i) => packet(from + i));
}

function segmentPaths(): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.log'))
    .toSorted()
    .map((name) => join(folder, name));
}

test('packets come back by offset and by source, over many segments and after reopening', async () => {
  const log = await AlertLog.open(folder, { segmentBytes: 1000 });
  for (let i = 0; i < 100; i += 10) await log.append(range(i, i + 10));
  expect(log.endOffset).toBe(100);
  expect(segmentPaths().length).toBeGreaterThan(5);
  expect((await log.read(37, 5)).map((entry) => [entry.offset, entry.key])).toEqual([37, 38, 39, 40, 41].map((i) => [i, BigInt(i)]));
  await log.close();
  const again = await AlertLog.open(folder);
  expect((await again.read(0, 1000)).map(({ key, ra, dec, mjdTai, bytes }) => ({ key, ra, dec, mjdTai, bytes }))).toEqual(range(0, 100));
  expect((await again.find(63n))?.offset).toBe(63);
  expect(await again.find(100n)).toBeUndefined();
  await again.close();
});

test('each source once, within a call, over calls and after reopening', async () => {
  const log = await AlertLog.open(folder);
  expect(await log.append([...range(0, 5), ...range(3, 8)])).toEqual({ appended: 8, duplicates: 2, nextOffset: 8 });
  await log.close();
  const again = await AlertLog.open(folder);
  expect(await again.append(range(0, 10))).toEqual({ appended: 2, duplicates: 8, nextOffset: 10 });
  await again.close();
});

test('an end that a crash left unfinished is cut off, wherever it was cut', async () => {
  const log = await AlertLog.open(folder);
  await log.append(range(0, 3));
  await log.close();
  const [path] = segmentPaths();
  const whole = readFileSync(path!);
  const sizes = [0, 1, 2].map((i) => 40 + packet(i).bytes.length);
  for (let size = 0; size < whole.length; size += 7) {
    writeFileSync(path!, whole.subarray(0, size));
    const opened = await AlertLog.open(folder);
    let expected = 0;
    for (let sum = sizes[0]!; sum <= size; sum += sizes[expected] ?? Infinity) expected += 1;
    expect([size, opened.endOffset]).toEqual([size, expected]);
    await opened.append(range(0, 3));
    expect((await opened.read(0, 10)).map((entry) => entry.key)).toEqual([0n, 1n, 2n]);
    await opened.close();
  }
});

test('a process killed while it writes loses nothing that was confirmed, and nothing is written twice (seed 5)', async () => {
  const random = createRandom(5);
  let confirmed = 0;
  for (let round = 0; round < 4; round += 1) {
    const child = fork(new URL('../../test/log-writer.ts', import.meta.url), [folder, String(confirmed)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    child.on('message', (message) => {
      confirmed = Number(message);
    });
    await once(child, 'message');
    await new Promise((resolve) => setTimeout(resolve, 5 + random.integer(60)));
    child.kill('SIGKILL');
    await once(child, 'exit');
    const log = await AlertLog.open(folder);
    expect(log.endOffset).toBeGreaterThanOrEqual(confirmed);
    const keys = (await log.read(0, 1_000_000)).map((entry) => Number(entry.key));
    expect(keys).toEqual(Array.from(keys.keys()));
    await log.close();
  }
});

test('damage before the end is refused, not cut off; packets behind it are still there', async () => {
  const log = await AlertLog.open(folder);
  await log.append(range(0, 10));
  await log.close();
  const [path] = segmentPaths();
  const bytes = readFileSync(path!);
  bytes[200]! ^= 1;
  writeFileSync(path!, bytes);
  await expect(AlertLog.open(folder)).rejects.toMatchObject({ code: 'alerts.log-damaged' });
  expect(readFileSync(path!)).toHaveLength(bytes.length);
});

test('a full disk adds nothing and is said to be worth a retry', async () => {
  let full = true;
  const log = await AlertLog.open(folder, {
    write: async (file, bytes, position) => {
      await file.write(bytes, 0, full ? 77 : bytes.length, position);
      if (full) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    },
  });
  await expect(log.append(range(0, 5))).rejects.toMatchObject({ code: 'alerts.log-write-failed', retryable: true });
  expect(log.endOffset).toBe(0);
  full = false;
  expect(await log.append(range(0, 5))).toMatchObject({ appended: 5 });
  expect((await log.read(0, 10)).map((entry) => entry.key)).toEqual([0n, 1n, 2n, 3n, 4n]);
  await log.close();
});

test('one process writes; of a killed one nothing is left that others would wait for', async () => {
  const log = await AlertLog.open(folder);
  await expect(AlertLog.open(folder)).rejects.toMatchObject({ code: 'alerts.log-locked' });
  await log.close();
  const source = new URL('alert-log.ts', import.meta.url).href;
  const code = `const { AlertLog } = await import(${JSON.stringify(source)}); await AlertLog.open(${JSON.stringify(folder)}); process.send('held'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  await new Promise((resolve) => child.once('message', resolve));
  await expect(AlertLog.open(folder)).rejects.toThrow(`process ${child.pid}`);
  child.kill('SIGKILL');
  await new Promise((resolve) => child.once('exit', resolve));
  await (await AlertLog.open(folder)).close();
});

test('threads that write at the same time take turns, and each packet is there once', async () => {
  const source = new URL('alert-log.ts', import.meta.url).href;
  const code = `
    const { AlertLog } = await import(${JSON.stringify(source)});
    const { parentPort, workerData } = await import('node:worker_threads');
    let duplicates = 0;
    for (let round = 0; round < 6; round++) {
      const log = await AlertLog.open(workerData.folder, { waitMs: 30000 });
      const inputs = Array.from({ length: 20 }, (_, k) => ({ key: BigInt(10 * round + k), ra: 1, dec: 2, mjdTai: 3, bytes: new Uint8Array(50) }));
      duplicates += (await log.append(inputs)).duplicates;
      await log.close();
    }
    parentPort.postMessage(duplicates);`;
  const url = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
  const counts = await Promise.all(
    [0, 1, 2].map(
      () =>
        new Promise<number>((resolve, reject) => {
          const thread = new Worker(url, { workerData: { folder } });
          thread.once('message', resolve);
          thread.once('error', reject);
        }),
    ),
  );
  const log = await AlertLog.open(folder, { readOnly: true });
  const keys = (await log.read(0, 1000)).map(({ key }) => Number(key));
  await log.close();
  expect(keys.toSorted((x, y) => x - y)).toEqual(Array.from({ length: 70 }, (_, k) => k));
  expect(counts.reduce((sum, n) => sum + n)).toBe(3 * 6 * 20 - 70);
}, 30_000);

test('followers get what is there and then what comes, also from another reader', async () => {
  const log = await AlertLog.open(folder, { segmentBytes: 500 });
  await log.append(range(0, 5));
  const reader = await AlertLog.open(folder, { readOnly: true });
  const stop = new AbortController();
  const collect = async (source: AlertLog): Promise<number[]> => {
    const found: number[] = [];
    for await (const entry of source.follow(2, stop.signal)) if (found.push(Number(entry.key)) === 18) break;
    return found;
  };
  const both = Promise.all([collect(log), collect(reader)]);
  for (let i = 5; i < 20; i += 5) await log.append(range(i, i + 5));
  const expected = Array.from({ length: 18 }, (_, i) => i + 2);
  expect(await both).toEqual([expected, expected]);
  stop.abort();
  await reader.close();
  await log.close();
});

test('consumers go on where they stopped', async () => {
  const log = await AlertLog.open(folder);
  expect(await log.consumerOffset('broker/a')).toBe(0);
  await log.commitOffset('broker/a', 42);
  await log.close();
  const again = await AlertLog.open(folder);
  expect(await again.consumerOffset('broker/a')).toBe(42);
  await again.putSchema(100, { type: 'int' });
  expect(await again.findSchema(100)).toEqual({ type: 'int' });
  expect(await again.findSchema(101)).toBeUndefined();
  await again.close();
});

test('a missing segment is damage', async () => {
  const log = await AlertLog.open(folder, { segmentBytes: 500 });
  for (let i = 0; i < 20; i += 5) await log.append(range(i, i + 5));
  await log.close();
  rmSync(segmentPaths()[1]!);
  await expect(AlertLog.open(folder)).rejects.toMatchObject({ code: 'alerts.log-damaged' });
});

test('bytes of anything else at the end are cut off', async () => {
  const log = await AlertLog.open(folder);
  await log.append(range(0, 2));
  await log.close();
  const [path] = segmentPaths();
  appendFileSync(path!, new Uint8Array(500).fill(0xff));
  const again = await AlertLog.open(folder);
  expect(again.endOffset).toBe(2);
  await again.close();
  truncateSync(path!, 0);
});
