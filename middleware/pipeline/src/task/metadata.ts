import type { TaskMetadata } from './context.ts';

/** Metadata of one quantum as plain data. */
export interface MetadataRecord {
  readonly values: Readonly<Record<string, unknown>>;
  readonly counts: Readonly<Record<string, number>>;
  readonly metrics: Readonly<Record<string, { readonly value: number | null; readonly unit: string }>>;
  readonly timings: Readonly<Record<string, { readonly wallSec: number; readonly cpuSec: number; readonly calls: number }>>;
  readonly warnings: readonly string[];
}

/** Wall and CPU seconds since some fixed moment. */
export type Stopwatch = () => { readonly wallSec: number; readonly cpuSec: number };

/** Creates a recorder and a way to read what it has gathered; at most 1000 warnings are kept. */
export function metadataRecorder(stopwatch: Stopwatch = processStopwatch): { recorder: TaskMetadata; read: () => MetadataRecord } {
  const values: Record<string, unknown> = {};
  const counts: Record<string, number> = {};
  const metrics: Record<string, { value: number | null; unit: string }> = {};
  const timings: Record<string, { wallSec: number; cpuSec: number; calls: number }> = {};
  const warnings: string[] = [];
  const stop = (name: string, start: ReturnType<Stopwatch>): void => {
    const end = stopwatch();
    const entry = (timings[name] ??= { wallSec: 0, cpuSec: 0, calls: 0 });
    entry.wallSec += end.wallSec - start.wallSec;
    entry.cpuSec += end.cpuSec - start.cpuSec;
    entry.calls += 1;
  };
  const recorder: TaskMetadata = {
    set: (name, value) => void (values[name] = value),
    count: (name, by = 1) => void (counts[name] = (counts[name] ?? 0) + by),
    metric: (name, value, unit) => void (metrics[name] = { value: Number.isFinite(value) ? value : null, unit }),
    warn: (message) => void (warnings.length < 1000 && warnings.push(message)),
    time(name, step) {
      const start = stopwatch();
      let result: ReturnType<typeof step>;
      try {
        result = step();
      } catch (error) {
        stop(name, start);
        throw error;
      }
      if (result instanceof Promise) return result.finally(() => stop(name, start)) as typeof result;
      stop(name, start);
      return result;
    },
  };
  return { recorder, read: () => structuredClone({ values, counts, metrics, timings, warnings }) };
}

/** Reads the clocks of this process; CPU time is that of all its threads. */
export function processStopwatch(): ReturnType<Stopwatch> {
  const cpu = process.cpuUsage();
  return { wallSec: performance.now() / 1e3, cpuSec: (cpu.user + cpu.system) / 1e6 };
}
