import { expect, test } from 'vitest';
import { settledTour, tourMarkdown, tourOf, withTour } from './tour.ts';

const tour = (verdict: string, printed: string): string => tourMarkdown(verdict, () => printed);

test('of a tour only seconds and names of datasets may differ', () => {
  const one = settledTour(tour('78 alerts\n92 s in all', 'difference_image [run] 31d11965  <- subtract (1.23 s, attempt 1)'));
  expect(settledTour(tour('78 alerts\n113 s in all', 'difference_image [run] a0b1c2d3  <- subtract (0.98 s, attempt 1)'))).toBe(one);
  expect(settledTour(tour('79 alerts\n92 s in all', 'difference_image [run] 31d11965  <- subtract (1.23 s, attempt 1)'))).not.toBe(one);
  expect(settledTour(tour('78 alerts\n92 s in all', 'template [run] 31d11965  <- subtract (1.23 s, attempt 1)'))).not.toBe(one);
});

test('a tour replaces the one that a README has', () => {
  const readme = `# Title\n\n${tour('old', 'old')}\n\nend\n`;
  const written = withTour(readme, tour('costs $1 and $&', 'new'));
  expect(tourOf(written)).toBe(tour('costs $1 and $&', 'new'));
  expect(written.startsWith('# Title\n')).toBe(true);
  expect(written.endsWith('end\n')).toBe(true);
  expect(tourOf('no tour')).toBeUndefined();
});
