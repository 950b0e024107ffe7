import { QueryError, RemoteRefusedError, TransactionLostError } from '../errors.ts';
import type { Registry } from '../registry/registry.ts';

/** How long transactions of clients live, and how many there may be. */
export interface TransactionLimits {
  /** A client that is not heard of for so long has lost its transaction [s]; 10 unless told. */
  readonly leaseSec?: number;
  /** Longest that a transaction may take in all [s]; 120 unless told, since writers wait for each other. */
  readonly longestSec?: number;
  /** Transactions at once, waiting ones included, in all and of one user. */
  readonly maxTransactions?: number;
  readonly maxTransactionsPerUser?: number;
}

const LEASE_SEC = 10;
const LONGEST_SEC = 120;
const MAX_TRANSACTIONS = 64;
const MAX_TRANSACTIONS_PER_USER = 16;
/** How long it is remembered how a transaction ended, for clients that did not hear it [ms]. */
const MEMORY_MS = 600_000;
const MAX_REMEMBERED = 10_000;

/** What a client asks of its transaction. */
type Job =
  | { readonly kind: 'work'; readonly run: () => Promise<unknown>; readonly settle: Settle }
  | { readonly kind: 'begin'; readonly settle: Settle }
  /** The level that ends: 0 is the outermost. */
  | { readonly kind: 'keep' | 'undo'; readonly depth: number; readonly settle: Settle };

interface Settle {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Ends a level without its effects, as its client wanted. */
class Undone extends Error {}

/**
 * One transaction that a client opened: its calls run one after the other in the registry's transaction, however many requests
 * they come by. If nobody hears of the client for the lease, it is undone.
 */
class ClientTransaction {
  readonly user: string;
  readonly ended: Promise<void>;
  readonly #registry: Registry;
  readonly #leaseMs: number;
  readonly #longestMs: number;
  readonly #jobs: Job[] = [];
  #wake: (() => void) | undefined;
  #heardOf: number = performance.now();
  #lastEnd = Infinity;
  #outcome: 'open' | 'kept' | 'undone' = 'open';
  #failure: unknown;
  /** The request that ended a level last; it hears how that went. */
  #ending: Settle | undefined;

  constructor(
    user: string,
    registry: Registry,
    options: { readonly started: Settle; readonly leaseMs: number; readonly longestMs: number },
  ) {
    this.user = user;
    this.#registry = registry;
    this.#leaseMs = options.leaseMs;
    this.#longestMs = options.longestMs;
    this.ended = this.#run(options.started);
  }

