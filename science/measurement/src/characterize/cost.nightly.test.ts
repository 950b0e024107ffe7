import { expect, test } from 'vitest';
import { costOfStars } from '../../test/cost.ts';

/** A quarter of a 4k detector: stars as dense as 20,000, 50,000, 200,000 and 500,000 there. */
const SIDE = 2048;

test('the cost of a source stays the same from 20,000 to 500,000 stars on a detector, and memory in bounds', { timeout: 1_200_000 }, () => {
  costOfStars(1000, 1024);
  const costs = [5000, 12_500, 50_000, 125_000].map((stars) => costOfStars(stars, SIDE));
  const each = costs.map(({ seconds, sources }) => (1e6 * seconds) / sources);
  console.log(
    costs.map((cost, k) => `${cost.sources} sources, ${each[k].toFixed(0)} us each, ${(cost.rssBytes / 1e9).toFixed(2)} GB`).join('; '),
  );
  expect(costs[3].sources).toBeGreaterThan(25_000);
  // The crowded ones are taken apart from more neighbours, but no source is looked at by every other.
  for (const value of each) expect(value / each[0]).toBeLessThan(2);
  expect(costs[3].rssBytes).toBeLessThan(3e9);
});
