/** What waits to be done. */
export interface Job {
  /** Jobs of one key are never in the queue twice. */
  readonly key: string;
  readonly live: boolean;
  /** Among jobs of the backlog, higher ones come first. */
  readonly rank: number;
  readonly run: () => Promise<void>;
}

/**
 * Runs jobs with bounded concurrency: live ones first and in order, those of the backlog newest first and on a part of the slots, so that
 * a free one is near when the next live job comes.
 */
export class WorkQueue {
  readonly #slots: number;
  readonly #backlogSlots: number;
  #waiting: Job[] = [];
  readonly #running = new Map<string, { readonly live: boolean; readonly ended: Promise<void> }>();
  #stopped = false;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(slots: number, backlogSlots: number = Math.max(1, Math.floor(slots / 2))) {
    this.#slots = slots;
    this.#backlogSlots = backlogSlots;
  }

  get waiting(): { readonly live: number; readonly backlog: number } {
    const live = this.#waiting.filter((job) => job.live).length;
    return { live, backlog: this.#waiting.length - live };
  }

  get running(): number {
    return this.#running.size;
  }

  add(job: Job): void {
    if (this.#stopped || this.#running.has(job.key)) return;
    const known = this.#waiting.findIndex(({ key }) => key === job.key);
    if (known >= 0) {
      // A job of the backlog that turns out to be live moves up.
      if (!job.live || this.#waiting[known]?.live) return;
      this.#waiting.splice(known, 1);
    }
    this.#waiting.push(job);
    this.#pump();
  }

  /** Resolves once nothing waits and nothing runs. */
  idle(): Promise<void> {
    if (this.#waiting.length === 0 && this.#running.size === 0) return Promise.resolve();
    return (this.#idle ??= Promise.withResolvers()).promise;
  }

  /** Starts nothing more, and waits for what runs. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting = [];
    await Promise.all([...this.#running.values()].map(({ ended }) => ended));
  }

  #pump(): void {
    while (this.#running.size < this.#slots) {
      const job = this.#next();
      if (!job) break;
      this.#waiting.splice(this.#waiting.indexOf(job), 1);
      const ended = job.run().then(
        () => this.#end(job.key),
        () => this.#end(job.key),
      );
      this.#running.set(job.key, { live: job.live, ended });
    }
    if (this.#waiting.length === 0 && this.#running.size === 0) {
      this.#idle?.resolve();
      this.#idle = undefined;
    }
  }

  #next(): Job | undefined {
    const live = this.#waiting.find((job) => job.live);
    if (live) return live;
    const busy = [...this.#running.values()].filter((job) => !job.live).length;
    if (busy >= this.#backlogSlots) return undefined;
    return this.#waiting.reduce<Job | undefined>((best, job) => (best && best.rank >= job.rank ? best : job), undefined);
  }

  #end(key: string): void {
    this.#running.delete(key);
    this.#pump();
  }
}
