/**
 * The body of a worker thread: sleeps until a job comes, takes calls from it until none is left, sleeps again.
 *
 * The control block is 16 words of 32 bits:
 *
 * | word | meaning |
 * | --- | --- |
 * | 0 | generation; rises by one with every job, workers sleep on it |
 * | 1 | ticket: number of calls << 12 | next call; one atomic add takes a call and tells whether there was one |
 * | 2 | calls finished; the caller sleeps on it |
 * | 3 | index of the job's function among the module's exports, sorted by name |
 * | 4 | arguments of a call |
 * | 5 | address of the arguments, float64, one call after the other |
 * | 6 | 1 if a call trapped |
 *
 * Sent to the worker as source text, so it uses nothing from outside its own braces.
 * Since a ticket holds the number of calls too, a thread that comes late to a finished job finds no call, whatever job is
 * published meanwhile; and who holds a call keeps the job's description from changing.
 */
export function kernelWorkerMain(memory: WebAssembly.Memory, module: WebAssembly.Module, controlStart: number): void {
  const instance = new WebAssembly.Instance(module, { env: { memory, abort: () => undefined } });
  const names = Object.keys(instance.exports).toSorted();
  const control = new Int32Array(memory.buffer, controlStart, 16);
  let seen = 0;
  for (;;) {
    Atomics.wait(control, 0, seen);
    seen = Atomics.load(control, 0);
    for (;;) {
      const ticket = Atomics.add(control, 1, 1);
      const call = ticket & 0xfff;
      if (call >= ticket >>> 12) break;
      const count = control[4] as number;
      const address = ((control[5] as number) >>> 0) + 8 * count * call;
      const args = new Float64Array(memory.buffer, address, count);
      try {
        (instance.exports[names[control[3] as number] as string] as (...values: number[]) => number)(...args);
      } catch {
        Atomics.store(control, 6, 1);
      }
      Atomics.add(control, 2, 1);
      Atomics.notify(control, 2);
    }
  }
}
