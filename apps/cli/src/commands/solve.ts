import { stat } from 'node:fs/promises';
import {
  BadAstrometryInputError,
  type FieldSolution,
  type FieldSources,
  type ReferenceCatalogue,
  referenceFromTable,
  solveField,
  type SolveFieldOptions,
} from '@almagest/astrometry';
import { BLOCK, type FitsFile, formatCard, type Hdu, type Header, openFits } from '@almagest/fits';
import { findImageHdu, readPlacedImage } from '@almagest/image';
import { DETECT_FLAGS, detectSources } from '@almagest/measurement/catalog';
import { openFile, writeFileAtomic } from '@almagest/resources';
import { readTable } from '@almagest/table';
import {
  computeLocalMatrix,
  computePixelScale,
  formatWcs,
  NoCelestialWcsError,
  readWcs,
  type SkyWcs,
  toIcrsWcs,
  writeWcs,
} from '@almagest/wcs';
import type { Command } from 'commander';
import { readShards } from './reference-shards.ts';

const DEG = Math.PI / 180;
const ARCSEC = DEG / 3600;
/** Error of a source whose own could not be measured [pixel]. */
const FALLBACK_SIGMA = 0.1;
/** Bytes copied at once. */
const PIECE = 1 << 22;
/** Shards this far about the stated place are read [rad]. */
const POINTING_ERROR = 0.2 * DEG;

interface SolveFlags {
  readonly reference: string;
  readonly hdu?: string;
  readonly scale?: string;
  readonly scaleError?: string;
  readonly blind?: boolean;
  readonly center?: string;
  readonly epoch?: string;
  readonly order: string;
  readonly threshold: string;
  readonly magnitude?: string;
  readonly out?: string;
  readonly json?: boolean;
}

export function register(program: Command): void {
  program
    .command('solve')
    .description('Find where an image lies on the sky by its stars and fit its WCS (TAN-SIP).')
    .argument('<file>', 'FITS image; its WCS, where it has one, is taken as a guess')
    .requiredOption(
      '--reference <file>',
      'reference stars: FITS (FILE[hdu] for one of several tables), CSV, ECSV, VOTable, Parquet, or a folder of almagest reference --healpix',
    )
    .option('--magnitude <column>', 'column of the reference stars that tells their brightness')
    .option('--hdu <number|name>', 'image to use')
    .option('--blind', 'do not look at the WCS of the header')
    .option('--scale <arcsec>', 'pixel scale, for images without a WCS')
    .option('--scale-error <fraction>', 'how far the scale may be off; 0.02 with a WCS, 0.1 without')
    .option('--center <ra,dec,radius>', 'where the image may lie [deg], for large reference catalogues')
    .option('--epoch <year>', 'Julian year of the exposure: moves the reference stars there')
    .option('--order <n>', 'degree of the distortion; 1 for none', '3')
    .option('--threshold <sigma>', 'least significance of a source', '5')
    .option('-o, --out <file>', 'a copy of the image with the new WCS (.fits), or the cards alone (any other name)')
    .option('--json', 'one JSON line')
    .addHelpText(
      'after',
      `
The image need not be near its stated place: 5 arcmin and 3 degrees are searched with a WCS, everything without one.
A field that cannot be told from chance ends with exit code 2 and the reason.

Examples:
  almagest solve field.fits --reference gaia.parquet -o solved.fits
  almagest solve field.fits --reference gaia.csv --blind --scale 0.21 --json
  almagest solve field.fits --reference tycho.fits --scale 10 --center 303.2,46.0,5 -o field.head`,
    )
    .action(solve);
}

async function solve(file: string, flags: SolveFlags): Promise<void> {
  await using source = await openFile(file);
  const fits = await openFits(source);
  const hdu = flags.hdu === undefined ? await findImageHdu(fits) : await fits.hdu(/^\d+$/.test(flags.hdu) ? Number(flags.hdu) : flags.hdu);
  const { image, header } = await readPlacedImage(hdu);
  const { width, height } = image;
  const sources = starsOf(detectSources(image, { threshold: numberOf('--threshold', flags.threshold), ...detectorOf(header) }));
  const options = optionsOf(hdu, flags);
  const reference = (await stat(flags.reference).catch(() => undefined))?.isDirectory()
    ? await readShards(flags.reference, whereOf(options, width, height))
    : await readReference(flags);
  const solution = solveField(sources, reference, { width, height, ...options });
  if (flags.out !== undefined) await write(flags.out, solution.wcs, fits, hdu);
  print(solution, { width, height, sources: sources.x.length, json: flags.json === true });
}

/** Reference stars of a table file; `FILE[hdu]` picks a table of a FITS file. */
async function readReference({ reference, magnitude }: SolveFlags): Promise<ReferenceCatalogue> {
  const bracketed = /^(.*)\[([^\]]+)\]$/.exec(reference);
  const name = bracketed?.[1] ?? reference;
  const hdu = bracketed?.[2];
  await using source = await openFile(name);
  const table = await readTable(source, { name, ...(hdu === undefined ? {} : { hdu: /^\d+$/.test(hdu) ? Number(hdu) : hdu }) });
  return referenceFromTable(table, magnitude === undefined ? {} : { columns: { mag: magnitude } });
}

/** Where an image may lie; undefined for anywhere. */
function whereOf({ initialWcs, pointing }: Partial<SolveFieldOptions>, width: number, height: number): SolveFieldOptions['pointing'] {
  if (!initialWcs) return pointing;
  const centre = initialWcs.pixelToSky((width - 1) / 2, (height - 1) / 2);
  const scale = computePixelScale(initialWcs, (width - 1) / 2, (height - 1) / 2);
  return { ...centre, radius: 0.6 * Math.hypot(width, height) * scale + POINTING_ERROR };
}

