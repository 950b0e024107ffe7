import { AlmagestError } from '@almagest/errors';
import { deadlineOf, type NextVisit, parseNextVisit } from '../announcements/next-visit.ts';
import { RawLateError } from '../errors.ts';
import type { PromptMetrics } from '../metrics.ts';
import { ownerOfThisProcess } from '../units/owner.ts';
import type { UnitStore } from '../units/unit-store.ts';
import { isOld, latencyOf, type RawUnit, type StageTime, type Unit, type UnitOutcome, type UnitSource } from '../units/unit.ts';
import type { UnitProcessor } from './unit-processor.ts';
import { WorkQueue } from './work-queue.ts';

/** What the daemon tells those who watch it. */
export type PromptEvent =
  | {
      readonly event: 'announced';
      readonly instrument: string;
      readonly group: string;
      readonly detectors: number;
      readonly isNew: boolean;
    }
  | { readonly event: 'preloaded'; readonly group: string; readonly detector: number; readonly sec: number; readonly report: unknown }
  | { readonly event: 'arrived'; readonly unit: Unit; readonly source: UnitSource; readonly path: string | null }
  | { readonly event: 'begun'; readonly unit: Unit; readonly resumed: boolean }
  | {
      readonly event: 'ended';
      readonly unit: Unit;
      readonly outcome: UnitOutcome;
      readonly latencySec: number | null;
      readonly stages: readonly StageTime[];
    }
  | { readonly event: 'released'; readonly unit: Unit }
  | { readonly event: 'late'; readonly instrument: string; readonly group: string; readonly detector: number; readonly code: string }
  | { readonly event: 'problem'; readonly where: string; readonly code: string; readonly message: string };

export interface PromptDaemonOptions {
  readonly units: UnitStore;
  readonly processor: UnitProcessor;
  /** Units that are processed at once. */
  readonly workers: number;
  /** Of these, how many the backlog may use; half of them, at least one, unless told. */
  readonly backlogWorkers?: number;
  /** How long after the end of an announced exposure its raw is waited for [s]. */
  readonly patienceSec?: number;
  /** Time between two looks at the backlog [s]; 0 for none. */
  readonly backlogEverySec?: number;
  /** Attempts of a unit that fails, in all. */
  readonly maxAttempts?: number;
  readonly metrics?: PromptMetrics;
  readonly onEvent?: (event: PromptEvent) => void;
  /** Unix milliseconds. */
  readonly clock?: () => number;
}

const HEARTBEAT_MS = 5000;
/** How long old raws may gather before the backlog is looked at [ms]. */
const SOON_MS = 500;

/**
 * Turns raws into alerts as they come: an announcement loads what will be needed, a raw is claimed and processed once, and what nobody
 * announced or what was missed while the daemon was away is caught up in between.
 */
export class PromptDaemon {
  readonly #options: PromptDaemonOptions;
  readonly #units: UnitStore;
  readonly #processor: UnitProcessor;
  readonly #queue: WorkQueue;
  readonly #owner = ownerOfThisProcess();
  readonly #clock: () => number;
  readonly #abort = new AbortController();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #preloads = new Set<Promise<void>>();
  #ingesting: Promise<unknown> = Promise.resolve();
  #stopping = false;
  #soon: Promise<void> | undefined;

  constructor(options: PromptDaemonOptions) {
    this.#options = options;
    this.#units = options.units;
    this.#processor = options.processor;
    this.#queue = new WorkQueue(options.workers, options.backlogWorkers);
    this.#clock = options.clock ?? Date.now;
  }

  get units(): UnitStore {
    return this.#units;
  }

