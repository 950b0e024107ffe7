/** Exchanges that bring the median of `count` values to index `middle`: after each, values[i] <= values[j]. */
export interface MedianNetwork {
  readonly pairs: readonly (readonly [number, number])[];
  readonly middle: number;
}

const networks = new Map<number, MedianNetwork>();

/**
 * Network for the median of an odd count: Batcher's odd-even merge sort without the exchanges that the middle value does
 * not depend on.
 *
 * @see Batcher 1968, AFIPS 32, 307; Knuth, The Art of Computer Programming 3, section 5.2.2, algorithm M.
 */
export function medianNetwork(count: number): MedianNetwork {
  const known = networks.get(count);
  if (known) return known;
  const middle = (count - 1) / 2;
  const needed = new Set([middle]);
  const pairs = sortPairs(count)
    .toReversed()
    .filter(([i, j]) => {
      if (!needed.has(i) && !needed.has(j)) return false;
      needed.add(i).add(j);
      return true;
    });
  const network = { pairs: pairs.toReversed(), middle };
  networks.set(count, network);
  return network;
}

/** Algorithm M of Knuth: exchanges that sort any count of values. */
function sortPairs(count: number): [number, number][] {
  const pairs: [number, number][] = [];
  const top = 2 ** (Math.ceil(Math.log2(Math.max(2, count))) - 1);
  for (let p = top; p > 0; p >>= 1) {
    let q = top;
    let r = 0;
    for (let d = p; ; d = q - p, q >>= 1, r = p) {
      for (let i = 0; i < count - d; i++) if ((i & p) === r) pairs.push([i, i + d]);
      if (q === p) break;
    }
  }
  return pairs;
}
