import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bytesSource, fitsBytes, Header, imageHdu, openFits, readImage, tableHdu } from '@almagest/fits';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-fits-'));
const at = (name: string): string => join(folder, name);
const bin = join(import.meta.dirname, '../../bin/almagest.mjs');

beforeAll(async () => {
  const data = Int16Array.from({ length: 200 * 100 }, (_unused, i) => (i * 7919) % 500);
  const image = imageHdu({ data, shape: [100, 200], header: Header.of({ OBJECT: 'M13', CRPIX1: 100.5, CRPIX2: 50.5 }) });
  const table = tableHdu({ columns: [{ name: 'id', values: BigInt64Array.of(2n ** 60n, 2n) }], name: 'CAT' });
  writeFileSync(at('m13.fits'), await fitsBytes([image, table], { checksum: true }));
  writeFileSync(at('broken.fits'), readFileSync(at('m13.fits')).subarray(0, 5000));
  writeFileSync(at('page.fits'), '<html>');
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]): { status: number | null; lines: string[]; stderr: string } {
  const done = spawnSync(process.execPath, [bin, 'fits', ...args], { encoding: 'utf8' });
  return { status: done.status, lines: done.stdout.trimEnd().split('\n'), stderr: done.stderr };
}

test('a file that cannot be read gives one JSON error line and exit code 2; the others are still reported', () => {
  const { status, lines } = run('stats', '--json', at('page.fits'), at('m13.fits'), at('broken.fits'), at('none.fits'));
  expect(status).toBe(2);
  const [page, good, broken, none] = lines.map((line) => JSON.parse(line) as Record<string, never>);
  expect(page).toMatchObject({ file: at('page.fits'), error: { code: 'fits.not-fits' } });
  expect(broken).toMatchObject({ error: { code: 'fits.truncated', details: { hdu: 0, card: 'NAXIS1' } } });
  expect(none).toMatchObject({ error: { code: 'resources.file-not-found' } });
  expect(good).toMatchObject({
    hdus: [
      {
        index: 0,
        kind: 'PrimaryHDU',
        name: 'PRIMARY',
        bitpix: 16,
        shape: [100, 200],
        nonfinite: 0,
        min: 0,
        max: 499,
        first: [0, 419, 338, 257],
      },
      { index: 1, kind: 'BinTableHDU', name: 'CAT', rows: 2, columns: [['id', '1K']], row0: { id: '1152921504606846976' } },
    ],
  });
});

test('compress, decompress and copy keep pixels, cards, and the place of a cut-out on the sky', async () => {
  expect(run('compress', at('m13.fits'), '--output', at('m13.fits.fz')).status).toBe(0);
  expect(run('decompress', at('m13.fits.fz'), '--output', at('back.fits')).status).toBe(0);
  expect(readFileSync(at('back.fits')).subarray(5760)).toEqual(readFileSync(at('m13.fits')).subarray(5760));
  expect(run('verify', '--strict', at('m13.fits.fz'), at('back.fits')).status).toBe(0);
  expect(run('copy', `${at('m13.fits.fz')}[1][11:20,31:35]`, '-o', at('cut.fits')).status).toBe(0);
  const hdu = await (await openFits(bytesSource(new Uint8Array(readFileSync(at('cut.fits')))))).hdu(0);
  const image = await readImage(hdu);
  expect(image.shape).toEqual([5, 10]);
  expect(image.data[0]).toBe(((30 * 200 + 10) * 7919) % 500);
  expect(hdu.header.get('CRPIX1')).toBe(90.5);
  expect(hdu.header.get('CRPIX2')).toBe(20.5);
});

