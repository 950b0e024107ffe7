import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { DimensionUniverse } from './universe.ts';

const expected = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/golden/universe/expected.json'), 'utf8')) as Readonly<
  Record<string, readonly object[]>
>;

function derived(universe: DimensionUniverse): readonly object[] {
  return universe.elements
    .filter((element) => !element.skypix || ['htm1', 'htm7', 'healpix17'].includes(element.name))
    .map(({ name, required, implied, hasTable, definesRelationships, spatial = null, temporal = null }) => ({
      name,
      required,
      implied,
      hasTable,
      definesRelationships,
      spatial,
      temporal,
    }));
}

test.skipIf(!haveData).each([0, 1, 2, 3, 4, 5, 6, 7, 8])('derives from universe %i what the field derives', (version) => {
  const universe = new DimensionUniverse(parse(readFileSync(dataPath('butler', 'universe', `universe${version}.yaml`), 'utf8')));
  expect(universe.version).toBe(version);
  expect(derived(universe)).toEqual(expected[version]);
});

test('the built-in universe is version 8', () => {
  const universe = DimensionUniverse.standard();
  expect([universe.namespace, universe.version, universe.commonSkypix]).toEqual(['daf_butler', 8, 'htm7']);
  expect(derived(universe)).toEqual(expected['8']);
});
