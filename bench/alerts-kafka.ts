import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertLog, encodePackets, forwardToKafka, type LogInput, PACKET_SCHEMA_ID, toWire } from '@almagest/alerts';
import { Consumer } from '@platformatic/kafka';
import { sampleNight } from '../archive/alerts/test/sample-night.ts';

/** 10,000 alerts of 34 kB in 39 s through a real Kafka broker to five consumers; latency from the log to the consumer. */
const ALERTS = 10_000;
const SECONDS = 39;
const CONSUMERS = 5;
const TICK_MS = 100;

const script = new URL('../scripts/services/kafka.sh', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'alerts-kafka-'));
const broker = start();
if (broker !== undefined) {
  try {
    await run(broker);
  } finally {
    execFileSync(script, ['stop', join(folder, 'broker')]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(): string | undefined {
  try {
    return execFileSync(script, ['start', join(folder, 'broker')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    console.log('# no Kafka broker: scripts/services/kafka.sh needs Java 17 and Maven');
    return undefined;
  }
}

async function run(address: string): Promise<void> {
  const samples: LogInput[] = Array.from(
    encodePackets({
      ...sampleNight({ alerts: 50, history: 27 }),
      cutouts: () => ({ difference: new Uint8Array(8640), science: new Uint8Array(8640), template: new Uint8Array(8640) }),
    }),
    (packet) => ({
      key: packet.diaSourceId,
      ra: packet.ra,
      dec: packet.dec,
      mjdTai: packet.midpointMjdTai,
      bytes: toWire(PACKET_SCHEMA_ID, packet.bytes),
    }),
  );
  const log = await AlertLog.open(join(folder, 'log'));
  const stop = new AbortController();
  let ready = false;
  const forwarding = forwardToKafka(log, { brokers: [address], topic: 'alerts', onProgress: () => (ready = true) }, stop.signal);
  while (!ready) await new Promise((resolve) => setTimeout(resolve, 20));
  const appendedAt = new Float64Array(ALERTS);
  const latencies: number[] = [];
  let joined = 0;
  const consuming = Array.from({ length: CONSUMERS }, async (_, i) => {
    const consumer = new Consumer<string, Buffer, Buffer, Buffer>({
      clientId: `bench-${i}`,
      groupId: `bench-${i}`,
      bootstrapBrokers: [address],
      deserializers: { key: (data?: Buffer) => String(data) },
      maxWaitTime: 100,
    });
    const stream = await consumer.consume({ topics: ['alerts'], mode: 'earliest', autocommit: false });
    joined += 1;
    let seen = 0;
    for await (const message of stream) {
      latencies.push(performance.now() - appendedAt[Number(message.key)]!);
      if ((seen += 1) === ALERTS) break;
    }
    await consumer.close(true).catch(() => undefined);
  });
  while (joined < CONSUMERS) await new Promise((resolve) => setTimeout(resolve, 20));
  const begin = performance.now();
  for (let sent = 0; sent < ALERTS;) {
    const due = Math.min(ALERTS, Math.ceil(((performance.now() - begin + TICK_MS) / (1000 * SECONDS)) * ALERTS));
    const burst = Array.from({ length: due - sent }, (_, i) => ({ ...samples[i % samples.length]!, key: BigInt(sent + i) }));
    const now = performance.now();
    for (let i = sent; i < due; i += 1) appendedAt[i] = now;
    await log.append(burst);
    sent = due;
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(consuming);
  const seconds = (performance.now() - begin) / 1000;
  stop.abort();
  await forwarding;
  await log.close();
  latencies.sort((a, b) => a - b);
  const p98 = latencies[Math.floor(0.98 * latencies.length)]! / 1000;
  console.log(
    JSON.stringify({
      bench: 'alerts: 10,000 in 39 s through Kafka to 5 consumers, latency of 98 %',
      ours_s: Number(p98.toFixed(3)),
      peer: null,
      peer_s: null,
      ratio: null,
      target: '2 s',
      delivered: latencies.length,
      totalSec: Number(seconds.toFixed(1)),
    }),
  );
}
