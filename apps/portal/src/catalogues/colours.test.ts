import { getColumn, makeColumn, makeTable } from '@almagest/table';
import { expect, test } from 'vitest';
import { withColours } from './colours.ts';

const column = (name: string, ...data: number[]) => makeColumn({ name, datatype: 'float64', data: Float64Array.from(data) });

test('fluxes of two bands become magnitudes and a colour; those that are not positive have none', () => {
  const { table, pairs } = withColours(makeTable([column('g_psfFluxMean', 1, -1), column('r_psfFluxMean', 10, 10)]));
  expect(pairs).toEqual([{ colour: 'g - r', magnitude: 'r_mag' }]);
  const [colour, none] = getColumn(table, 'g - r').data as Float64Array;
  expect(colour).toBeCloseTo(2.5, 9);
  expect(none).toBeNaN();
});

test('a table of one band stays as it is', () => {
  const table = makeTable([column('g_psfFlux', 1)]);
  expect(withColours(table)).toEqual({ table, pairs: [] });
});
