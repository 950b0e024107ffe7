/** What every operation that may take long is given: how to tell how far it is, and how it is asked to stop. */
export interface LongWork {
  /** Stops it between two steps, with the signal's reason; what one transaction did before stays or goes as a whole. */
  readonly signal?: AbortSignal;
  /** Called after each step with how many are done and how many there are. */
  readonly onProgress?: (done: number, all: number) => void;
}

/** Tells how far it is, then stops if asked to. */
export function atStep({ signal, onProgress }: LongWork, done: number, all: number): void {
  onProgress?.(done, all);
  signal?.throwIfAborted();
}

/** The parts of options that go on to a part of the work. */
export function signalOf({ signal }: LongWork): { readonly signal?: AbortSignal } {
  return signal ? { signal } : {};
}
