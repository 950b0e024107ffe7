import type { Card } from '../header/card.ts';
import type { Header } from '../header/header.ts';

/** What {@link writeFits} writes: made by `imageHdu`, `tableHdu`, `compressImage` and the like. */
export interface OutputHdu {
  readonly extension: 'IMAGE' | 'BINTABLE' | 'TABLE';
  /** Mandatory cards from BITPIX on, in the standard's order. */
  readonly structure: readonly Card[];
  /** All other cards. */
  readonly header: Header;
  /** Length of the data [byte], without fill. */
  readonly dataSize: number;
  /** Byte that fills the last block: 0, or a blank in ASCII tables. */
  readonly fill?: number;
  /**
   * The data in pieces; called once, or twice where a checksum is asked for.
   *
   * @param options.reuse - A piece may be overwritten once the next but one is asked for.
   */
  data(options?: { readonly reuse?: boolean }): Iterable<Uint8Array> | AsyncIterable<Uint8Array>;
}

/** A new card with a value. */
export function valueCard(keyword: string, value: Card['value'], comment = ''): Card {
  return { keyword, value, comment, kind: 'value' };
}
