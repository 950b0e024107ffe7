/**
 * Solves one catalogue and writes the WCS as header text, as SCAMP and solve-field do:
 * solve-once.ts CATALOGUE.fits REFERENCE.fits OUT.head (--wcs HEADER | --scale ARCSEC)
 */
import { writeFileSync } from 'node:fs';
import { createReferenceCatalogue, solveField } from '@almagest/astrometry';
import { formatCard, getColumn, openFits, readTable } from '@almagest/fits';
import { openFile } from '@almagest/resources';
import { formatWcs, readWcsFile } from '@almagest/wcs';

const [catalogue = '', reference = '', out = '', how, value = ''] = process.argv.slice(2);
const DEG = Math.PI / 180;
const SIZE = 4096;

const started = performance.now();
const sources = await readColumns(catalogue, ['XWIN_IMAGE', 'YWIN_IMAGE', 'FLUX_AUTO', 'ERRAWIN_IMAGE', 'FLAGS']);
const stars = await readColumns(reference, ['X_WORLD', 'Y_WORLD', 'MAG']);
const [x, y, flux, sigma, flags] = sources.map((column) => column.map(Number)) as [number[], number[], number[], number[], number[]];
const good = [...flags.keys()].filter((i) => (flags[i] as number) < 4); // not saturated, not cut by the edge
const pick = (column: number[], offset = 0): Float64Array => Float64Array.from(good, (i) => (column[i] as number) + offset);
const [ra, dec, mag] = stars.map((column) => Float64Array.from(column, Number)) as [Float64Array, Float64Array, Float64Array];
const read = performance.now();
const catalog = createReferenceCatalogue({ ra: ra.map((v) => v * DEG), dec: dec.map((v) => v * DEG), mag });
const input = { x: pick(x, -1), y: pick(y, -1), flux: pick(flux), sigma: pick(sigma) };
const common = { width: SIZE, height: SIZE, order: 1 };
await using header = await openFile(how === '--wcs' ? value : catalogue);
const solution =
  how === '--wcs'
    ? solveField(input, catalog, { ...common, initialWcs: (await readWcsFile(header)).wcs })
    : solveField(input, catalog, { ...common, pixelScale: (Number(value) / 3600) * DEG });
const solved = performance.now();
const cards = formatWcs(solution.wcs).map(({ keyword, value: v, comment }) => formatCard({ keyword, value: v, comment, kind: 'value' }));
writeFileSync(out, `${cards.flat().join('\n')}\nEND\n`);
console.log(
  JSON.stringify({
    sources: good.length,
    stars: ra.length,
    pairs: solution.used.length,
    scatter_mas: solution.scatterArcsec * 1000,
    read_s: (read - started) / 1000,
    inner_s: (solved - read) / 1000,
  }),
);

async function readColumns(path: string, columns: readonly string[]): Promise<(readonly (number | bigint)[])[]> {
  await using source = await openFile(path);
  const file = await openFits(source);
  for await (const hdu of file) {
    if (hdu.kind !== 'table' || !hdu.header.has('TTYPE2')) continue;
    const table = await readTable(hdu, { columns });
    return columns.map((name) => [...(getColumn(table, name).values as Iterable<number | bigint>)]);
  }
  throw new Error(`no table in ${path}`);
}
