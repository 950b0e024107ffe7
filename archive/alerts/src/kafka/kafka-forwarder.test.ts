import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { AlertLog, BrokerUnavailableError, forwardToKafka } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'almagest-forwarder-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A port of this machine at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('while a broker is away for an hour alerts wait in the log, and it is asked every ten seconds at most', async () => {
  const log = await AlertLog.open(join(folder, 'log'));
  const stop = new AbortController();
  const waits: number[] = [];
  const errors: unknown[] = [];
  let passedMs = 0;
  await forwardToKafka(
    log,
    {
      brokers: [`127.0.0.1:${await closedPort()}`],
      topic: 'alerts',
      onRetry: (error) => errors.push(error),
      pause: async (waitMs) => {
        waits.push(waitMs);
        passedMs += waitMs;
        // The night goes on: an alert a try.
        await log.append([
          { key: BigInt(waits.length), ra: 1, dec: 2, mjdTai: 61_000, bytes: Uint8Array.of(0, 0, 0, 0, 1, waits.length & 255) },
        ]);
        if (passedMs >= 3_600_000) stop.abort();
      },
    },
    stop.signal,
  );
  expect(waits.slice(0, 9)).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
  expect(Math.max(...waits)).toBe(10_000);
  expect(waits.length).toBeLessThan(370);
  expect(errors).toHaveLength(waits.length);
  expect(errors.every((error) => error instanceof BrokerUnavailableError && error.retryable)).toBe(true);
  expect(log.endOffset).toBe(waits.length);
  expect((await log.read(0, 1000)).map(({ key }) => Number(key))).toEqual(waits.map((_, k) => k + 1));
  await log.close();
}, 60_000);
