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
  const table = tableOf(tiles);
  withFrame((frame) => {
    const [source, entries, target] = [frame.input(bytes), frame.inOut(table), frame.output(out)];
    const calls = groupsOf(tiles).map(([first, end]) => [source, entries + 4 * WORDS * first, end - first, block, target]);
    runKernel(`riceDecodeTiles${out.BYTES_PER_ELEMENT * 8}`, calls);
  });
  for (let i = 0; i < tiles.length; i++) if (table[WORDS * i + 3] < 0) return i;
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
  const table = tableOf(tiles.map((tile) => ({ ...tile, start: 0, length: 0 })));
  return withFrame((frame) => {
    const [source, entries] = [frame.input(pixels), frame.scratch(table.byteLength)];
    int32At(entries, table.length).set(table);
    const groups = groupsOf(tiles);
    // Each group is encoded where it has room for its worst case; then the gaps are closed.
    const places = groups.map(([first, end]) => {
      let worst = 256;
      for (let i = first; i < end; i++) worst += riceWorstBytes(tiles[i].count, pixels.BYTES_PER_ELEMENT, block);
      return frame.scratch(worst);
    });
    const calls = groups.map(([first, end], g) => [source, entries + 4 * WORDS * first, end - first, block, places[g]]);
    runKernel(`riceEncodeTiles${pixels.BYTES_PER_ELEMENT * 8}`, calls);
    const done = int32At(entries, table.length);
    const lengths = Int32Array.from(tiles, (_tile, i) => done[WORDS * i + 1]);
    const bytes = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
    let at = 0;
    groups.forEach(([first, end], g) => {
      const used = lengths.subarray(first, end).reduce((sum, length) => sum + length, 0);
      bytes.set(bytesAt(places[g], used), at);
      at += used;
    });
    return { bytes, lengths };
  });
}

/** Runs of tiles for one call each; all in one where there is one thread. */
function groupsOf(tiles: readonly { readonly count: number }[]): readonly (readonly [number, number])[] {
  if (kernelThreads() === 1) return [[0, tiles.length]];
  const groups: [number, number][] = [];
  let numbers = 0;
  let first = 0;
  for (let i = 0; i < tiles.length; i++) {
    numbers += tiles[i].count;
    if (numbers < GROUP_NUMBERS && i < tiles.length - 1) continue;
    groups.push([first, i + 1]);
    [first, numbers] = [i + 1, 0];
  }
  return groups;
}

function tableOf(tiles: readonly CodecTile[]): Int32Array {
  const table = new Int32Array(4 * tiles.length);
  tiles.forEach(({ start, length, first, count }, i) => table.set([start, length, first, count], 4 * i));
  return table;
}
