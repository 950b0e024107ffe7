import { matchSky, type SkyColumns, type SkyMatches } from '@almagest/sphere';
import { MetricOptionError } from '../errors.ts';

/** Every pair of rows within a distance [arcsec]. @throws {MetricOptionError} if it is not above 0 and at most 60. */
export function allPairs(a: SkyColumns, b: SkyColumns, radiusArcsec: number): SkyMatches {
  if (!(radiusArcsec > 0 && radiusArcsec <= 60))
    throw new MetricOptionError(`the matching radius must lie above 0 and up to 60 arcsec; found ${radiusArcsec}`, {
      details: { argument: 'radiusArcsec', found: String(radiusArcsec) },
    });
  return matchSky(a, b, { radius: ((radiusArcsec / 3600) * Math.PI) / 180, keep: 'all' });
}

/**
 * Matches rows on the sky, nearest first, each row used once, among the pairs that `accept` takes.
 *
 * @returns Pairs in ascending row of `a`.
 */
export function matchOneToOne(
  a: SkyColumns,
  b: SkyColumns,
  options: { readonly radiusArcsec: number; readonly accept?: (rowA: number, rowB: number) => boolean },
): SkyMatches {
  const pairs = allPairs(a, b, options.radiusArcsec);
  const order = Int32Array.from(pairs.a.keys()).toSorted((p, q) => pairs.separation[p] - pairs.separation[q] || p - q);
  const usedA = new Uint8Array(a.lon.length);
  const usedB = new Uint8Array(b.lon.length);
  const kept: number[] = [];
  for (const i of order) {
    const [rowA, rowB] = [pairs.a[i], pairs.b[i]];
    if (usedA[rowA] === 1 || usedB[rowB] === 1 || options.accept?.(rowA, rowB) === false) continue;
    usedA[rowA] = usedB[rowB] = 1;
    kept.push(i);
  }
  kept.sort((p, q) => pairs.a[p] - pairs.a[q]);
  return {
    a: Int32Array.from(kept, (i) => pairs.a[i]),
    b: Int32Array.from(kept, (i) => pairs.b[i]),
    separation: Float64Array.from(kept, (i) => pairs.separation[i]),
  };
}
