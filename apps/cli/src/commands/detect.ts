import { openFits } from '@almagest/fits';
import { findImageHdu, readPlacedImage } from '@almagest/image';
import { openFile, writeFileAtomic } from '@almagest/resources';
import {
  columnFromCells,
  formatOfName,
  makeColumn,
  makeTable,
  type Table,
  UnsupportedTableError,
  writeJsonLines,
  writeTable,
} from '@almagest/table';
import { type DetectedSources, detectSources } from '@almagest/measurement/catalog';
import type { SkyWcs } from '@almagest/wcs';
import type { Command } from 'commander';

interface DetectFlags {
  readonly out?: string;
  readonly json?: boolean;
  readonly parquet?: boolean;
  readonly hdu?: string;
  readonly threshold: string;
  readonly cell: string;
  readonly fwhm?: string;
  readonly apertures: string;
  readonly gain?: string;
  readonly saturation?: string;
}

export function register(program: Command): void {
  program
    .command('detect')
    .description('Find and measure the sources of a FITS image: sky, detection, deblending, centroids, apertures, Kron fluxes.')
    .argument('<file>', 'FITS image; gain and saturation are taken from GAIN and SATURATE where the header has them')
    .option('-o, --out <file>', 'catalogue to write: .fits, .csv, .ecsv, .vot or .parquet')
    .option('--json', 'one JSON line a source')
    .option('--parquet', 'Parquet on standard output')
    .option('--hdu <number|name>', 'image to use')
    .option('--threshold <sigma>', 'least significance of a source', '4.65')
    .option('--cell <pixels>', 'side of a background cell', '128')
    .option('--fwhm <pixels>', 'width of a star; measured when not given')
    .option('--apertures <diameters>', 'aperture diameters [pixel]', '6,9,12,18,24')
    .option('--gain <electrons>', 'electrons per unit of the image')
    .option('--saturation <level>', 'level at which pixels are saturated')
    .addHelpText(
      'after',
      `
Positions are 0-based; ra and dec are there when the image has a WCS. Flags: 1 neighbours' pixels replaced, 2 deblended,
4 saturated, 8 reaches over the edge, 16 centroid did not settle.

Examples:
  almagest detect field.fits -o field.parquet
  almagest detect field.fits --json | head -3`,
    )
    .action(detect);
}

async function detect(file: string, flags: DetectFlags): Promise<void> {
  await using source = await openFile(file);
  const fits = await openFits(source);
  const hdu = flags.hdu === undefined ? await findImageHdu(fits) : await fits.hdu(/^\d+$/.test(flags.hdu) ? Number(flags.hdu) : flags.hdu);
  const { image: plane, header, wcs } = await readPlacedImage(hdu);
  const diameters = flags.apertures.split(',').map(Number);
  const gain = flags.gain === undefined ? (header.getNumber('GAIN') ?? 0) : Number(flags.gain);
  const saturation = flags.saturation === undefined ? header.getNumber('SATURATE') : Number(flags.saturation);
  const sources = detectSources(plane, {
    threshold: Number(flags.threshold),
    cellPixels: Number(flags.cell),
    radii: diameters.map((d) => d / 2),
    gain,
    ...(flags.fwhm === undefined ? {} : { fwhmPixels: Number(flags.fwhm) }),
    ...(saturation === undefined ? {} : { saturation }),
  });
  const table = tableOf(sources, diameters, wcs);
  if (flags.out !== undefined) {
    const format = formatOfName(flags.out);
    if (!format)
      throw new UnsupportedTableError(`the name "${flags.out}" tells no format; use .fits, .csv, .ecsv, .vot or .parquet`, {
        details: { format: flags.out },
      });
    await writeFileAtomic(flags.out, writeTable(table, format));
  }
  if (flags.parquet) for await (const chunk of writeTable(table, 'parquet')) process.stdout.write(chunk);
  else if (flags.json) process.stdout.write(writeJsonLines(table));
  else
    console.log(
      `${sources.count} sources; sky ${sources.background.medianLevel.toFixed(2)}, noise ${sources.background.medianNoise.toFixed(2)}, FWHM ${sources.fwhmPixels.toFixed(2)} pixel`,
    );
}

const UNITS: Readonly<Record<string, string>> = {
  theta: 'rad',
  x: 'pixel',
  y: 'pixel',
  xWin: 'pixel',
  yWin: 'pixel',
  a: 'pixel',
  b: 'pixel',
};
const NAMES: Readonly<Record<string, string>> = { xWin: 'xw', yWin: 'yw', xWinErr: 'xwErr', yWinErr: 'ywErr' };

function tableOf(sources: DetectedSources, diameters: readonly number[], wcs: SkyWcs | undefined): Table {
  const { count, columns, apertureFlux, apertureFluxErr } = sources;
  const measured = Object.entries(columns).map(([name, data]) =>
    makeColumn({
      name: NAMES[name] ?? name,
      datatype: data instanceof Int32Array ? 'int32' : 'float64',
      data,
      ...(UNITS[name] ? { unit: UNITS[name] } : {}),
    }),
  );
  const apertures = diameters.flatMap((diameter, k) => [
    makeColumn({ name: `flux${diameter}`, datatype: 'float64', data: apertureFlux.slice(k * count, (k + 1) * count) }),
    makeColumn({ name: `fluxErr${diameter}`, datatype: 'float64', data: apertureFluxErr.slice(k * count, (k + 1) * count) }),
  ]);
  const id = columnFromCells(
    { name: 'id', datatype: 'int32', ucd: 'meta.id;meta.main' },
    Array.from({ length: count }, (_, i) => i + 1),
  );
  return makeTable([id, ...skyColumns(sources, wcs), ...measured, ...apertures]);
}

function skyColumns({ count, columns }: DetectedSources, wcs: SkyWcs | undefined): ReturnType<typeof makeColumn>[] {
  if (!wcs) return [];
  const ra = new Float64Array(count);
  const dec = new Float64Array(count);
  wcs.pixelToSkyArray(Float64Array.from(columns['xWin'] as Float64Array), Float64Array.from(columns['yWin'] as Float64Array), ra, dec);
  const degrees = (radians: Float64Array): Float64Array => radians.map((value) => (value * 180) / Math.PI);
  return [
    makeColumn({ name: 'ra', datatype: 'float64', data: degrees(ra), unit: 'deg', ucd: 'pos.eq.ra;meta.main' }),
    makeColumn({ name: 'dec', datatype: 'float64', data: degrees(dec), unit: 'deg', ucd: 'pos.eq.dec;meta.main' }),
  ];
}
