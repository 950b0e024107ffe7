import { expect, test } from 'vitest';
import { costOfStars } from '../../test/cost.ts';

test('a source costs no more among ten times as many: as dense as 20,000 and 200,000 on a detector', { timeout: 120_000 }, () => {
  // Code that is compiled first is no part of the cost.
  costOfStars(176, 384);
  const [few, many] = [176, 1758].map((stars) => costOfStars(stars, 384));
  expect(many.sources).toBeGreaterThan(5 * few.sources);
  expect(many.seconds / many.sources / (few.seconds / few.sources)).toBeLessThan(2);
});
