/** One detector of one exposure: what is claimed, processed and timed as a whole. */
export interface Unit {
  readonly instrument: string;
  readonly exposure: number;
  readonly detector: number;
}

/** A unit whose raw has arrived. */
export interface RawUnit extends Unit {
  /** What ties exposures together, and the name of this one; null where the header does not tell. An announcement names either. */
  readonly group: string | null;
  readonly observation: string | null;
  /** Day of observation, as yyyymmdd. */
  readonly day: number;
  /** End of the exposure [Unix ms, UTC]; null where the header does not tell. */
  readonly shutterCloseMs: number | null;
}

/**
 * `waiting` for a worker, `running` under a claim, `done`, `failed` (worth another try), or `refused` (an input is missing, with a coded
 * reason; the backlog tries again).
 */
export type UnitState = 'waiting' | 'running' | 'done' | 'failed' | 'refused';

/** How a raw came to be known. */
export type UnitSource = 'announced' | 'unannounced' | 'backlog';

/** A stretch of time of one unit. */
export interface StageTime {
  readonly stage: string;
  readonly startedMs: number;
  readonly endedMs: number;
}

/** A shorter pipeline that was taken, and why. */
export interface Fallback {
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly reason: string;
}

/** What processing a unit led to. */
export interface UnitOutcome {
  readonly state: 'done' | 'failed' | 'refused';
  /** Name of the pipeline that ran; null where none did. */
  readonly plan: string | null;
  readonly fallbacks: readonly Fallback[];
  readonly run: string | null;
  readonly alerts: number;
  /** When the alerts were in the stream, or the last step ended [Unix ms]. */
  readonly finishedMs: number;
  readonly error: { readonly code: string; readonly message: string } | null;
}

/** All that is kept of a unit. */
export interface UnitRecord extends RawUnit {
  readonly state: UnitState;
  readonly source: UnitSource;
  readonly attempts: number;
  readonly owner: string | null;
  readonly rawSeenMs: number;
  readonly outcome: UnitOutcome | null;
  readonly stages: readonly StageTime[];
}

/** Seconds from the end of the exposure to its alerts that the survey is designed for. */
export const BUDGET_SEC = 60;
/** A frame that is older than this when it arrives says nothing of latency, and is no live one unless it was announced [ms]. */
const LONGEST_MS = 3_600_000;

/** How long alerts took, and from when it was counted: the shutter, or the arrival where the header's time cannot be this exposure's. */
export function latencyOf({
  shutterCloseMs,
  rawSeenMs,
  outcome,
}: UnitRecord): { readonly sec: number; readonly from: 'shutter' | 'arrival' } | null {
  if (!outcome || outcome.plan === null) return null;
  const live = shutterCloseMs !== null && rawSeenMs >= shutterCloseMs && rawSeenMs - shutterCloseMs < LONGEST_MS;
  const from = live ? shutterCloseMs : rawSeenMs;
  return { sec: (outcome.finishedMs - from) / 1000, from: live ? 'shutter' : 'arrival' };
}

/** Whether a raw is of an exposure that ended long before. */
export function isOld({ shutterCloseMs }: RawUnit, nowMs: number): boolean {
  return shutterCloseMs !== null && nowMs - shutterCloseMs > LONGEST_MS;
}

/** A unit in words: `exposure 7, detector 0`. */
export function formatUnit({ exposure, detector }: Unit): string {
  return `exposure ${exposure}, detector ${detector}`;
}
