import type { TransactionHook } from './database.ts';

/** What waits for the end of one open transaction. */
export class TransactionHooks {
  readonly #committed: TransactionHook[] = [];
  readonly #undone: TransactionHook[] = [];
  #depth = 0;

  onCommit(work: TransactionHook): void {
    this.#committed.push(work);
  }

  onRollback(work: TransactionHook): void {
    this.#undone.push(work);
  }

  /** Runs a savepoint's work; if it fails, its own hooks are undone and dropped. */
  async nested<T>(work: (name: string) => Promise<T>): Promise<T> {
    const [committed, undone] = [this.#committed.length, this.#undone.length];
    this.#depth += 1;
    try {
      return await work(`nested_${this.#depth}`);
    } catch (error) {
      this.#committed.length = committed;
      for (const hook of this.#undone.splice(undone)) await hook();
      throw error;
    } finally {
      this.#depth -= 1;
    }
  }

  async committed(): Promise<void> {
    for (const hook of this.#committed) await hook();
  }

  async undone(): Promise<void> {
    for (const hook of this.#undone) await hook();
  }
}
