import { bytesAt, withFrame } from '../memory/frame.ts';
import { kernelMemory } from '../memory/kernel-memory.ts';
import { type RicePixels, riceWorstBytes } from './rice-reference.ts';

/** A tile: where its bytes lie in the compressed bytes, and its numbers in the array. */
export interface CodecTile {
  readonly start: number;
  readonly length: number;
  /** First element of the array of numbers. */
  readonly first: number;
  readonly count: number;
}

/**
 * Decodes Rice-compressed tiles into one array.
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
  const { functions } = kernelMemory();
  const decode = functions[`riceDecodeTiles${out.BYTES_PER_ELEMENT * 8}`];
  return withFrame((frame) => decode(frame.input(bytes), frame.input(tableOf(tiles)), tiles.length, block, frame.output(out)));
}

/** Tiles that were encoded, one after the other. */
export interface EncodedTiles {
  /** Fresh bytes of all tiles. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Length of each tile [byte]. */
  readonly lengths: Int32Array;
}

/** Encodes runs of an array as Rice tiles, in order. Bit-identical to the reference. */
export function riceEncodeTiles(pixels: RicePixels, tiles: readonly Pick<CodecTile, 'first' | 'count'>[], block: number): EncodedTiles {
  const { functions } = kernelMemory();
  const encode = functions[`riceEncodeTiles${pixels.BYTES_PER_ELEMENT * 8}`];
  const worst = tiles.reduce((sum, tile) => sum + riceWorstBytes(tile.count, pixels.BYTES_PER_ELEMENT, block), 0);
  const table = tableOf(tiles.map((tile) => ({ ...tile, start: 0, length: 0 })));
  const bytes = withFrame((frame) => {
    const out = frame.scratch(worst);
    const used = encode(frame.input(pixels), frame.inOut(table), tiles.length, block, out);
    return bytesAt(out, used).slice() as Uint8Array<ArrayBuffer>;
  });
  return { bytes: toPlain(bytes), lengths: Int32Array.from(tiles, (_tile, i) => table[4 * i + 1]) };
}

function tableOf(tiles: readonly CodecTile[]): Int32Array {
  const table = new Int32Array(4 * tiles.length);
  tiles.forEach(({ start, length, first, count }, i) => table.set([start, length, first, count], 4 * i));
  return table;
}

function toPlain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  if (bytes.buffer instanceof ArrayBuffer) return bytes as Uint8Array<ArrayBuffer>;
  const plain = new Uint8Array(bytes.length);
  plain.set(bytes);
  return plain;
}
