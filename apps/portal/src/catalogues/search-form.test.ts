import { expect, test } from 'vitest';
import { writeQuery } from './search-form.tsx';

const column = (name: string, type: 'DOUBLE' | 'VARCHAR') => ({ name, type });
const table = {
  schema: 'survey',
  name: 'Source',
  description: '',
  columns: [column('ra', 'DOUBLE'), column('dec', 'DOUBLE'), column('band', 'VARCHAR'), column('psfFlux', 'DOUBLE')],
  sky: { ra: 'ra', dec: 'dec' },
};
const condition = (name: string, operator: string, value: string) => ({ id: 1, column: name, operator, value });

test('a place and conditions become a cone and comparisons; texts are quoted, empty values left out', () => {
  const conditions = [
    condition('psfFlux', '>', '1e3'),
    condition('band', '=', "r'"),
    condition('ra', '<', ''),
    condition('dec', 'IS NULL', ''),
  ];
  expect(writeQuery(table, { place: { ra: 150.1, dec: 2.2 }, radiusArcsec: 36, conditions })).toBe(
    [
      'SELECT ra, dec, band, psfFlux',
      'FROM survey.Source',
      'WHERE CONTAINS(POINT(ra, dec), CIRCLE(150.1, 2.2, 0.01)) = 1',
      '  AND psfFlux > 1e3',
      "  AND band = 'r'''",
      '  AND dec IS NULL',
    ].join('\n'),
  );
});