  /** Takes up what an earlier process left, then the backlog, and goes on looking. */
  async start(): Promise<void> {
    const { backlogEverySec = 60 } = this.#options;
    this.#timers.push(setInterval(() => this.#beat(), HEARTBEAT_MS));
    await this.catchUp({ again: true });
    if (backlogEverySec > 0)
      this.#timers.push(
        setInterval(() => void this.catchUp().catch((error: unknown) => this.#problem('backlog', error)), backlogEverySec * 1000),
      );
    for (const visit of this.#units.openAnnouncements()) this.#preloadAll(visit, await this.#detectorsOf(visit));
  }

  /**
   * Notes that a visit will be taken and loads what it will need.
   *
   * @throws {BadAnnouncementError} if it cannot be understood.
   */
  async announce(data: unknown): Promise<{ readonly isNew: boolean; readonly detectors: readonly number[] }> {
    const visit = parseNextVisit(data);
    const detectors = await this.#detectorsOf(visit);
    const nowMs = this.#clock();
    const isNew = this.#units.announce(visit, detectors, nowMs, deadlineOf(visit, nowMs, this.#options.patienceSec ?? 120));
    this.#options.metrics?.announced(isNew);
    this.#emit({ event: 'announced', instrument: visit.instrument, group: visit.groupId, detectors: detectors.length, isNew });
    if (isNew) this.#preloadAll(visit, detectors);
    return { isNew, detectors };
  }

  /**
   * Takes a raw that has arrived. Repeated, it changes nothing.
   *
   * @returns What it holds.
   * @throws {RawRejectedError} if it is no raw of the sky.
   */
  async receiveRaw(path: string): Promise<readonly RawUnit[]> {
    const seenMs = this.#clock();
    // The repository has one writer.
    const ingested = this.#ingesting.then(() => this.#processor.ingest(path));
    this.#ingesting = ingested.catch(() => undefined);
    const units = await ingested;
    const endedMs = this.#clock();
    for (const unit of units) {
      const announced = this.#units.announcedAs(unit) !== undefined;
      if (!announced && isOld(unit, seenMs)) {
        // Nobody waits for it, and it may be done already: the backlog decides.
        this.#catchUpSoon();
        continue;
      }
      const source = announced ? 'announced' : 'unannounced';
      if (!this.#units.arrive(unit, source, seenMs)) continue;
      this.#options.metrics?.arrived(source);
      this.#emit({ event: 'arrived', unit: unitOf(unit), source, path });
      this.#enqueue(unit, { live: true, before: [{ stage: 'ingest', startedMs: seenMs, endedMs }] });
    }
    return units;
  }

  /** Takes up what waits: units of a process that is gone, and raws of the repository that nobody processed. */
  async catchUp({ again = false }: { readonly again?: boolean } = {}): Promise<void> {
    const { maxAttempts = 3 } = this.#options;
    for (const unit of this.#units.pending(this.#clock())) this.#enqueue(unit, { live: unit.source !== 'backlog' });
    for (const unit of await this.#processor.backlog()) {
      const known = this.#units.get(unit);
      if (!known) {
        this.#units.arrive(unit, 'backlog', this.#clock());
        this.#options.metrics?.arrived('backlog');
        this.#emit({ event: 'arrived', unit: unitOf(unit), source: 'backlog', path: null });
        this.#enqueue(unit, { live: false });
      } else if ((known.state === 'failed' && known.attempts < maxAttempts) || (again && known.state === 'refused'))
        this.#enqueue(unit, { live: false, again: true });
    }
  }

  /** Resolves once nothing waits and nothing runs. */
  async idle(): Promise<void> {
    await this.#ingesting;
    await this.#soon;
    await Promise.all(this.#preloads);
    await this.#queue.idle();
  }

  status(): Readonly<Record<string, unknown>> {
    return {
      owner: this.#owner,
      running: this.#queue.running,
      waiting: this.#queue.waiting,
      units: this.#units.counts(),
      stopping: this.#stopping,
    };
  }

  /** Starts nothing more; what runs has the grace to end, then is told to stop and given back for the next start. */
  async stop(graceMs = 20_000): Promise<void> {
    this.#stopping = true;
    for (const timer of this.#timers) clearInterval(timer);
    const patience = setTimeout(() => this.#abort.abort(new Error('the daemon ends')), graceMs);
    if (graceMs === 0) this.#abort.abort(new Error('the daemon ends'));
    await Promise.all([this.#queue.stop(), this.#ingesting, this.#soon]);
    clearTimeout(patience);
    this.#abort.abort(new Error('the daemon ends'));
    await Promise.all(this.#preloads);
    await this.#processor.close();
  }

  #catchUpSoon(): void {
    if (this.#stopping) return;
    this.#soon ??= new Promise<void>((resolve) => setTimeout(resolve, SOON_MS))
      .then(() => {
        this.#soon = undefined;
        return this.#stopping ? undefined : this.catchUp();
      })
      .catch((error: unknown) => this.#problem('backlog', error));
  }

  #enqueue(
    unit: RawUnit,
    { live, again = false, before = [] }: { readonly live: boolean; readonly again?: boolean; readonly before?: readonly StageTime[] },
  ): void {
    const key = `${unit.instrument}/${unit.exposure}/${unit.detector}`;
    this.#queue.add({ key, live, rank: unit.exposure, run: () => this.#work(unit, again, before) });
    this.#options.metrics?.queue(this.#queue.waiting, this.#queue.running);
  }

  async #work(unit: RawUnit, again: boolean, before: readonly StageTime[]): Promise<void> {
    const claim = this.#units.claim(unit, this.#owner, this.#clock(), { again });
    if (!claim.granted) return;
    this.#emit({ event: 'begun', unit: unitOf(unit), resumed: claim.resumed });
    const stages: StageTime[] = [...before];
    let outcome: UnitOutcome;
    try {
      outcome = await this.#processor.process(unit, { onStage: (stage) => stages.push(stage), signal: this.#abort.signal });
    } catch (error) {
      if (this.#abort.signal.aborted) {
        this.#units.release(unit, this.#owner);
        this.#emit({ event: 'released', unit: unitOf(unit) });
        return;
      }
      outcome = { state: 'failed', plan: null, fallbacks: [], run: null, alerts: 0, finishedMs: this.#clock(), error: describe(error) };
    }
    if (!this.#units.settle(unit, this.#owner, outcome, stages)) return;
    const record = this.#units.get(unit);
    const latency = record ? latencyOf(record) : null;
    this.#options.metrics?.ended(outcome, stages, latency);
    this.#options.metrics?.queue(this.#queue.waiting, this.#queue.running - 1);
    this.#emit({ event: 'ended', unit: unitOf(unit), outcome, latencySec: latency?.sec ?? null, stages });
  }

  #preloadAll(visit: NextVisit, detectors: readonly number[]): void {
    for (const detector of detectors) {
      const startedMs = this.#clock();
      const preload = this.#processor.preload(visit, detector, this.#abort.signal).then(
        (report) => {
          const endedMs = this.#clock();
          this.#units.notePreload(visit, detector, { startedMs, endedMs }, report);
          this.#options.metrics?.preloaded((endedMs - startedMs) / 1000);
          this.#emit({ event: 'preloaded', group: visit.groupId, detector, sec: (endedMs - startedMs) / 1000, report });
        },
        // Without it the visit only takes longer.
        (error: unknown) => this.#abort.signal.aborted || this.#problem(`preload of ${visit.groupId}, detector ${detector}`, error),
      );
      const tracked = preload.then(() => void this.#preloads.delete(tracked));
      this.#preloads.add(tracked);
    }
  }

  async #detectorsOf(visit: NextVisit): Promise<readonly number[]> {
    return visit.detectors ?? (await this.#processor.detectorsOf(visit.instrument));
  }

  #beat(): void {
    this.#units.renew(this.#owner, this.#clock());
    for (const { instrument, group, detector } of this.#units.expire(this.#clock())) {
      this.#options.metrics?.late();
      this.#emit({ event: 'late', instrument, group, detector, code: RawLateError.code });
    }
  }

  #problem(where: string, error: unknown): void {
    this.#options.metrics?.problem();
    this.#emit({ event: 'problem', where, ...describe(error) });
  }

  /** For sources: what they could not take. */
  readonly noteProblem = (where: string, error: unknown): void => this.#problem(where, error);

  #emit(event: PromptEvent): void {
    this.#options.onEvent?.(event);
  }
}

function unitOf({ instrument, exposure, detector }: Unit): Unit {
  return { instrument, exposure, detector };
}

/** Error as it is kept. */
export function describe(error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof AlmagestError) return { code: error.code, message: error.message };
  return { code: 'prompt.unexpected', message: error instanceof Error ? error.message : String(error) };
}
