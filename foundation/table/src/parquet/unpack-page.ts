import type { Compressors } from 'hyparquet';
import { TableFormatError } from '../errors.ts';

type Unpack = (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array;

interface NativeZlib {
  readonly gunzipSync: Unpack;
  readonly brotliDecompressSync: Unpack;
  readonly zstdDecompressSync?: Unpack;
}

/**
 * Decompressors that stop at the length that a page declares: a few hundred bytes of Brotli hold gigabytes.
 *
 * Node's own where they are, which are faster besides; browsers have the scripts alone, which notice too much only at the end.
 */
export function boundedCompressors(compressors: Compressors): Compressors {
  const host = globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } };
  const zlib = host.process?.getBuiltinModule?.('node:zlib') as NativeZlib | undefined;
  const native: Readonly<Record<string, Unpack | undefined>> = zlib
    ? { GZIP: zlib.gunzipSync, BROTLI: zlib.brotliDecompressSync, ZSTD: zlib.zstdDecompressSync }
    : {};
  return Object.fromEntries(
    Object.entries(compressors).map(([codec, script]) => {
      const unpack = native[codec];
      return [
        codec,
        (input: Uint8Array, length: number) => {
          // Pages of nulls have no data, at which some decompressors fail.
          if (length === 0) return new Uint8Array(0);
          const page = unpack ? unpack(input, { maxOutputLength: length }) : script(input, length);
          if (page.length !== length)
            throw new TableFormatError(`a page of the Parquet file unpacks to ${page.length} bytes; ${length} were declared`, {
              details: { format: 'parquet' },
            });
          return page;
        },
      ];
    }),
  ) as Compressors;
}
