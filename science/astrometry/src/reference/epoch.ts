import { buildKdTree } from '@almagest/numerics';
import { type ReferenceCatalogue, toVectors } from './catalogue.ts';

/** Astronomical unit in km a second of one radian-year: converts parallax [rad] times radial velocity [km/s] to a proper motion [rad/yr]. */
const KM_PER_AU = 149597870.7;
const SECONDS_PER_YEAR = 365.25 * 86400;

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
  const vectors = toVectors(catalogue.ra, catalogue.dec);
  const ra = new Float64Array(count);
  const dec = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    moveInPlace(vectors, i, catalogue, years);
    const parallax = finite(catalogue.parallax?.[i]);
    if (observerAu && parallax !== 0) for (let k = 0; k < 3; k++) vectors[3 * i + k] -= parallax * observerAu[k];
    const [x, y, z] = [vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]];
    const longitude = Math.atan2(y, x);
    ra[i] = longitude < 0 ? longitude + 2 * Math.PI : longitude;
    dec[i] = Math.atan2(z, Math.hypot(x, y));
  }
  return { ...catalogue, ra, dec, epoch, tree: buildKdTree(toVectors(ra, dec), 3) };
}

/** u(t) is along u0 (1 + radial t) + motion t. */
function moveInPlace(vectors: Float64Array, i: number, catalogue: ReferenceCatalogue, years: number): void {
  const east = finite(catalogue.pmRaCosDec?.[i]) * years;
  const north = finite(catalogue.pmDec?.[i]) * years;
  const radial = (finite(catalogue.radialVelocity?.[i]) * SECONDS_PER_YEAR * finite(catalogue.parallax?.[i]) * years) / KM_PER_AU;
  const [sa, ca, sd, cd] = [Math.sin(catalogue.ra[i]), Math.cos(catalogue.ra[i]), Math.sin(catalogue.dec[i]), Math.cos(catalogue.dec[i])];
  const motion = [-sa * east - ca * sd * north, ca * east - sa * sd * north, cd * north];
  for (let k = 0; k < 3; k++) vectors[3 * i + k] = vectors[3 * i + k] * (1 + radial) + motion[k];
  const length = Math.hypot(vectors[3 * i], vectors[3 * i + 1], vectors[3 * i + 2]);
  for (let k = 0; k < 3; k++) vectors[3 * i + k] /= length;
}

function finite(value: number | undefined): number {
  return value !== undefined && Number.isFinite(value) ? value : 0;
}