/** Sources with a settled centroid, neither saturated nor cut by the edge. */
function starsOf({ columns, count }: ReturnType<typeof detectSources>): FieldSources {
  const bad = DETECT_FLAGS.SATURATED | DETECT_FLAGS.TRUNCATED | DETECT_FLAGS.CENTROID;
  const flags = columns['flags'];
  const rows = Array.from({ length: count }, (_, i) => i).filter((i) => ((flags?.[i] ?? 0) & bad) === 0);
  const pick = (name: string): Float64Array => Float64Array.from(rows, (i) => columns[name]?.[i] ?? Number.NaN);
  const sigma = pick('xWinErr').map((value) => (value > 0 ? value : FALLBACK_SIGMA));
  return { x: pick('xWin'), y: pick('yWin'), flux: pick('fluxAuto'), sigma };
}

function detectorOf(header: Header): { saturation?: number; gain?: number } {
  const [saturation, gain] = [header.getNumber('SATURATE'), header.getNumber('GAIN')];
  return { ...(saturation === undefined ? {} : { saturation }), ...(gain === undefined ? {} : { gain }) };
}

function optionsOf(hdu: Hdu, flags: SolveFlags): Partial<SolveFieldOptions> {
  const guess = flags.blind === true ? undefined : wcsOf(hdu);
  const center = flags.center?.split(',').map((part) => numberOf('--center', part) * DEG);
  if (center && center.length !== 3)
    throw new BadAstrometryInputError(`--center takes ra,dec,radius; found "${flags.center}"`, { details: { argument: 'center' } });
  const [ra = 0, dec = 0, radius = 0] = center ?? [];
  return {
    order: numberOf('--order', flags.order),
    ...(guess ? { initialWcs: guess } : {}),
    ...(flags.scale === undefined ? {} : { pixelScale: numberOf('--scale', flags.scale) * ARCSEC }),
    ...(flags.scaleError === undefined ? {} : { scaleError: numberOf('--scale-error', flags.scaleError) }),
    ...(center ? { pointing: { ra, dec, radius } } : {}),
    ...(flags.epoch === undefined ? {} : { epoch: numberOf('--epoch', flags.epoch) }),
  };
}

function wcsOf({ header }: Hdu): SkyWcs | undefined {
  try {
    return toIcrsWcs(readWcs(header));
  } catch (error) {
    if (error instanceof NoCelestialWcsError) return undefined;
    throw error;
  }
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value)) return value;
  throw new BadAstrometryInputError(`${option} takes a number; found "${text}"`, { details: { argument: option } });
}

async function write(path: string, wcs: SkyWcs, fits: FitsFile, solved: Hdu): Promise<void> {
  if (/\.(fits?|fz)$/i.test(path)) {
    await writeFileAtomic(path, copyWithWcs(wcs, fits, solved));
    return;
  }
  const lines = formatWcs(wcs).flatMap(({ keyword, value, comment }) => formatCard({ keyword, value, comment, kind: 'value' }));
  await writeFileAtomic(path, `${lines.join('\n')}\nEND\n`);
}

/** The bytes of the file with the header of one HDU replaced. */
async function* copyWithWcs(wcs: SkyWcs, fits: FitsFile, solved: Hdu): AsyncGenerator<Uint8Array> {
  for await (const hdu of fits) {
    const header = hdu.header.clone();
    if (hdu.index === solved.index) {
      writeWcs(wcs, header);
      header.delete('CHECKSUM'); // of the header as it was; DATASUM still holds
    }
    yield header.toBytes();
    const end = hdu.dataOffset + Math.ceil(hdu.dataSize / BLOCK) * BLOCK;
    for (let at = hdu.dataOffset; at < end; at += PIECE) yield await fits.source.read(at, Math.min(PIECE, end - at));
  }
}

function print(
  solution: FieldSolution,
  { width, height, sources, json }: { width: number; height: number; sources: number; json: boolean },
): void {
  const { wcs, used } = solution;
  const [x, y] = [(width - 1) / 2, (height - 1) / 2];
  const centre = wcs.pixelToSky(x, y);
  const { eastX, eastY, northX, northY } = computeLocalMatrix(wcs, x, y);
  const result = {
    ra: centre.ra / DEG,
    dec: centre.dec / DEG,
    scaleArcsec: computePixelScale(wcs, x, y) / ARCSEC,
    // position angle of the y axis, from north through east
    rotationDeg: Math.atan2(eastY, northY) / DEG,
    parity: eastX * northY - eastY * northX < 0 ? 'sky' : 'mirrored',
    sources,
    stars: used.reduce((sum, flag) => sum + flag, 0),
    order: solution.order,
    scatterArcsec: solution.scatterArcsec,
    logOdds: solution.logOdds,
  };
  if (json)
    console.log(JSON.stringify({ ...result, wcs: Object.fromEntries(formatWcs(wcs).map(({ keyword, value }) => [keyword, value])) }));
  else
    console.log(
      `centre ${result.ra.toFixed(6)} ${result.dec.toFixed(6)} deg, ${result.scaleArcsec.toFixed(5)} arcsec/pixel, y axis ${result.rotationDeg.toFixed(3)} deg from north, ${result.parity} parity\n` +
        `${result.stars} stars of ${sources} sources fit to ${(1000 * result.scatterArcsec).toFixed(2)} mas`,
    );
}
