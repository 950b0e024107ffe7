/** All pieces in one fresh array. */
export function concatBytes(pieces: Iterable<Uint8Array>): Uint8Array {
  const parts = Array.isArray(pieces) ? (pieces as readonly Uint8Array[]) : [...pieces];
  if (parts.length === 1) return parts[0];
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
