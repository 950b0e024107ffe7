import { decompressTable } from '../compression/decompress-table.ts';
import { UnsupportedError } from '../errors.ts';
import type { Hdu } from '../hdu/hdu.ts';
import { readAsciiTable } from './ascii-table.ts';
import { readGroups } from './groups.ts';
import { readBinaryTable } from './read-table.ts';
import type { FitsTable, ReadTableOptions } from './table.ts';

/**
 * Reads a table of any kind (binary, ASCII, compressed, random groups), or some of its columns and rows.
 *
 * @returns Fresh columns; undefined numbers of scaled columns are NaN, of unscaled integer columns marked in `nulls`.
 * @throws {UnsupportedError} if the HDU is no table.
 * @throws {TruncatedError | BadDataError | TooLargeError | BadCardError} if the file does not hold what its header says.
 * @throws {NotInFileError} if a column or row does not exist.
 */
export async function readTable(hdu: Hdu, options: ReadTableOptions = {}): Promise<FitsTable> {
  switch (hdu.kind) {
    case 'table':
      return readBinaryTable(hdu, options);
    case 'compressed-table':
      return readBinaryTable(await decompressTable(hdu, options.maxBytes), options);
    case 'ascii-table':
      return readAsciiTable(hdu, options);
    case 'groups':
      return readGroups(hdu, options);
    default:
      throw new UnsupportedError(`a table was asked for; the HDU is of kind ${hdu.kind}`, { hdu: hdu.index });
  }
}