  async #run(started: Settle): Promise<void> {
    try {
      await this.#registry.transaction(async () => {
        this.#lastEnd = performance.now() + this.#longestMs;
        await this.#level(0, started);
      });
      this.#outcome = 'kept';
      this.#ending?.resolve(true);
    } catch (error) {
      this.#outcome = 'undone';
      this.#failure = error;
      started.reject(error);
      if (error instanceof Undone) this.#ending?.resolve(true);
      else this.#ending?.reject(error);
    }
    for (const job of this.#jobs.splice(0)) job.settle.reject(this.#over());
  }

  /** Serves one level until its client keeps it, or throws when it is undone. */
  async #level(depth: number, started: Settle): Promise<void> {
    started.resolve(true);
    for (;;) {
      this.#heardOf = performance.now();
      const job = await this.#next();
      if (job.kind === 'work') await job.run().then(job.settle.resolve, job.settle.reject);
      else if (job.kind === 'begin') await this.#inner(depth + 1, job.settle);
      else if (job.depth !== depth) job.settle.reject(new QueryError('transactions end in the order in which they lie inside each other'));
      else {
        this.#ending = job.settle;
        if (job.kind === 'keep') return;
        throw new Undone();
      }
    }
  }

  async #inner(depth: number, started: Settle): Promise<void> {
    try {
      await this.#registry.transaction(async () => await this.#level(depth, started));
    } catch (error) {
      if (!(error instanceof Undone)) throw error;
    }
    this.#ending?.resolve(true);
  }

  async #next(): Promise<Job> {
    for (;;) {
      const job = this.#jobs.shift();
      if (job) return job;
      const now = performance.now();
      const left = Math.min(this.#heardOf + this.#leaseMs, this.#lastEnd) - now;
      if (left <= 0) {
        const why = now >= this.#lastEnd ? 'took longer than the server allows' : `was not heard of for ${this.#leaseMs / 1000} s`;
        throw new TransactionLostError(`the transaction ${why}; all of it was undone`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, Math.ceil(left));
      timer.unref?.();
      await promise;
      clearTimeout(timer);
    }
  }

  /** A sign of life. */
  renew(): void {
    if (this.#outcome !== 'open') throw this.#over();
    this.#heardOf = performance.now();
  }

  /** Opens a level inside. */
  async begin(): Promise<void> {
    await this.#queue((settle) => ({ kind: 'begin', settle }));
  }

  /** Ends a level, with what it did or without. */
  async end(kind: 'keep' | 'undo', depth: number): Promise<void> {
    await this.#queue((settle) => ({ kind, depth, settle }));
  }

  async work<T>(run: () => Promise<T>): Promise<T> {
    return (await this.#queue((settle) => ({ kind: 'work', run, settle }))) as T;
  }

  async #queue(make: (settle: Settle) => Job): Promise<unknown> {
    this.renew();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#jobs.push(make({ resolve, reject }));
    this.#wake?.();
    return await promise;
  }

  /** How it ended, for a client that asks again because it did not hear. */
  get outcome(): 'open' | 'kept' | 'undone' {
    return this.#outcome;
  }

  #over(): unknown {
    if (this.#failure instanceof TransactionLostError) return new TransactionLostError(this.#failure.message);
    return new TransactionLostError(this.#outcome === 'kept' ? 'the transaction has ended; it was kept' : 'the transaction was undone');
  }

  /** Undoes it as soon as what runs has ended. */
  close(): void {
    this.#lastEnd = -Infinity;
    this.#wake?.();
  }
}

/** The transactions that clients of a server have open, by the tokens that they were given. */
export class ClientTransactions {
  readonly leaseMs: number;
  readonly #registry: Registry;
  readonly #limits: TransactionLimits;
  readonly #open = new Map<string, ClientTransaction>();
  readonly #ended = new Map<string, ClientTransaction>();

  constructor(registry: Registry, limits: TransactionLimits) {
    this.#registry = registry;
    this.#limits = limits;
    this.leaseMs = (limits.leaseSec ?? LEASE_SEC) * 1000;
  }

  /** Opens one when those before it have ended, as the registry's writers wait for each other. */
  async begin(user: string): Promise<string> {
    const {
      maxTransactions = MAX_TRANSACTIONS,
      maxTransactionsPerUser = MAX_TRANSACTIONS_PER_USER,
      longestSec = LONGEST_SEC,
    } = this.#limits;
    const own = [...this.#open.values()].filter((open) => open.user === user).length;
    if (this.#open.size >= maxTransactions || own >= maxTransactionsPerUser)
      throw new RemoteRefusedError(`${own >= maxTransactionsPerUser ? 'you have' : 'the server has'} too many transactions open`, {
        details: { status: own >= maxTransactionsPerUser ? 429 : 503 },
      });
    const token = crypto.randomUUID();
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const opened = new ClientTransaction(user, this.#registry, {
      started: { resolve, reject },
      leaseMs: this.leaseMs,
      longestMs: longestSec * 1000,
    });
    this.#open.set(token, opened);
    void opened.ended.then(() => this.#remember(token, opened));
    await promise;
    return token;
  }

  /** @throws {TransactionLostError} if it has ended, or is another user's. */
  get(token: string, user: string): ClientTransaction {
    const found = this.#open.get(token) ?? this.#ended.get(token);
    if (found?.user !== user) throw new TransactionLostError('the server knows no such transaction; what it did was undone');
    return found;
  }

  #remember(token: string, ended: ClientTransaction): void {
    this.#open.delete(token);
    this.#ended.set(token, ended);
    if (this.#ended.size > MAX_REMEMBERED) this.#ended.delete(this.#ended.keys().next().value!);
    setTimeout(() => this.#ended.delete(token), MEMORY_MS).unref?.();
  }

  /** Undoes all that are open. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    for (const each of open) each.close();
    await Promise.all(open.map(async (each) => await each.ended));
  }
}
