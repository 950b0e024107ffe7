import { KernelMemoryError } from '../errors.ts';
import { wasmBase64 } from '../wasm-bytes.generated.ts';
import { Allocator } from './allocator.ts';

/**
 * Memory layout, in bytes:
 *
 * | from | to | contents |
 * | --- | --- | --- |
 * | 0 | 64 Ki | constants that the compiler places |
 * | 64 Ki | 128 Ki | control block of the threads (threads/control.ts) |
 * | 128 Ki | up to 4 Gi | blocks of the allocator |
 */
export const CONTROL_START: number = 65_536;
const HEAP_START = 131_072;
const PAGE = 65_536;
const INITIAL_PAGES = 16;
const MAXIMUM_PAGES = 65_536;
/** Grow by at least this, since every growth makes a new buffer object. */
const GROWTH_PAGES = 256;

export type KernelFunction = (...args: number[]) => number;
export type KernelTable = Readonly<Record<string, KernelFunction>>;

export interface KernelMemory {
  readonly memory: WebAssembly.Memory;
  readonly module: WebAssembly.Module;
  readonly functions: KernelTable;
  readonly allocator: Allocator;
  /** Every buffer object that memory ever had; growth makes new ones, and all of them view the same bytes. */
  readonly buffers: WeakSet<ArrayBufferLike>;
}

let current: KernelMemory | undefined;

/**
 * The memory and the compiled kernels of this thread, made at the first call (about 5 ms).
 *
 * One per JavaScript thread: a worker that imports this room has its own; the threads of the kernels' pool have this one's.
 */
export function kernelMemory(): KernelMemory {
  return (current ??= createKernelMemory());
}

/** Reserves bytes; free them with the address. @throws {KernelMemoryError} if memory cannot grow. */
export function allocateBytes(bytes: number): number {
  const address = kernelMemory().allocator.allocate(bytes);
  if (address === undefined)
    throw new KernelMemoryError(`kernel memory of 4 GiB cannot give another ${bytes} bytes`, { details: { bytes } });
  return address;
}

export function freeBytes(address: number): void {
  kernelMemory().allocator.free(address);
}

function createKernelMemory(): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum: MAXIMUM_PAGES, shared: true });
  const module = new WebAssembly.Module(bytesOfBase64(wasmBase64));
  const instance = new WebAssembly.Instance(module, kernelImports(memory));
  const buffers = new WeakSet<ArrayBufferLike>([memory.buffer]);
  const grow = (end: number): boolean => {
    const missing = Math.ceil((end - memory.buffer.byteLength) / PAGE);
    if (missing <= 0) return true;
    const have = memory.buffer.byteLength / PAGE;
    for (const pages of [Math.max(missing, GROWTH_PAGES), missing]) {
      if (have + pages > MAXIMUM_PAGES) continue;
      try {
        memory.grow(pages);
        buffers.add(memory.buffer);
        return true;
      } catch {
        continue;
      }
    }
    return false;
  };
  return {
    memory,
    module,
    functions: instance.exports as unknown as KernelTable,
    allocator: new Allocator(HEAP_START, grow),
    buffers,
  };
}

/** What the module imports: its memory, and the abort that its compiler asks for and release builds never call. */
function kernelImports(memory: WebAssembly.Memory): WebAssembly.Imports {
  return { env: { memory, abort: () => undefined } };
}

function bytesOfBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
