import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createReferenceCatalogue, propagateCatalogue } from '../../src/index.ts';

interface Star {
  readonly ra: number;
  readonly dec: number;
  readonly pmRaCosDec: number;
  readonly pmDec: number;
  readonly parallax: number;
  readonly radialVelocity: number;
  readonly years: number;
  readonly out: readonly [number, number];
}

const { cases } = JSON.parse(readFileSync(new URL('epoch/epoch.json', import.meta.url), 'utf8')) as { cases: Star[] };
const MAS = Math.PI / 648e6;

test('stars move as ERFA moves them', () => {
  for (const star of cases) {
    const one = (key: keyof Omit<Star, 'out'>): Float64Array => new Float64Array([star[key]]);
    const columns = { ra: one('ra'), dec: one('dec'), mag: one('ra'), pmRaCosDec: one('pmRaCosDec'), pmDec: one('pmDec'), parallax: one('parallax'), radialVelocity: one('radialVelocity') };
    const moved = propagateCatalogue(createReferenceCatalogue(columns, 2000), 2000 + star.years);
    const across = (moved.ra[0] - star.out[0]) * Math.cos(star.dec);
    // ERFA counts light time to the star, which this straight motion leaves out: under 0.1 mas a century for 3 arcsec a year.
    expect(Math.hypot(Math.atan2(Math.sin(across), Math.cos(across)), moved.dec[0] - star.out[1]) / MAS).toBeLessThan(0.5);
  }
});

test('stars without motion stay, and parallax moves a star away from the observer', () => {
  const still = createReferenceCatalogue({ ra: new Float64Array([1]), dec: new Float64Array([0.5]), mag: new Float64Array([1]), pmDec: new Float64Array([Number.NaN]) });
  expect(propagateCatalogue(still, 2100).ra[0]).toBeCloseTo(1, 15);
  const near = createReferenceCatalogue({ ra: new Float64Array([0]), dec: new Float64Array([0]), mag: new Float64Array([1]), parallax: new Float64Array([100 * MAS]) });
  const seen = propagateCatalogue(near, 2016, { observerAu: [0, 1, 0] });
  expect((seen.ra[0] - 2 * Math.PI) / MAS).toBeCloseTo(-100, 5);
});
