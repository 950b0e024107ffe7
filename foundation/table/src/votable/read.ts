import { TableFormatError, UnsupportedTableError } from '../errors.ts';
import type { Table } from '../model/table.ts';
import { tablesOf, type VotableDocument } from './document.ts';
import { type VotableEvent, VotableParser, type VotableReadOptions } from './parser.ts';

/**
 * Reads a whole VOTable document from memory.
 *
 * @param bytes - The document; UTF-8, or the encoding that it declares. Not modified; string and number arrays of the result are fresh.
 * @returns The tree with all tables. Empty cells are null (strings: empty text); NaN is a value.
 * @throws {TableFormatError} if the document is not a VOTable; the message has line, column and row.
 * @throws {TableLimitError} if it claims more than the limits allow.
 * @throws {UnsupportedTableError} if rows are in another file or in FITS form.
 * @see VOTable 1.5, https://www.ivoa.net/documents/VOTable/
 */
export function parseVotable(bytes: Uint8Array, options: Omit<VotableReadOptions, 'batchRows'> = {}): VotableDocument {
  const parser = new VotableParser(options);
  let document: VotableDocument | undefined;
  for (const step of [parser.push(bytes), parser.finish()])
    for (const event of step) {
      if (event.kind === 'fits') refuseFits();
      if (event.kind === 'document') ({ document } = event);
    }
  return document as unknown as VotableDocument;
}

/**
 * Reads the first table of a VOTable document.
 *
 * @throws {TableFormatError} as {@link parseVotable}, and if there is no table.
 */
export function parseVotableTable(bytes: Uint8Array, options: Omit<VotableReadOptions, 'batchRows'> = {}): Table {
  const [table] = tablesOf(parseVotable(bytes, options));
  if (!table) throw new TableFormatError('the document has no TABLE', { details: { format: 'votable' } });
  return table;
}

/**
 * Reads a VOTable piece by piece, in bounded memory where `batchRows` is given.
 *
 * @param source - Pieces of the document, of any size.
 * @returns Events in document order: each table's columns, its rows in batches, and the tree at the end.
 * @throws As {@link parseVotable}.
 */
export async function* streamVotable(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: VotableReadOptions = {},
): AsyncGenerator<VotableEvent> {
  const parser = new VotableParser(options);
  for await (const piece of source) yield* parser.push(piece);
  yield* parser.finish();
}

function refuseFits(): never {
  throw new UnsupportedTableError('the rows are in FITS form; read the document with streamVotable and its "fits" events', {
    details: { format: 'votable' },
  });
}