test('many files are compressed and unpacked at once, one JSON line each, and one that cannot be is told', () => {
  const packed = run('compress', '--json', at('m13.fits'), at('page.fits'), at('cut.fits'), '-d', at('packed'));
  expect(packed.status).toBe(2);
  const [first, bad, second] = packed.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(first).toMatchObject({ file: at('m13.fits'), output: at('packed/m13.fits.fz') });
  expect(bad).toMatchObject({ error: { code: 'fits.not-fits' } });
  expect(second).toMatchObject({ output: at('packed/cut.fits.fz') });
  const plain = run('decompress', '--json', at('packed/m13.fits.fz'), at('packed/cut.fits.fz'), '-d', at('plain'));
  expect(plain.status).toBe(0);
  expect(readFileSync(at('plain/m13.fits')).subarray(5760)).toEqual(readFileSync(at('m13.fits')).subarray(5760));
  expect(run('copy', at('m13.fits'), at('cut.fits'), '-o', at('x.fits')).status).toBe(2);
  expect(run('copy', at('m13.fits'), '--overwrite').status).toBe(2);
});

test('an output that exists is kept unless --overwrite is given', () => {
  writeFileSync(at('old.fits'), 'precious');
  const refused = run('copy', at('m13.fits'), '-o', at('old.fits'));
  expect(refused.status).toBe(2);
  expect(refused.stderr).toContain('it exists');
  expect(readFileSync(at('old.fits'), 'utf8')).toBe('precious');
  expect(run('copy', at('m13.fits'), '-o', at('old.fits'), '--overwrite').status).toBe(0);
});

test('verify names the card and fails', () => {
  const { status, lines } = run('verify', '--json', at('broken.fits'));
  expect(status).toBe(2);
  const report = JSON.parse(lines[0] ?? '') as { ok: boolean; problems: unknown[] };
  expect(report.ok).toBe(false);
  expect(report.problems).toContainEqual(expect.objectContaining({ level: 'error', hdu: 0, card: 'NAXIS1' }));
});

/** What the golden file, made by astropy 5.2, has otherwise, and why. */
const OTHERWISE: Readonly<Record<string, readonly string[]>> = {
  // Its undefined pixel was taken for a number.
  'astropy-compressed/compressed_with_nan.fits': ['nonfinite', 'sum', 'min', 'sha256_be_f64_nan_as_zero'],
  // Its groups were counted by NAXIS2.
  'astropy-fits/group.fits': ['rows'],
  // It says GROUPS and has none.
  'astropy-fits/invalid/group_invalid.fits': ['kind', 'rows', 'columns'],
  // Logicals of variable length were given as bytes.
  'astropy-fits/vla_logical_all_zero.fits': ['row0'],
  'astropy-fits/vla_logical_null.fits': ['row0'],
  'astropy-fits/vla_logical_pre_fix.fits': ['row0'],
  // It gave up on a column of no width.
  'astropy-fits/zerowidth.fits': ['error'],
  // Single precision as doubles.
  'astropy-fits/chandra_time.fits': ['row0'],
};

test.skipIf(!haveData)('stats gives every field of the golden files of the FITS zoo', () => {
  type Golden = Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | { readonly error: string }>>;
  const golden = JSON.parse(readFileSync(dataPath('fits-zoo/golden.json'), 'utf8')) as Golden;
  const names = Object.keys(golden);
  const { status, lines } = run('stats', '--json', ...names.map((name) => dataPath('fits-zoo', name)));
  expect(status).toBe(2);
  expect(lines).toHaveLength(names.length);
  names.forEach((name, k) => {
    const expected = golden[name];
    const found = JSON.parse(lines[k] ?? '') as { hdus?: readonly Readonly<Record<string, unknown>>[]; error?: unknown };
    if (!Array.isArray(expected)) return expect(found.error, name).toBeDefined();
    expect(found.hdus, name).toHaveLength(expected.length);
    const hdus = expected as readonly Readonly<Record<string, unknown>>[];
    return hdus.forEach((hdu, index) => {
      for (const [field, value] of Object.entries(hdu)) {
        if (OTHERWISE[name]?.includes(field)) continue;
        const mine = found.hdus?.[index]?.[field];
        const where = `${name} HDU ${index} ${field}`;
        if (field === 'sum' && typeof value === 'number')
          expect(Math.abs(Number(mine) - value), where).toBeLessThanOrEqual(1e-9 * Math.abs(value));
        else expect(mine, where).toEqual(value);
      }
    });
  });
});
