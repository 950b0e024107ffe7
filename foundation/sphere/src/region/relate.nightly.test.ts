import { expect, test } from 'vitest';
import { FULL_LON, lonInterval } from '../vector/interval.ts';
import { HALF_PI, type LonLat, offsetBy, TWO_PI, unitFromLonLat } from '../vector/lon-lat.ts';
import { boundingBox, boundingCircle } from './bounds.ts';
import { regionHas } from './containment.ts';
import { convexHull } from './polygon.ts';
import { makeBox, makeCircle, type Region } from './region.ts';
import { relate } from './relate.ts';

const SEED = 5;
const PAIRS = 20_000;
const POINTS = 3000;

let state = SEED;
function next(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 4294967296;
}

function direction(): LonLat {
  return { lon: TWO_PI * next(), lat: Math.asin(2 * next() - 1) };
}

/** Regions of every size up to the whole sphere, with full rings, poles and seams. */
function anyRegion(): Region {
  const kind = Math.floor(3 * next());
  if (kind === 0) return makeCircle(unitFromLonLat(direction()), 3.1 * next());
  if (kind === 1) {
    const [p, q] = [Math.asin(2 * next() - 1), Math.asin(2 * next() - 1)];
    const lon = next() < 0.3 ? FULL_LON : lonInterval(TWO_PI * next(), TWO_PI * next());
    return makeBox(lon, { a: next() < 0.2 ? -2 : Math.min(p, q), b: next() < 0.2 ? 2 : Math.max(p, q) });
  }
  const center = next() < 0.3 ? { lon: 0, lat: next() < 0.5 ? HALF_PI : -HALF_PI } : direction();
  const radius = 0.9 * next() + 1e-6;
  return convexHull(Array.from({ length: 5 }, (_, i) => unitFromLonLat(offsetBy(center, -1.2566 * i - 0.3 * next(), radius))));
}

test(`no relation of large regions contradicts ${POINTS} points (seed ${SEED})`, () => {
  const points = Array.from({ length: POINTS }, () => unitFromLonLat(direction()));
  for (let n = 0; n < PAIRS; n++) {
    const [a, b] = [anyRegion(), anyRegion()];
    const { disjoint, contains, within } = relate(a, b);
    const [box, circle] = [boundingBox(a), boundingCircle(a)];
    for (const p of points) {
      const [inA, inB] = [regionHas(a, p), regionHas(b, p)];
      const wrong = (inA && inB && disjoint === 'yes') || (inA && !inB && within === 'yes') || (inB && !inA && contains === 'yes');
      if (wrong || (inA && (!regionHas(box, p) || !regionHas(circle, p)))) expect.fail(`pair ${n}: ${JSON.stringify([a, b, p])}`);
    }
  }
});
