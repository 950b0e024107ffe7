import { setTimeout as sleep } from 'node:timers/promises';
import type { Producer } from '@platformatic/kafka';
import { BrokerUnavailableError } from '../errors.ts';
import type { AlertLog } from '../stream/alert-log.ts';
import type { LogEntry } from '../stream/segment.ts';

export interface ForwarderOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  /** Partitions of the topic, where it is made here. */
  readonly partitions?: number;
  /** Most packets read from the log at a time. */
  readonly batch?: number;
  /** Most bytes in one request; below the broker's `message.max.bytes`, which also limits a single packet. */
  readonly requestBytes?: number;
  /** Called when the broker cannot be reached, with the time until the next try [ms]. */
  readonly onRetry?: (error: BrokerUnavailableError, waitMs: number) => void;
  /** Called after each request with the offset of the log that is to be sent next. */
  readonly onProgress?: (nextOffset: number) => void;
  /** How the time until the next try passes; ends early with the signal. */
  readonly pause?: (waitMs: number, signal: AbortSignal) => Promise<unknown>;
}

/** Name of the message header that carries the packet's offset in the alert log. */
export const OFFSET_HEADER = 'log-offset';
const CLIENT = 'almagest-alerts';
/** Waits between tries grow from the first to the second [ms]. */
const RETRY_MS = [100, 10_000] as const;
/** Longest time that a request may take [ms]; beyond it the broker is asked what it has. */
const REQUEST_MS = 10_000;

/**
 * Sends the packets of an alert log to a Kafka topic, each exactly once.
 *
 * The log is the spool: while the broker is down packets wait there. Every message carries its offset in the log, and whenever a
 * request was not confirmed, the last message of each partition tells where to go on; so that a crash of either side neither loses
 * nor repeats a packet. One forwarder may run for a log and topic.
 *
 * @returns When the signal is given.
 */
export async function forwardToKafka(log: AlertLog, options: ForwarderOptions, signal: AbortSignal): Promise<void> {
  const kafka = await import('@platformatic/kafka');
  let wait: number = RETRY_MS[0];
  while (!signal.aborted) {
    const producer = new kafka.Producer<Buffer, Buffer, string, string>({ ...connection(options), serializers: SERIALIZERS });
    try {
      const tails = await readTails(options);
      let next = tails.length === 0 ? 0 : Math.min(...tails) + 1;
      for (;;) {
        const entries = await log.read(next, options.batch ?? 200);
        const fresh = entries.filter((entry) => entry.offset > tails[partitionOf(entry.key, tails.length)]!);
        for (const part of requests(fresh, options.requestBytes ?? REQUEST_BYTES))
          await produce(producer, options.topic, part, tails.length);
        if (entries.length > 0) next = entries.at(-1)!.offset + 1;
        wait = RETRY_MS[0];
        options.onProgress?.(next);
        if (entries.length === 0 && !(await somethingNew(log, next, signal))) break;
      }
    } catch (cause) {
      if (signal.aborted) return;
      const error = unavailable(options, cause);
      options.onRetry?.(error, wait);
      await (options.pause ?? pause)(wait, signal).catch(() => undefined);
      wait = Math.min(RETRY_MS[1], 2 * wait);
    } finally {
      await producer.close(true).catch(() => undefined);
    }
  }
}

function pause(waitMs: number, signal: AbortSignal): Promise<unknown> {
  return sleep(waitMs, undefined, { signal });
}

const SERIALIZERS = {
  key: (data?: Buffer) => data,
  value: (data?: Buffer) => data,
  headerKey: (data?: string) => (data === undefined ? undefined : Buffer.from(data)),
  headerValue: (data?: string) => (data === undefined ? undefined : Buffer.from(data)),
};

function connection({ brokers }: ForwarderOptions): {
  clientId: string;
  bootstrapBrokers: string[];
  retries: number;
  timeout: number;
  connectTimeout: number;
} {
  return { clientId: CLIENT, bootstrapBrokers: [...brokers], retries: 0, timeout: REQUEST_MS, connectTimeout: REQUEST_MS };
}

/** Brokers take 1 MiB in one request unless told otherwise [byte]. */
const REQUEST_BYTES = 900_000;
/** What a message takes beside its packet [byte]. */
const MESSAGE_OVERHEAD = 100;

