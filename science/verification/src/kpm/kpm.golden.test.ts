import { readFile } from 'node:fs/promises';
import { bytesSource } from '@almagest/fits';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { type MatchedCatalog } from '../matched/matched-catalog.ts';
import { matchedCatalogOf, readMeasurementTable } from '../matched/read-matched-table.ts';
import { measureAD, measureAF, measureAM } from './astrometric.ts';
import { measureAB } from './band-to-band.ts';
import { measureTE } from './ellipticity.ts';
import { measurePA1, measurePA2, measurePF1 } from './photometric.ts';

/** Value, and the list under `values:` where there is one, of an expected measurement. */
async function expected(name: string): Promise<{ readonly value: number; readonly printed: string; readonly counts: readonly number[] }> {
  const text = await readFile(dataPath('kpm', `${name}.yaml`), 'utf8');
  const printed = /^value: (.*)$/m.exec(text)?.[1] ?? '';
  const list = text.slice(Math.max(0, text.indexOf('    values:')), text.lastIndexOf('identifier:'));
  return { value: Number(printed), printed, counts: [...list.matchAll(/^ {6}- (.*)$/gm)].map((match) => Number(match[1])) };
}

async function catalog(name: string): Promise<MatchedCatalog> {
  return matchedCatalogOf(await readMeasurementTable(bytesSource(await readFile(dataPath('kpm', name)))));
}

/** The digits that were printed: 8 decimals for the photometric values, else 15 significant ones (the 16th is the last bit of a double). */
function agrees(value: number, { value: truth, printed }: { readonly value: number; readonly printed: string }): boolean {
  const digits = printed.replace(/[-.]|e.*$/g, '').replace(/^0+/, '').length;
  return value.toPrecision(Math.min(15, digits)) === truth.toPrecision(Math.min(15, digits));
}

const TRACT = 'matchedCatalogTract_0_r.fits.gz';

test.skipIf(!haveData)('PA1, PF1 and PA2 reproduce the calculators of the field', async () => {
  const matched = await catalog(TRACT);
  expect([measurePA1(matched).value, await expected('PA1_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
  expect([measurePF1(matched).value, await expected('PF1_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
  expect([measurePA2(matched).value, await expected('PA2_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
});

test.skipIf(!haveData)('AM1 with its histogram, AD1 and AF1 reproduce the calculators of the field', async () => {
  const matched = await catalog(TRACT);
  const truth = await expected('AM1_expected_0_r');
  const am = measureAM(matched, { radiusArcmin: 5 });
  expect([am.value, truth]).toSatisfy(([a, b]) => agrees(a, b));
  expect(am.histogram?.counts).toEqual(truth.counts);
  expect([measureAD(matched, { radiusArcmin: 5 }).value, await expected('AD1_design_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
  expect([measureAF(matched, { radiusArcmin: 5 }).value, await expected('AF1_design_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
});

test.skipIf(!haveData)('AB1 reproduces the calculator of the field', async () => {
  const ab = measureAB(await catalog('matchedCatalogMulti_0_70.fits.gz'), { band: 'r' });
  expect([ab.value, await expected('AB1_design_expected_0_70_r')]).toSatisfy(([a, b]) => agrees(a, b));
});

test.skipIf(!haveData)('TE1 reproduces the calculator of the field', async () => {
  const te = measureTE(await catalog(TRACT), { which: 'TE1' });
  expect([te.value, await expected('TE1_expected_0_r')]).toSatisfy(([a, b]) => agrees(a, b));
});
