import { bytesAt, int32At, withFrame } from '../memory/frame.ts';
import { kernelThreads, runKernel } from '../threads/threads.ts';
import { type RicePixels, riceWorstBytes } from './rice-reference.ts';

/** A tile: where its bytes lie in the compressed bytes, and its numbers in the array. */
export interface CodecTile {
  readonly start: number;
  readonly length: number;
  /** First element of the array of numbers. */
  readonly first: number;
  readonly count: number;
}

/** Tiles are handed to threads in groups of about so many numbers. */
const GROUP_NUMBERS = 1 << 17;
/** Words of a tile in the kernels' table: start, length, first, count. */
const WORDS = 4;

/**
 * Decodes Rice-compressed tiles into one array, on as many threads as {@link setKernelThreads} set.
 *
 * Bit-identical to the reference. The array may lie in kernel memory, which saves a copy.
 *
 * @param bytes - Holds all tiles.
 * @param tiles - Must lie inside `bytes` and `out`.
 * @param block - Numbers a block, usually 32.
 * @param out - Its type decides the width of the code; overwritten.
 * @returns Index of the first damaged tile, or -1.
 */
export function riceDecodeTiles(bytes: Uint8Array, tiles: readonly CodecTile[], block: number, out: RicePixels): number {
  return decodeTable(bytes, tableOf(tiles), block, out);
}

/**
 * Decodes Rice-compressed tiles of `count` numbers one after the other, of which the last may be shorter.
 *
 * @param spans - Start and length of each tile in `bytes`.
 * @returns Index of the first damaged tile, or -1.
 */
export function riceDecodeRuns(
  bytes: Uint8Array,
  spans: Int32Array,
  { count, block }: { readonly count: number; readonly block: number },
  out: RicePixels,
): number {
  const table = new Int32Array(WORDS * (spans.length >> 1));
  for (let i = 0, first = 0; i < spans.length >> 1; i++, first += count) {
    table[WORDS * i] = spans[2 * i];
    table[WORDS * i + 1] = spans[2 * i + 1];
    table[WORDS * i + 2] = first;
    table[WORDS * i + 3] = Math.max(0, Math.min(count, out.length - first));
  }
  return decodeTable(bytes, table, block, out);
}

function decodeTable(bytes: Uint8Array, table: Int32Array, block: number, out: RicePixels): number {
  withFrame((frame) => {
    const [source, entries, target] = [frame.input(bytes), frame.inOut(table), frame.output(out)];
    const calls = groupsOf(table).map(([first, end]) => [source, entries + 4 * WORDS * first, end - first, block, target]);
    runKernel(`riceDecodeTiles${out.BYTES_PER_ELEMENT * 8}`, calls);
  });
  for (let i = 0; i < table.length / WORDS; i++) if (table[WORDS * i + 3] < 0) return i;
  return -1;
}

/** Tiles that were encoded, one after the other. */
export interface EncodedTiles {
  /** Fresh bytes of all tiles. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of each tile [byte]. */
  readonly lengths: Int32Array;
}

/** Encodes runs of an array as Rice tiles, in order, on as many threads as are set. Bit-identical to the reference. */
export function riceEncodeTiles(pixels: RicePixels, tiles: readonly Pick<CodecTile, 'first' | 'count'>[], block: number): EncodedTiles {
  const table = new Int32Array(WORDS * tiles.length);
  tiles.forEach(({ first, count }, i) => {
    table[WORDS * i + 2] = first;
    table[WORDS * i + 3] = count;
  });
  return encodeTable(pixels, table, block);
}

/** Encodes an array as Rice tiles of `count` numbers one after the other, of which the last may be shorter. */
export function riceEncodeRuns(pixels: RicePixels, count: number, block: number): EncodedTiles {
  const table = new Int32Array(WORDS * Math.ceil(pixels.length / count));
  for (let i = 0, first = 0; first < pixels.length; i++, first += count) {
    table[WORDS * i + 2] = first;
    table[WORDS * i + 3] = Math.min(count, pixels.length - first);
  }
  return encodeTable(pixels, table, block);
}

function encodeTable(pixels: RicePixels, table: Int32Array, block: number): EncodedTiles {
  return withFrame((frame) => {
    const [source, entries] = [frame.input(pixels), frame.scratch(table.byteLength)];
    int32At(entries, table.length).set(table);
    const groups = groupsOf(table);
    // Each group is encoded where it has room for its worst case; then the gaps are closed.
    const places = groups.map(([first, end]) => {
      let worst = 256;
      for (let i = first; i < end; i++) worst += riceWorstBytes(table[WORDS * i + 3], pixels.BYTES_PER_ELEMENT, block);
      return frame.scratch(worst);
    });
    const calls = groups.map(([first, end], g) => [source, entries + 4 * WORDS * first, end - first, block, places[g]]);
    runKernel(`riceEncodeTiles${pixels.BYTES_PER_ELEMENT * 8}`, calls);
    const done = int32At(entries, table.length);
    const lengths = new Int32Array(table.length / WORDS);
    const sizes = groups.map(([first, end]) => {
      let size = 0;
      for (let i = first; i < end; i++) size += lengths[i] = done[WORDS * i + 1];
      return size;
    });
    const bytes = new Uint8Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    places.forEach((place, g) => {
      bytes.set(bytesAt(place, sizes[g]), at);
      at += sizes[g];
    });
    return { bytes, lengths };
  });
}

/** Runs of tiles for one call each; all in one where there is one thread. */
function groupsOf(table: Int32Array): readonly (readonly [number, number])[] {
  const tiles = table.length / WORDS;
  if (kernelThreads() === 1) return [[0, tiles]];
  const groups: [number, number][] = [];
  let numbers = 0;
  let first = 0;
  for (let i = 0; i < tiles; i++) {
    numbers += table[WORDS * i + 3];
    if (numbers < GROUP_NUMBERS && i < tiles - 1) continue;
    groups.push([first, i + 1]);
    [first, numbers] = [i + 1, 0];
  }
  return groups;
}

function tableOf(tiles: readonly CodecTile[]): Int32Array {
  const table = new Int32Array(WORDS * tiles.length);
  tiles.forEach(({ start, length, first, count }, i) => {
    table[WORDS * i] = start;
    table[WORDS * i + 1] = length;
    table[WORDS * i + 2] = first;
    table[WORDS * i + 3] = count;
  });
  return table;
}