/** Parts of a list of packets that fit into one request each; a packet that is larger goes alone. */
function* requests(entries: readonly LogEntry[], limit: number): Generator<readonly LogEntry[]> {
  let part: LogEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    const bytes = entry.bytes.length + MESSAGE_OVERHEAD;
    if (part.length > 0 && size + bytes > limit) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(entry);
    size += bytes;
  }
  if (part.length > 0) yield part;
}

/** Partition of a source: all versions of readers agree, whatever their hash. */
export function partitionOf(key: bigint, partitions: number): number {
  return Number(BigInt.asUintN(63, key) % BigInt(partitions));
}

async function produce(
  producer: Producer<Buffer, Buffer, string, string>,
  topic: string,
  entries: readonly LogEntry[],
  partitions: number,
): Promise<void> {
  await producer.send({
    messages: entries.map((entry) => ({
      topic,
      partition: partitionOf(entry.key, partitions),
      key: Buffer.from(String(entry.key)),
      value: Buffer.from(entry.bytes.buffer, entry.bytes.byteOffset, entry.bytes.byteLength),
      headers: { [OFFSET_HEADER]: String(entry.offset) },
    })),
    acks: -1,
    idempotent: true,
  });
}

/** Offset in the log of the last message of each partition, -1 for an empty one; makes the topic if need be. */
async function readTails(options: ForwarderOptions): Promise<number[]> {
  const { topic } = options;
  // Loaded here, because most users of this room have no broker.
  const { Admin, Consumer, ListOffsetTimestamps } = await import('@platformatic/kafka');
  const admin = new Admin(connection(options));
  const consumer = new Consumer<string, Buffer, string, string>({
    ...connection(options),
    groupId: `${CLIENT}-tails`,
    deserializers: { headerKey: (data?: Buffer) => String(data), headerValue: (data?: Buffer) => String(data) },
    maxWaitTime: 200,
  });
  try {
    if (!(await admin.listTopics()).includes(topic))
      await admin.createTopics({ topics: [topic], partitions: options.partitions ?? 1, replicas: 1 });
    const metadata = await admin.metadata({ topics: [topic], forceUpdate: true });
    const count = metadata.topics.get(topic)!.partitionsCount;
    const partitions = Array.from({ length: count }, (_, i) => i);
    const [listed] = await admin.listOffsets({
      topics: [
        { name: topic, partitions: partitions.map((partitionIndex) => ({ partitionIndex, timestamp: ListOffsetTimestamps.LATEST })) },
      ],
    });
    const ends = partitions.map((partition) => listed!.partitions.find((entry) => entry.partitionIndex === partition)!.offset);
    const tails = ends.map(() => -1);
    const filled = partitions.filter((partition) => ends[partition]! > 0n);
    if (filled.length === 0) return tails;
    const stream = await consumer.consume({
      topics: [topic],
      mode: 'manual',
      offsets: partitions.map((partition) => ({ topic, partition, offset: ends[partition]! > 0n ? ends[partition]! - 1n : 0n })),
      autocommit: false,
    });
    const missing = new Set(filled);
    for await (const message of stream) {
      if (message.offset === ends[message.partition]! - 1n) missing.delete(message.partition);
      tails[message.partition] = Math.max(tails[message.partition]!, Number(message.headers.get(OFFSET_HEADER) ?? -1));
      if (missing.size === 0) break;
    }
    await stream.close().catch(() => undefined);
    return tails;
  } finally {
    await consumer.close(true).catch(() => undefined);
    await admin.close().catch(() => undefined);
  }
}

/** Waits for a packet at or behind an offset; false where the signal came first. */
async function somethingNew(log: AlertLog, next: number, signal: AbortSignal): Promise<boolean> {
  for await (const _ of log.follow(next, signal)) return true;
  return false;
}

function unavailable({ brokers }: ForwarderOptions, cause: unknown): BrokerUnavailableError {
  const address = brokers.join(', ');
  return new BrokerUnavailableError(
    `the Kafka broker at ${address} did not take the packets: ${(cause as Error).message}; they wait in the alert log`,
    {
      cause,
      details: { address },
    },
  );
}
