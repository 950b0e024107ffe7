/** A night as it goes over the wire; the page reads the same types. */

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
  /** In the order in which they first ran. */
  readonly steps: readonly NightStep[];
  /** From the end of the exposure to the end of the last step [s]; null where it was not processed in the night or the day after. */
  readonly latencySec: number | null;
  readonly failures: readonly NightFailure[];
  /** What prompt processing says of it, by detector; empty where it did not see the visit. */
  readonly prompt: readonly NightPrompt[];
}

/** One detector of a visit as prompt processing saw it. */
export interface NightPrompt {
  readonly detector: number;
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'refused';
  readonly source: 'announced' | 'unannounced' | 'backlog';
  /** Pipeline that ran; null where none did. */
  readonly plan: string | null;
  /** Longer pipelines that could not run, and why. */
  readonly fallbacks: readonly { readonly from: string; readonly to: string; readonly code: string; readonly reason: string }[];
  readonly alerts: number;
  readonly attempts: number;
  /** From the end of the exposure, or where its time cannot be right from the arrival of the raw, to the alerts [s]. */
  readonly latencySec: number | null;
  readonly latencyFrom: 'shutter' | 'arrival' | null;
  readonly budgetSec: number;
  /** Time that loading took once the visit was announced; null where it was not [s]. */
  readonly preloadSec: number | null;
  /** Each stage, in order: when it began after what latency is counted from, and how long it took [s]. `transfer` is the way of the raw from the shutter. */
  readonly stages: readonly { readonly stage: string; readonly beginSec: number; readonly seconds: number }[];
  readonly error: { readonly code: string; readonly message: string } | null;
}

export interface NightMetric {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly visit: number | null;
}

/** A night: what was observed, processed and failed. */
export interface Night {
  /** Day of observation, as yyyymmdd. */
  readonly day: number;
  readonly visits: readonly NightVisit[];
  /** Every metric that a task recorded for a visit; the mean where several detectors did. */
  readonly metrics: readonly NightMetric[];
}
