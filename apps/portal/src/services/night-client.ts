import { askJson } from './problem.ts';

/** What became of one step of processing for one visit. */
export interface NightStep {
  readonly task: string;
  readonly done: number;
  readonly failed: number;
  /** Longest time that one of them took [s]. */
  readonly seconds: number | null;
}

export interface NightFailure {
  readonly task: string;
  readonly dataId: Readonly<Record<string, string | number>>;
  readonly message: string;
}

export interface NightVisit {
  readonly visit: number;
  readonly band: string | null;
  readonly target: string | null;
  readonly beginMjdTai: number | null;
  readonly exposureSec: number | null;
  readonly steps: readonly NightStep[];
  /** From the end of the exposure to the end of the last step [s]; null where that cannot be told. */
  readonly latencySec: number | null;
  readonly failures: readonly NightFailure[];
}

export interface NightMetric {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly visit: number | null;
}

export interface Night {
  readonly day: number;
  readonly visits: readonly NightVisit[];
  readonly metrics: readonly NightMetric[];
}

export async function listNights(signal?: AbortSignal): Promise<readonly { readonly day: number; readonly visits: number }[]> {
  return (await askJson<{ nights: readonly { day: number; visits: number }[] }>('/api/nights', signal ? { signal } : {})).nights;
}

export async function getNight(day: number, signal?: AbortSignal): Promise<Night> {
  return await askJson<Night>(`/api/nights/${day}`, signal ? { signal } : {});
}
