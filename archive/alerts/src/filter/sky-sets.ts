import {
  ARCSEC,
  buildSphereTree,
  DEGREE,
  type Moc,
  mocHasPosition,
  rowsWithin,
  separation,
  type SphereTree,
  unitFromLonLat,
} from '@almagest/sphere';

/** Positions that a user watches. */
export interface WatchlistEntry {
  readonly name: string;
  /** [deg] */
  readonly ra: number;
  readonly dec: number;
  /** Radius of the match [arcsec]; that of the list where absent. */
  readonly radiusArcsec?: number;
}

/** Watched positions, found by place. */
export interface Watchlist {
  /** The nearest entry within its radius of a position [deg]. */
  find(ra: number, dec: number): WatchlistEntry | undefined;
}

/** Indexes positions to watch; millions are fine. */
export function makeWatchlist(entries: readonly WatchlistEntry[], radiusArcsec = 5): Watchlist {
  const tree: SphereTree = buildSphereTree({
    lon: Float64Array.from(entries, (entry) => entry.ra * DEGREE),
    lat: Float64Array.from(entries, (entry) => entry.dec * DEGREE),
  });
  const units = entries.map((entry) => unitFromLonLat({ lon: entry.ra * DEGREE, lat: entry.dec * DEGREE }));
  const widest = entries.reduce((most, entry) => Math.max(most, entry.radiusArcsec ?? radiusArcsec), 0);
  return {
    find: (ra, dec) => {
      const place = unitFromLonLat({ lon: ra * DEGREE, lat: dec * DEGREE });
      let best: { entry: WatchlistEntry; distance: number } | undefined;
      for (const row of rowsWithin(tree, place, widest * ARCSEC)) {
        const entry = entries[row]!;
        const distance = separation(place, units[row]!) / ARCSEC;
        if (distance <= (entry.radiusArcsec ?? radiusArcsec) && !(best && best.distance <= distance)) best = { entry, distance };
      }
      return best?.entry;
    },
  };
}

/** Sets on the sky that filters may name. */
export interface SkySets {
  readonly watchlists?: ReadonlyMap<string, Watchlist>;
  /** Coverage maps, such as the regions of gravitational-wave events. */
  readonly regions?: ReadonlyMap<string, Moc>;
}

/** True where a coverage map holds a position [deg]. */
export function regionHolds(moc: Moc, ra: number, dec: number): boolean {
  return mocHasPosition(moc, ra * DEGREE, dec * DEGREE);
}
