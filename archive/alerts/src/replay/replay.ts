import { setTimeout as sleep } from 'node:timers/promises';
import type { AlertLog, LogInput } from '../stream/alert-log.ts';
import type { LogEntry } from '../stream/segment.ts';

export interface ReplayOptions {
  /** First offset; the beginning by default. */
  readonly from?: number;
  /** Alerts a second; as fast as they are taken by default. */
  readonly rate?: number;
  /** Instead of a rate: how many times faster than the survey took them. */
  readonly speed?: number;
  /** Leave alerts before this time out [MJD TAI]. */
  readonly fromMjdTai?: number;
  /** Leave alerts from this time on out [MJD TAI]. */
  readonly untilMjdTai?: number;
  readonly signal?: AbortSignal;
}

const PAGE = 200;

/** Gives the packets of a log again, in order, at a chosen pace. */
export async function* replayLog(log: AlertLog, options: ReplayOptions = {}): AsyncGenerator<LogEntry> {
  const start = performance.now();
  let sent = 0;
  let firstMjd: number | undefined;
  for (let next = options.from ?? 0; next < log.endOffset;) {
    const page = await log.read(next, PAGE);
    if (page.length === 0) return;
    for (const entry of page) {
      next = entry.offset + 1;
      if (entry.mjdTai < (options.fromMjdTai ?? -Infinity) || entry.mjdTai >= (options.untilMjdTai ?? Infinity)) continue;
      firstMjd ??= entry.mjdTai;
      const dueMs =
        options.rate !== undefined
          ? (1000 * sent) / options.rate
          : options.speed !== undefined
            ? ((entry.mjdTai - firstMjd) * 86_400_000) / options.speed
            : 0;
      const wait = dueMs - (performance.now() - start);
      if (wait > 1) await sleep(wait, undefined, options.signal ? { signal: options.signal } : {}).catch(() => undefined);
      if (options.signal?.aborted) return;
      yield entry;
      sent += 1;
    }
  }
}

export interface LoadOptions {
  /** Alerts of one visit. */
  readonly alerts: number;
  readonly visits: number;
  /** Time between visits [s]. */
  readonly intervalSec: number;
  /** First id to give; made-up ids follow each other. */
  readonly firstId: bigint;
  readonly signal?: AbortSignal;
}

/**
 * Simulates a survey's load from alerts that exist: bursts of one visit each, every packet with a new id.
 *
 * @param rename - Gives a packet another id; packets are otherwise sent as they are.
 */
export async function* simulateLoad(
  samples: readonly LogInput[],
  options: LoadOptions,
  rename: (bytes: Uint8Array, id: bigint) => Uint8Array,
): AsyncGenerator<readonly LogInput[]> {
  const start = performance.now();
  let id = options.firstId;
  for (let visit = 0; visit < options.visits && samples.length > 0; visit += 1) {
    const wait = visit * options.intervalSec * 1000 - (performance.now() - start);
    if (wait > 1) await sleep(wait, undefined, options.signal ? { signal: options.signal } : {}).catch(() => undefined);
    if (options.signal?.aborted) return;
    const burst: LogInput[] = [];
    for (let i = 0; i < options.alerts; i += 1) {
      const sample = samples[i % samples.length]!;
      burst.push({ ...sample, key: id, bytes: rename(sample.bytes, id) });
      id += 1n;
    }
    yield burst;
  }
}
