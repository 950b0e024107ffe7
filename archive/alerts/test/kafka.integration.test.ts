import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Consumer } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AlertLog,
  encodePackets,
  forwardToKafka,
  fromWire,
  type LogInput,
  OFFSET_HEADER,
  PACKET_SCHEMA_ID,
  packetSchema,
  packetType,
  toWire,
} from '../src/index.ts';
import { sampleNight } from './sample-night.ts';

const SCRIPT = new URL('../../../scripts/services/kafka.sh', import.meta.url).pathname;
const run = promisify(execFile);
const haveKafka = ((): boolean => {
  try {
    execFileSync(SCRIPT, ['fetch'], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
    return true;
  } catch {
    return false;
  }
})();

const ALERTS = 10_000;

describe.skipIf(!haveKafka)('alerts through a real Kafka broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'));
  let broker = '';
  beforeAll(async () => {
    broker = (await run(SCRIPT, ['start', join(folder, 'broker')])).stdout.trim();
  }, 120_000);
  afterAll(async () => {
    await run(SCRIPT, ['stop', join(folder, 'broker')]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function consumeAll(topic: string, count: number): Promise<{ keys: string[]; offsets: number[]; values: Buffer[] }> {
    const consumer = new Consumer<string, Buffer, string, string>({
      clientId: 'test',
      groupId: `test-${topic}-${process.pid}`,
      bootstrapBrokers: [broker],
      deserializers: {
        key: (data?: Buffer) => String(data),
        headerKey: (data?: Buffer) => String(data),
        headerValue: (data?: Buffer) => String(data),
      },
      maxWaitTime: 500,
    });
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false });
    const found = { keys: [] as string[], offsets: [] as number[], values: [] as Buffer[] };
    const messages = stream[Symbol.asyncIterator]();
    while (found.keys.length < count) {
      const message = (await messages.next()).value!;
      found.keys.push(message.key);
      found.offsets.push(Number(message.headers.get(OFFSET_HEADER)));
      found.values.push(message.value);
    }
    // Whatever comes later would be a repetition.
    const late = await Promise.race([messages.next(), new Promise((resolve) => setTimeout(resolve, 1500, 'nothing'))]);
    expect(late).toBe('nothing');
    await consumer.close(true);
    return found;
  }

  test.each([1, 4])(
    'a broker killed and started again during a burst of 10,000: none lost, none twice (%i partitions)',
    async (partitions) => {
      const log = await AlertLog.open(join(folder, `log-${partitions}`));
      const topic = `alerts-${partitions}`;
      const inputs: LogInput[] = [];
      for (const packet of encodePackets({
        ...sampleNight({ alerts: 100, history: 10 }),
        cutouts: () => ({ science: new Uint8Array(8640) }),
      }))
        inputs.push({
          key: packet.diaSourceId,
          ra: packet.ra,
          dec: packet.dec,
          mjdTai: packet.midpointMjdTai,
          bytes: toWire(PACKET_SCHEMA_ID, packet.bytes),
        });
      const stop = new AbortController();
      let next = 0;
      let retries = 0;
      const forwarding = forwardToKafka(
        log,
        { brokers: [broker], topic, partitions, onProgress: (offset) => (next = offset), onRetry: () => (retries += 1) },
        stop.signal,
      );
      for (let i = 0; i < ALERTS; i += 100) await log.append(inputs.map((input, k) => ({ ...input, key: BigInt(i + k) })));
      const until = async (condition: () => boolean): Promise<void> => {
        while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
      };
      await until(() => next > 1500);
      await run(SCRIPT, ['kill', join(folder, 'broker')]);
      const killedAt = next;
      await run(SCRIPT, ['start', join(folder, 'broker')]);
      await until(() => next === ALERTS);
      stop.abort();
      await forwarding;
      expect(killedAt).toBeLessThan(ALERTS);
      expect(retries).toBeGreaterThan(0);
      const found = await consumeAll(topic, ALERTS);
      expect(new Set(found.keys).size).toBe(ALERTS);
      expect(found.offsets.toSorted((a, b) => a - b)).toEqual(Array.from({ length: ALERTS }, (_, i) => i));
      if (partitions === 1) expect(found.offsets).toEqual(Array.from({ length: ALERTS }, (_, i) => i));
      const { schemaId, packet } = fromWire(found.values[ALERTS - 1]!);
      expect(schemaId).toBe(PACKET_SCHEMA_ID);
      expect(packetType(packetSchema()).decode(packet)['diaSource']).toBeTruthy();
      await log.close();
    },
    240_000,
  );

  test('a forwarder that starts again goes on where the topic ends', async () => {
    const log = await AlertLog.open(join(folder, 'log-again'));
    const send = async (): Promise<void> => {
      const stop = new AbortController();
      let done = false;
      const forwarding = forwardToKafka(
        log,
        { brokers: [broker], topic: 'again', onProgress: (offset) => (done = offset === log.endOffset) },
        stop.signal,
      );
      while (!done) await new Promise((resolve) => setTimeout(resolve, 10));
      stop.abort();
      await forwarding;
    };
    for (let round = 0; round < 3; round += 1) {
      await log.append(
        Array.from({ length: 50 }, (_, i) => ({
          key: BigInt(round * 50 + i),
          ra: 1,
          dec: 2,
          mjdTai: 3,
          bytes: Uint8Array.of(0, 0, 0, 0, 1, i),
        })),
      );
      await send();
    }
    expect((await consumeAll('again', 150)).offsets).toEqual(Array.from({ length: 150 }, (_, i) => i));
    await log.close();
  }, 120_000);
});
