import type { DimensionValue } from './source.ts';

/** Numbers the values of one dimension in the order of their first appearance. */
export class Dictionary {
  readonly values: DimensionValue[] = [];
  readonly #codes = new Map<DimensionValue, number>();

  encode(value: DimensionValue): number {
    const known = this.#codes.get(value);
    if (known !== undefined) return known;
    const code = this.values.length;
    this.values.push(value);
    this.#codes.set(value, code);
    return code;
  }
}

/** One dictionary per dimension, shared by a whole graph, so that equal codes mean equal values everywhere. */
export class Coder {
  readonly dictionaries: Map<string, Dictionary> = new Map();

  of(dimension: string): Dictionary {
    let dictionary = this.dictionaries.get(dimension);
    if (!dictionary) this.dictionaries.set(dimension, (dictionary = new Dictionary()));
    return dictionary;
  }
}

/**
 * Rows of a fixed number of 32-bit codes with a hash index over their first `keyWidth` codes.
 *
 * Open addressing with linear probing, at most half full; the rows themselves are the keys, so nothing is boxed.
 */
export class RowSet {
  readonly width: number;
  readonly keyWidth: number;
  length = 0;
  /** Rows one after the other; only the first `length * width` are in use. */
  codes: Int32Array;
  #slots: Int32Array;
  #mask: number;

  constructor(width: number, keyWidth: number = width) {
    this.width = width;
    this.keyWidth = keyWidth;
    this.codes = new Int32Array(Math.max(1, width) * 64);
    this.#slots = new Int32Array(256).fill(-1);
    this.#mask = 255;
  }

  /** Row number of the key at `offset` of `codes`, or -1. */
  find(codes: ArrayLike<number>, offset = 0): number {
    for (let slot = this.#hash(codes, offset) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot] as number;
      if (row < 0 || this.#equal(row, codes, offset)) return row;
    }
  }

  /** Row number of the key, which is added when new; compare `length` before and after to tell. */
  insert(codes: ArrayLike<number>, offset = 0): number {
    let slot = this.#hash(codes, offset) & this.#mask;
    for (; ; slot = (slot + 1) & this.#mask) {
      const row = this.#slots[slot] as number;
      if (row < 0) break;
      if (this.#equal(row, codes, offset)) return row;
    }
    const row = this.#push(codes, offset);
    this.#slots[slot] = row;
    if (this.length * 2 > this.#slots.length) this.#rehash();
    return row;
  }

  /** Adds a row even when its key is known; {@link find} keeps giving the first. */
  append(codes: ArrayLike<number>): number {
    const before = this.length;
    const row = this.insert(codes);
    return this.length > before ? row : this.#push(codes, 0);
  }

  #push(codes: ArrayLike<number>, offset: number): number {
    const row = this.length++;
    const at = row * this.width;
    if (at + this.width > this.codes.length) this.#growRows();
    for (let i = 0; i < this.width; i++) this.codes[at + i] = codes[offset + i] as number;
    return row;
  }

  #equal(row: number, codes: ArrayLike<number>, offset: number): boolean {
    const at = row * this.width;
    for (let i = 0; i < this.keyWidth; i++) if (this.codes[at + i] !== codes[offset + i]) return false;
    return true;
  }

  #hash(codes: ArrayLike<number>, offset: number): number {
    let hash = 0x9e3779b9;
    for (let i = 0; i < this.keyWidth; i++) {
      hash = Math.imul(hash ^ (codes[offset + i] as number), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    hash = Math.imul(hash, 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }

  #growRows(): void {
    const grown = new Int32Array(this.codes.length * 2);
    grown.set(this.codes);
    this.codes = grown;
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1);
    this.#mask = this.#slots.length - 1;
    for (let row = 0; row < this.length; row++) {
      const at = row * this.width;
      let slot = this.#hash(this.codes, at) & this.#mask;
      let there = this.#slots[slot] as number;
      while (there >= 0 && !this.#equal(there, this.codes, at)) there = this.#slots[(slot = (slot + 1) & this.#mask)] as number;
      if (there < 0) this.#slots[slot] = row;
    }
  }
}

/** A growing list of 32-bit integers. */
export class IntList {
  length = 0;
  #data: Int32Array = new Int32Array(256);

  push(value: number): void {
    if (this.length === this.#data.length) {
      const grown = new Int32Array(this.#data.length * 2);
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data[this.length++] = value;
  }

  at(i: number): number {
    return this.#data[i] as number;
  }

  /** View of the values so far; valid until the next push. */
  view(): Int32Array {
    return this.#data.subarray(0, this.length);
  }
}
