import type { AsyncLocalStorage } from 'node:async_hooks';
import { DatabaseConnectionError, TransactionLostError } from '../errors.ts';
import type { TransactionHook } from '../sql/database.ts';
import { TransactionHooks } from '../sql/transaction-hooks.ts';

/** A transaction on the server, or one inside it, that the running code is in. */
export interface OpenLevel {
  readonly token: string;
  /** 0 for the outermost. */
  readonly depth: number;
  readonly hooks: TransactionHooks;
  /** Transactions inside this one come one after the other. */
  tail: Promise<unknown>;
}

/** Asks the server, within a level where one is given. */
export type Ask = (path: string, body: unknown, level: OpenLevel | undefined) => Promise<unknown>;

/** Which level the running code is in. */
export interface LevelContext {
  get(): OpenLevel | undefined;
  run<T>(level: OpenLevel, work: () => Promise<T>): Promise<T>;
}

/** Times that the end of a transaction is asked for when the answer does not arrive, and the first wait between [ms]. */
const PATIENCE = 6;
const FIRST_WAIT_MS = 100;

/** Transactions of one client, which its server runs. */
export class ClientTransactions {
  readonly #ask: Ask;
  readonly #context: LevelContext;

  constructor(ask: Ask, context: LevelContext = makeContext()) {
    this.#ask = ask;
    this.#context = context;
  }

  /** What calls that are made now belong to. */
  get current(): OpenLevel | undefined {
    return this.#context.get();
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    const outer = this.current;
    if (!outer) return await this.#outermost(work);
    const before = outer.tail;
    const { promise, resolve } = Promise.withResolvers<void>();
    outer.tail = promise;
    await before;
    try {
      return await outer.hooks.nested(async () => await this.#inner(outer, work));
    } finally {
      resolve();
    }
  }

  async afterCommit(work: TransactionHook): Promise<void> {
    const level = this.current;
    if (level) level.hooks.onCommit(work);
    else await work();
  }

  afterRollback(work: TransactionHook): void {
    this.current?.hooks.onRollback(work);
  }

  async #outermost<T>(work: () => Promise<T>): Promise<T> {
    const { token, leaseMs } = (await this.#ask('transaction/begin', {}, undefined)) as { token: string; leaseMs: number };
    const level: OpenLevel = { token, depth: 0, hooks: new TransactionHooks(), tail: Promise.resolve() };
    // Work that takes long between two calls keeps its transaction; a client that is killed does not.
    const heartbeat = setInterval(() => void this.#ask('transaction/renew', {}, level).catch(() => undefined), leaseMs / 3);
    (heartbeat as { unref?: () => void }).unref?.();
    let result: T;
    try {
      result = await this.#context.run(level, work);
      await this.#keep(level);
    } catch (error) {
      await level.hooks.undone();
      await this.#ask('transaction/undo', { depth: 0 }, level).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(heartbeat);
    }
    await level.hooks.committed();
    return result;
  }

  async #inner<T>(outer: OpenLevel, work: () => Promise<T>): Promise<T> {
    await this.#ask('transaction/begin', {}, outer);
    const level: OpenLevel = { ...outer, depth: outer.depth + 1, tail: Promise.resolve() };
    try {
      const result = await this.#context.run(level, work);
      await this.#ask('transaction/keep', { depth: level.depth }, level);
      return result;
    } catch (error) {
      await this.#ask('transaction/undo', { depth: level.depth }, level).catch(() => undefined);
      throw error;
    }
  }

  /** Commits. Where the answer is lost on the way, the server is asked what became of it. */
  async #keep(level: OpenLevel): Promise<void> {
    for (let attempt = 0; ; attempt += 1)
      try {
        const known = attempt === 0 ? 'open' : await this.#ask('transaction/outcome', {}, level);
        if (known === 'kept') return;
        if (known === 'undone') throw new TransactionLostError('the transaction was undone on the server');
        await this.#ask('transaction/keep', { depth: level.depth }, level);
        return;
      } catch (error) {
        if (!(error instanceof DatabaseConnectionError) || attempt === PATIENCE) throw error;
        await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** attempt));
      }
  }
}

/**
 * Follows the running code where the platform can (Node). Elsewhere, in browsers, everything that is asked while a transaction is
 * open belongs to it; a page that wants something apart connects twice.
 */
export function makeContext(
  platform: { readonly process?: { getBuiltinModule?: (name: string) => unknown } } = globalThis as never,
): LevelContext {
  const found = platform.process?.getBuiltinModule?.('node:async_hooks') as
    | { readonly AsyncLocalStorage: typeof AsyncLocalStorage }
    | undefined;
  if (found) {
    const storage = new found.AsyncLocalStorage<OpenLevel>();
    return { get: () => storage.getStore(), run: async (level, work) => await storage.run(level, work) };
  }
  const stack: OpenLevel[] = [];
  return {
    get: () => stack.at(-1),
    run: async (level, work) => {
      stack.push(level);
      try {
        return await work();
      } finally {
        stack.splice(stack.indexOf(level), 1);
      }
    },
  };
}
