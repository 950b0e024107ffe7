import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { openFile, openSource } from '@almagest/resources';
import { type ReadWcsFileOptions, readWcsFile, type SkyWcs, toIcrsWcs } from '@almagest/wcs';
import type { Command } from 'commander';
import { BadPointsError } from '../errors.ts';

const DEG = Math.PI / 180;
const LINES_PER_WRITE = 512;

interface WcsOptions {
  readonly points?: string;
  readonly hdu?: string;
  readonly alternate?: string;
  readonly icrs?: boolean;
  readonly json?: boolean;
}

type Pair = readonly [number, number];
type Convert = (wcs: SkyWcs, pair: Pair) => Pair;

export function register(program: Command): void {
  const wcs = program.command('wcs').description('Convert between pixels and sky by the WCS of a FITS file or header.');
  add(wcs, {
    name: 'to-sky',
    arguments: '[X Y...]',
    description: 'Pixels (zero-based) to sky positions in degrees.',
    from: ['x', 'y'],
    to: ['ra', 'dec'],
    convert: (map, [x, y]) => {
      const { ra, dec } = map.pixelToSky(x, y);
      return [ra / DEG, dec / DEG];
    },
    example: 'almagest wcs to-sky image.fits 1023.5 511.5',
  });
  add(wcs, {
    name: 'to-pixel',
    arguments: '[RA DEC...]',
    description: 'Sky positions in degrees to pixels (zero-based).',
    from: ['ra', 'dec'],
    to: ['x', 'y'],
    convert: (map, [ra, dec]) => {
      const { x, y } = map.skyToPixel(ra * DEG, dec * DEG);
      return [x, y];
    },
    example: 'almagest wcs to-pixel image.fits 83.633 22.0145',
  });
}

interface Direction {
  readonly name: string;
  readonly arguments: string;
  readonly description: string;
  readonly from: readonly [string, string];
  readonly to: readonly [string, string];
  readonly convert: Convert;
  readonly example: string;
}

function add(parent: Command, direction: Direction): void {
  const { name, description, example } = direction;
  parent
    .command(`${name} <file> [coordinates...]`)
    .usage(`[options] FILE ${direction.arguments}`)
    .description(`${description} The full transform with its distortion is used.`)
    .option('--points <file>', 'read pairs, one a line, from a file, or from standard input for -; writes one JSON line each')
    .option('--hdu <number or name>', 'the HDU to use; by default the first with a celestial WCS, or FILE[hdu]')
    .option('--alternate <letter>', 'an alternate WCS, A to Z')
    .option('--icrs', 'sky positions are in ICRS whatever the frame of the header')
    .option('--json', 'one JSON line a point')
    .addHelpText(
      'after',
      `
FILE is a FITS file (also .gz and .fz) or a header as text.
Sky positions are in the frame of the header unless --icrs is given. A point without an image has null in JSON and NaN in text.

Examples:
  ${example}
  ${example} --json
  ${example.split(' ').slice(0, 4).join(' ')} --points - < pairs.txt
  ${example.replace('image.fits', "'image.fits[SCI]'")}`,
    )
    .action((file: string, coordinates: string[], options: WcsOptions) => run(direction, file, coordinates, options));
}

async function run({ from, to, convert }: Direction, path: string, coordinates: readonly string[], options: WcsOptions): Promise<void> {
  const map = await open(path, options);
  const json = options.json === true || options.points !== undefined;
  const format = (pair: Pair): string => {
    const result = convert(map, pair);
    if (!json) return `${result[0]} ${result[1]}`;
    return JSON.stringify({ [from[0]]: pair[0], [from[1]]: pair[1], [to[0]]: orNull(result[0]), [to[1]]: orNull(result[1]) });
  };
  for (const pair of pairsOf(coordinates)) console.log(format(pair));
  if (options.points !== undefined) await printStream(options.points, format);
  else if (coordinates.length === 0)
    throw new BadPointsError('no coordinates: give pairs of numbers, or --points -', { details: { found: '' } });
}

async function open(path: string, { hdu, alternate, icrs }: WcsOptions): Promise<SkyWcs> {
  const bracketed = /^(.*)\[([^\]]+)\]$/.exec(path);
  const selector = hdu ?? bracketed?.[2];
  await using source = await openSource(bracketed?.[1] ?? path);
  const choice: ReadWcsFileOptions = {
    ...(selector === undefined ? {} : { hdu: /^\d+$/.test(selector) ? Number(selector) : selector }),
    ...(alternate === undefined ? {} : { alternate: alternate.toUpperCase() }),
  };
  const { wcs } = await readWcsFile(source, choice);
  return icrs === true ? toIcrsWcs(wcs) : wcs;
}

/** Prints one line a pair as the pairs come, gathered into pieces so that millions of them do not cost a system call each. */
async function printStream(path: string, format: (pair: Pair) => string): Promise<void> {
  if (path !== '-') await (await openFile(path)).close(); // a missing file is named before anything is printed
  const input = path === '-' ? process.stdin : createReadStream(path);
  let lines: string[] = [];
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    const words = line.split(/[\s,;]+/).filter((word) => word !== '');
    if (words.length === 0 || words[0]?.startsWith('#') === true) continue;
    for (const pair of pairsOf(words)) lines.push(format(pair));
    if (lines.length < LINES_PER_WRITE) continue;
    console.log(lines.join('\n'));
    lines = [];
  }
  if (lines.length > 0) console.log(lines.join('\n'));
}

function pairsOf(words: readonly string[]): Pair[] {
  const numbers = words.map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  const bad = words.find((_, k) => !Number.isFinite(numbers[k]));
  if (bad !== undefined) throw new BadPointsError(`coordinates must be numbers; found "${bad}"`, { details: { found: bad } });
  if (numbers.length % 2 === 1)
    throw new BadPointsError(`coordinates come in pairs; found ${numbers.length} numbers`, { details: { found: words.join(' ') } });
  return Array.from({ length: numbers.length / 2 }, (_, k) => [numbers[2 * k] as number, numbers[2 * k + 1] as number]);
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
