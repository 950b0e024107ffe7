import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { bytesSource, type FitsColumn, type Hdu, openFits, type PixelArray, readImage, readTable, summarizePixels } from './index.ts';

type GoldenHdu = ['image', number[], string] | ['table', number, [string, string][]] | ['empty'] | ['other'];

const golden = JSON.parse(readFileSync(join(import.meta.dirname, '../test/golden/data-sets/golden.json'), 'utf8')) as Record<
  string,
  GoldenHdu[] | { error: string }
>;

/** Files are grouped by data set, so that a failure names the set and then the file. */
const sets = Map.groupBy(Object.entries(golden), ([name]) => name.split('/')[0]);

test.skipIf(!haveData).each([...sets])('every FITS file of %s reads as astropy reads it', async (_set, files) => {
  for (const [name, expected] of files) {
    const file = await openFits(bytesSource(new Uint8Array(readFileSync(dataPath(name)))));
    if (!Array.isArray(expected)) continue;
    const hdus = await file.hdus();
    expect(hdus.length, name).toBe(expected.length);
    for (const hdu of hdus) await compare(hdu, expected[hdu.index], name);
  }
});

async function compare(hdu: Hdu, expected: GoldenHdu, name: string): Promise<void> {
  const where = `${name} HDU ${hdu.index}`;
  if (expected[0] === 'image') {
    const image = await readImage(hdu);
    expect(image.shape, where).toEqual(expected[1]);
    expect(digest(image.data), where).toBe(expected[2]);
  }
  if (expected[0] !== 'table') return;
  const table = await readTable(hdu);
  expect(table.rows, where).toBe(expected[1]);
  for (const [column, hash] of expected[2]) {
    const mine = table.columns.find((each) => each.name === column);
    expect(mine, `${where} ${column}`).toBeDefined();
    expect(digest((mine as FitsColumn).values as PixelArray), `${where} ${column}`).toBe(hash);
  }
}

function digest(values: PixelArray): string {
  const hash = createHash('sha256');
  summarizePixels(values, (bytes) => hash.update(bytes));
  return hash.digest('hex').slice(0, 16);
}
