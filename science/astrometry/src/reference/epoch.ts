import { buildKdTree } from '@almagest/numerics';
import { directionFrom, lonLatFromUnit, propagateStar, type StarMotion, vec3 } from '@almagest/sphere';
import { type ReferenceCatalogue, toVectors } from './catalogue.ts';

export interface EpochOptions {
  /** Barycentric position of the observer [au], ICRS axes; adds the parallax. */
  readonly observerAu?: readonly [number, number, number];
}

/**
 * Moves a catalogue to the epoch of an observation.
 *
 * Stars move on straight lines in space: proper motion, and where given the radial velocity with the parallax. Without a proper
 * motion a star stays. Errors of position grow by nothing here; callers that have errors of the motion add them.
 *
 * @param epoch - [Julian year, TDB].
 * @returns A fresh catalogue of that epoch, rows in the same order.
 * @remarks Agrees with ERFA's rigorous space motion to 0.5 mas in a century for stars of 3 arcsec a year; the rest is light time.
 * `test/golden/epoch.golden.test.ts`
 * @see ESA (1997), The Hipparcos and Tycho Catalogues, volume 1, section 1.5.5.
 */
export function propagateCatalogue(catalogue: ReferenceCatalogue, epoch: number, { observerAu }: EpochOptions = {}): ReferenceCatalogue {
  const years = epoch - catalogue.epoch;
  const { count } = catalogue;
  const observer = observerAu && vec3(...observerAu);
  const ra = new Float64Array(count);
  const dec = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const star: StarMotion = {
      position: { lon: catalogue.ra[i], lat: catalogue.dec[i] },
      pmRa: finite(catalogue.pmRaCosDec?.[i]),
      pmDec: finite(catalogue.pmDec?.[i]),
      parallax: finite(catalogue.parallax?.[i]),
      radialVelocityKmS: finite(catalogue.radialVelocity?.[i]),
    };
    const moved = propagateStar(star, years);
    const { lon, lat } = observer ? lonLatFromUnit(directionFrom(moved, observer)) : moved.position;
    ra[i] = lon;
    dec[i] = lat;
  }
  return { ...catalogue, ra, dec, epoch, tree: buildKdTree(toVectors(ra, dec), 3) };
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
