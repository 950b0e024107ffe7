import { float32At, float64At, int32At, bytesAt } from './frame.ts';
import { allocateBytes, freeBytes, kernelMemory } from './kernel-memory.ts';

export interface ArenaOptions {
  /** Whether the array starts with zeros; default true. Without it memory is touched first by whoever fills the array. */
  readonly cleared?: boolean;
}

/**
 * Arrays that live in kernel memory, so that kernels use them without copying; all are freed together.
 *
 * The arrays start with zeros unless `cleared` is false, which leaves them undefined. After the arena is disposed of they must not be touched: their bytes belong to others.
 * Use it for the planes that a chain of kernels passes on; single calls are better served by ordinary arrays.
 *
 * @example
 * using arena = new KernelArena();
 * const plane = arena.float32(4096 * 4096);
 */
export class KernelArena implements Disposable {
  readonly #blocks: number[] = [];

  float32(length: number, options: ArenaOptions = {}): Float32Array {
    return float32At(this.#allocate(4 * length, options), length);
  }

  float64(length: number): Float64Array {
    return float64At(this.#allocate(8 * length), length);
  }

  int32(length: number): Int32Array {
    return int32At(this.#allocate(4 * length), length);
  }

  uint16(length: number, options: ArenaOptions = {}): Uint16Array {
    const address = this.#allocate(2 * length, options);
    return new Uint16Array(kernelMemory().memory.buffer, address, length);
  }

  int16(length: number, options: ArenaOptions = {}): Int16Array {
    const address = this.#allocate(2 * length, options);
    return new Int16Array(kernelMemory().memory.buffer, address, length);
  }

  uint8(length: number): Uint8Array {
    return bytesAt(this.#allocate(length), length);
  }

  [Symbol.dispose](): void {
    for (const address of this.#blocks.splice(0)) freeBytes(address);
  }

  #allocate(bytes: number, { cleared = true }: ArenaOptions = {}): number {
    const pristine = kernelMemory().allocator.pristineFrom;
    const address = allocateBytes(bytes);
    this.#blocks.push(address);
    // Memory that was never used is zero already.
    const used = cleared ? Math.min(bytes, pristine - address) : 0;
    if (used > 0) bytesAt(address, used).fill(0);
    return address;
  }
}

/** Bytes of kernel memory in use by this thread's arenas and running calls; for tests of leaks. */
export function kernelBytesInUse(): number {
  return kernelMemory().allocator.usedBytes;
}
