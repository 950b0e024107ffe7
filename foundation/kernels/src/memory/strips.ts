import { bytesAt, isResident, type KernelArray, type KernelFrame, type Plane, type PlaneAddress } from './frame.ts';

/**
 * Gives a kernel the rows of a plane that one strip of its work needs.
 *
 * Planes outside kernel memory are copied strip by strip through one small buffer, which stays in cache and costs no fresh
 * memory pages; planes inside are used in place. Addresses are those of row 0, even where row 0 is not in the buffer: a
 * kernel must touch only the rows asked for.
 */
export interface StripPlane {
  /** Makes rows [start, end) readable; asked for the same rows again it copies nothing. */
  load(start: number, end: number): PlaneAddress;
  /** Makes rows [start, end) writable; `store` brings them back. */
  prepare(start: number, end: number): PlaneAddress;
  store(start: number, end: number): void;
}

/** @param rows - Most rows of one strip. */
export function stripPlane(frame: KernelFrame, plane: Plane<KernelArray>, rows: number): StripPlane {
  const { data, width, height, stride } = plane;
  if (isResident(data)) {
    const place = { address: data.byteOffset, stride };
    return { load: () => place, prepare: () => place, store: () => undefined };
  }
  const element = data.BYTES_PER_ELEMENT;
  const rowBytes = width * element;
  const buffer = frame.scratch(Math.min(rows, height) * rowBytes);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const inside = bytesAt(buffer, Math.min(rows, height) * rowBytes);
  let loaded: readonly [number, number] = [0, 0];
  const placeOf = (start: number): PlaneAddress => ({ address: buffer - start * rowBytes, stride: width });
  const copyRows = (start: number, end: number, out: boolean): void => {
    // Rows without gaps go in one piece.
    const step = stride === width ? end - start : 1;
    for (let j = start; j < end; j += step) {
      const from = j * stride * element;
      const there = inside.subarray((j - start) * rowBytes, (j - start + step) * rowBytes);
      const here = bytes.subarray(from, from + step * rowBytes);
      if (out) here.set(there);
      else there.set(here);
    }
  };
  return {
    load(start, end) {
      if (start !== loaded[0] || end !== loaded[1]) copyRows(start, end, false);
      loaded = [start, end];
      return placeOf(start);
    },
    prepare: placeOf,
    store: (start, end) => copyRows(start, end, true),
  };
}
