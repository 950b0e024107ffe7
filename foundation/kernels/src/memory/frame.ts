import { allocateBytes, freeBytes, kernelMemory } from './kernel-memory.ts';

/** Arrays that a kernel can read or write. */
export type KernelArray = Float32Array | Float64Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Uint8Array | Int8Array;

/** Rows of pixels: the pixel in column i and row j is data[j * stride + i]. */
export interface Plane<A extends KernelArray = Float32Array> {
  readonly data: A;
  readonly width: number;
  readonly height: number;
  readonly stride: number;
}

/** Where a plane lies in kernel memory. */
export interface PlaneAddress {
  readonly address: number;
  /** Elements from row to row. */
  readonly stride: number;
}

/**
 * The arrays of one kernel call: brings them into kernel memory, and back.
 *
 * Arrays that lie in kernel memory already (made by a {@link KernelArena}) are used where they are; others are copied.
 */
export interface KernelFrame {
  /** Address of an array that the kernel only reads. */
  input(array: KernelArray): number;
  /** Address of an array that the kernel fills; copied back when the frame ends well. */
  output(array: KernelArray): number;
  /** Address of an array that the kernel reads and writes. */
  inOut(array: KernelArray): number;
  inputPlane(plane: Plane<KernelArray>): PlaneAddress;
  outputPlane(plane: Plane<KernelArray>): PlaneAddress;
  inOutPlane(plane: Plane<KernelArray>): PlaneAddress;
  /** Address of fresh bytes that are gone when the frame ends; their contents are undefined. */
  scratch(bytes: number): number;
}

/** Runs a kernel call and frees everything that it brought in, also when it throws. */
export function withFrame<T>(body: (frame: KernelFrame) => T): T {
  const blocks: number[] = [];
  const returns: (() => void)[] = [];
  const scratch = (bytes: number): number => {
    const address = allocateBytes(bytes);
    blocks.push(address);
    return address;
  };
  const place = (array: KernelArray, use: Use): number => {
    if (isResident(array)) return array.byteOffset;
    const address = scratch(array.byteLength);
    if (use !== 'output') bytesAt(address, array.byteLength).set(bytesOf(array));
    if (use !== 'input') returns.push(() => bytesOf(array).set(bytesAt(address, array.byteLength)));
    return address;
  };
  const placePlane = (plane: Plane<KernelArray>, use: Use): PlaneAddress => {
    const { data, width, height, stride } = plane;
    if (isResident(data)) return { address: data.byteOffset, stride };
    if (stride === width) return { address: place(data.subarray(0, width * height), use), stride };
    const element = data.BYTES_PER_ELEMENT;
    const address = scratch(width * height * element);
    const source = bytesOf(data);
    const copyRows = (out: boolean): void => {
      const target = bytesAt(address, width * height * element);
      for (let j = 0; j < height; j++) {
        const there = target.subarray(j * width * element, (j + 1) * width * element);
        const here = source.subarray(j * stride * element, (j * stride + width) * element);
        if (out) here.set(there);
        else there.set(here);
      }
    };
    if (use !== 'output') copyRows(false);
    if (use !== 'input') returns.push(() => copyRows(true));
    return { address, stride: width };
  };
  try {
    const result = body({
      input: (array) => place(array, 'input'),
      output: (array) => place(array, 'output'),
      inOut: (array) => place(array, 'inOut'),
      inputPlane: (plane) => placePlane(plane, 'input'),
      outputPlane: (plane) => placePlane(plane, 'output'),
      inOutPlane: (plane) => placePlane(plane, 'inOut'),
      scratch,
    });
    for (const giveBack of returns) giveBack();
    return result;
  } finally {
    for (const address of blocks) freeBytes(address);
  }
}

type Use = 'input' | 'output' | 'inOut';

/** True if the array's bytes lie in this thread's kernel memory. */
export function isResident(array: KernelArray): boolean {
  return kernelMemory().buffers.has(array.buffer);
}

/** The bytes at an address, a view; valid also after memory grows. */
export function bytesAt(address: number, length: number): Uint8Array {
  return new Uint8Array(kernelMemory().memory.buffer, address, length);
}

export function float32At(address: number, length: number): Float32Array {
  return new Float32Array(kernelMemory().memory.buffer, address, length);
}

export function float64At(address: number, length: number): Float64Array {
  return new Float64Array(kernelMemory().memory.buffer, address, length);
}

export function int32At(address: number, length: number): Int32Array {
  return new Int32Array(kernelMemory().memory.buffer, address, length);
}

function bytesOf(array: KernelArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
