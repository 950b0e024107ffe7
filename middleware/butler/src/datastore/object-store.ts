/** Bytes by key: what an object datastore stands on. Keys are relative, with `/`. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is no such key. */
  get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined>;
  /** Size [byte], or undefined where there is no such key. */
  size(key: string): Promise<number | undefined>;
  copy(from: string, to: string): Promise<void>;
  /** Nothing happens where there is no such key. */
  remove(key: string): Promise<void>;
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }>;
  address(key: string): string;
  /** An address that works without a sign-in for some seconds, where the store makes such. */
  signedAddress(key: string, seconds: number): Promise<string>;
  close(): Promise<void>;
}

/** Objects in the memory of this process. */
export class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<string, Uint8Array>();

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#objects.set(key, bytes.slice());
  }

  async get(key: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array | undefined> {
    const bytes = this.#objects.get(key);
    return range === undefined ? bytes : bytes?.subarray(range.offset, range.offset + range.length);
  }

  async size(key: string): Promise<number | undefined> {
    return this.#objects.get(key)?.length;
  }

  async copy(from: string, to: string): Promise<void> {
    this.#objects.set(to, this.#objects.get(from)!);
  }

  async remove(key: string): Promise<void> {
    this.#objects.delete(key);
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly size: number }> {
    for (const [key, bytes] of this.#objects) if (key.startsWith(prefix)) yield { key, size: bytes.length };
  }

  address(key: string): string {
    return `mem://almagest/${key}`;
  }

  async signedAddress(key: string): Promise<string> {
    return this.address(key);
  }

  async close(): Promise<void> {
    this.#objects.clear();
  }
}
