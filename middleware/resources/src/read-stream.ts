import type { ByteSource } from '@almagest/fits';

/** The bytes of a source in order, in pieces of at most `pieceBytes`, for copying and serving. */
export async function* readPieces(
  source: ByteSource,
  range: { readonly start?: number; readonly stop?: number; readonly pieceBytes?: number } = {},
): AsyncGenerator<Uint8Array> {
  const { start = 0, pieceBytes = 1 << 20 } = range;
  const stop = Math.min(range.stop ?? source.size, source.size);
  for (let at = start; at < stop;) {
    const piece = await source.read(at, Math.min(pieceBytes, stop - at));
    if (piece.length === 0) return;
    yield piece;
    at += piece.length;
  }
}
