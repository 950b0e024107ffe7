/** A broken invariant of our own code: never caught, never translated. */
export class BugError extends Error {
  override readonly name: string = 'BugError';
}

/** Throws {@link BugError} unless the invariant holds. Not for checking input. */
export function assert(condition: unknown, invariant: string): asserts condition {
  if (!condition) throw new BugError(`broken invariant: ${invariant}`);
}

/** Marks a branch that the types exclude. */
export function unreachable(value: never): never {
  throw new BugError(`unreachable: ${String(value)}`);
}
