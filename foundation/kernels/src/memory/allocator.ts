/** Blocks begin at multiples of a cache line, so that two threads never write to one line of different arrays. */
const ALIGNMENT = 64;

interface Block {
  start: number;
  size: number;
}

/**
 * First-fit allocator of byte ranges with merging of freed neighbours. Keeps its books in JavaScript, outside the memory.
 *
 * Addresses go up to 2^32, so all arithmetic is on doubles, never on 32-bit integers.
 */
export class Allocator {
  readonly #used = new Map<number, number>();
  /** Sorted by start; neighbours never touch. */
  readonly #free: Block[] = [];
  readonly #grow: (end: number) => boolean;
  #end: number;
  #highest: number;

  /** @param grow - Makes memory reach at least `end`; false where that is impossible. */
  constructor(start: number, grow: (end: number) => boolean) {
    this.#end = start;
    this.#highest = start;
    this.#grow = grow;
  }

  /** No byte from here on was ever in a block: what memory holds there is zeros. */
  get pristineFrom(): number {
    return this.#highest;
  }

  /** Bytes in blocks that are not freed. */
  get usedBytes(): number {
    return this.#used.values().reduce((sum, size) => sum + size, 0);
  }

  /** Address of a fresh block, a multiple of 64; undefined where memory cannot grow. Its bytes are what was left there. */
  allocate(bytes: number): number | undefined {
    const size = Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
    const index = this.#free.findIndex((block) => block.size >= size);
    const found = this.#free[index];
    if (found !== undefined) {
      const start = found.start;
      if (found.size === size) this.#free.splice(index, 1);
      else {
        found.start += size;
        found.size -= size;
      }
      this.#used.set(start, size);
      return start;
    }
    const last = this.#free.at(-1);
    const start = last !== undefined && last.start + last.size === this.#end ? last.start : this.#end;
    if (!this.#grow(start + size)) return undefined;
    if (start !== this.#end) this.#free.pop();
    this.#end = start + size;
    this.#highest = Math.max(this.#highest, this.#end);
    this.#used.set(start, size);
    return start;
  }

  /** Frees a block by its address; an address that is not a block's is ignored. */
  free(start: number): void {
    const size = this.#used.get(start);
    if (size === undefined) return;
    this.#used.delete(start);
    let index = this.#free.findIndex((block) => block.start > start);
    if (index < 0) index = this.#free.length;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.start + before.size === start;
    const joinsAfter = after !== undefined && start + size === after.start;
    if (joinsBefore && joinsAfter) {
      before.size += size + after.size;
      this.#free.splice(index, 1);
    } else if (joinsBefore) before.size += size;
    else if (joinsAfter) {
      after.start = start;
      after.size += size;
    } else this.#free.splice(index, 0, { start, size });
  }
}
