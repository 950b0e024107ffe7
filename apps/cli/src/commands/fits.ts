import { basename, dirname, join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { AlmagestError } from '@almagest/errors';
import {
  BadArgumentError,
  compressedTableHdu,
  copiedHdu,
  decompressTable,
  type FitsFile,
  type Hdu,
  openFits,
  type OutputHdu,
  packedImageHdu,
  plainImageHdu,
  shapeOf,
  verifyFits,
  writeFits,
} from '@almagest/fits';
import { setKernelThreads } from '@almagest/kernels';
import { type LateBytes, openSource, writeFileAtomic } from '@almagest/resources';
import { exitCodeOf, printError } from '../report-error.ts';
import { describeHdu, hduStats, kindName } from './fits-stats.ts';
import { chooseHdus, parseTarget, sectionOf, type Target } from './fits-target.ts';

const CODECS = { rice: 'RICE_1', gzip: 'GZIP_1', gzip2: 'GZIP_2', hcompress: 'HCOMPRESS_1', plio: 'PLIO_1' } as const;
const METHODS = { none: 'NONE', plain: 'NO_DITHER', dither1: 'SUBTRACTIVE_DITHER_1', dither2: 'SUBTRACTIVE_DITHER_2' } as const;

interface CommonOptions {
  readonly json?: boolean;
}

interface WriteOptions extends CommonOptions {
  readonly threads?: number;
  readonly directory?: string;
  readonly output?: string;
  readonly overwrite?: boolean;
  readonly checksum?: boolean;
}

interface CompressOptions extends WriteOptions {
  readonly codec: keyof typeof CODECS;
  readonly quantize: keyof typeof METHODS;
  readonly level: number;
  readonly seed: number;
  readonly tile?: number[];
  readonly tables?: boolean;
}

/** Adds `almagest fits`. */
export function register(program: Command): void {
  const fits = program.command('fits').description('Look into, check, compress and copy FITS files.');
  fits.addHelpText(
    'after',
    '\nA FILE may name an HDU and a section: m13.fits[SCI,2][1:512,101:200] (one-based, ends included).\nIt may be an http:// address too, of which only the bytes that are needed are fetched.',
  );
  readers(fits);
  writers(fits);
}

function readers(fits: Command): void {
  fits
    .command('info')
    .description('List the HDUs of files.')
    .argument('<file...>', 'files, each with an optional [hdu]')
    .option('--json', 'one JSON line a file')
    .addHelpText('after', '\nExamples:\n  almagest fits info raw.fits\n  almagest fits info --json night/*.fits.fz')
    .action((files: string[], options: CommonOptions) =>
      eachFile(files, options, async (target, file) => {
        const hdus = (await chooseHdus(file, target)).map((hdu) => describeHdu(hdu));
        return { json: { file: target.path, hdus }, text: [target.path, ...hdus.map(infoLine)].join('\n') };
      }),
    );
  fits
    .command('header')
    .description('Print header cards.')
    .argument('<file...>', 'files, each with an optional [hdu]')
    .option('--json', 'one JSON line a file: keyword, value and comment of every card')
    .addHelpText(
      'after',
      "\nExamples:\n  almagest fits header 'raw.fits[0]'\n  almagest fits header --json raw.fits | jq '.hdus[0].cards[] | select(.keyword==\"EXPTIME\")'",
    )
    .action((files: string[], options: CommonOptions) =>
      eachFile(files, options, async (target, file) => {
        const hdus = await chooseHdus(file, target);
        const cards = hdus.map((hdu) => ({
          index: hdu.index,
          cards: hdu.header.cards.map(({ keyword, value, comment, kind }) => ({
            keyword,
            value: typeof value === 'bigint' ? String(value) : value,
            comment,
            ...(kind === 'malformed' ? { malformed: true } : {}),
          })),
        }));
        return { json: { file: target.path, hdus: cards }, text: hdus.map(headerText).join('\n') };
      }),
    );
  fits
    .command('stats')
    .description('Sum up the physical values of every HDU, with a checksum of them.')
    .argument('<file...>', 'files, each with an optional [hdu] and [section]')
    .option('--json', 'one JSON line a file')
    .addHelpText('after', "\nExamples:\n  almagest fits stats m13.fits\n  almagest fits stats --json 'coadd.fits.fz[1][1:512,1:512]'")
    .action((files: string[], options: CommonOptions) =>
      eachFile(files, options, async (target, file) => {
        const hdus = [];
        for (const hdu of await chooseHdus(file, target)) hdus.push(await hduStats(hdu, target));
        return { json: { file: target.path, hdus }, text: [target.path, ...hdus.map((each) => `  ${JSON.stringify(each)}`)].join('\n') };
      }),
    );
  fits
    .command('verify')
    .description('Check files against the FITS standard, their checksums, and that all data can be read.')
    .argument('<file...>', 'files')
    .option('--json', 'one JSON line a file')
    .option('--strict', 'warnings count as failures too')
    .addHelpText('after', '\nExamples:\n  almagest fits verify *.fits\n  almagest fits verify --strict --json product.fits')
    .action((files: string[], options: CommonOptions & { strict?: boolean }) =>
      eachFile(files, options, async (target, file) => {
        const problems = await verifyFits(file);
        const failed = problems.some((problem) => options.strict || problem.level === 'error');
        if (failed) process.exitCode = 2;
        const lines = problems.map((p) => `  ${p.level}: HDU ${p.hdu}${p.card ? ` ${p.card}` : ''}: ${p.message}`);
        return {
          json: { file: target.path, ok: !failed, problems },
          text: [`${target.path}: ${failed ? 'FAILED' : 'ok'}`, ...lines].join('\n'),
        };
      }),
    );
}

function writers(fits: Command): void {
  output(
    fits
      .command('compress')
      .description('Compress images by tiles; other HDUs are copied. Reals lose part of their noise unless --quantize none.'),
  )
    .option('--codec <name>', `one of ${Object.keys(CODECS).join(', ')}`, oneOf(CODECS), 'rice')
    .option('--quantize <how>', `reals: one of ${Object.keys(METHODS).join(', ')}`, oneOf(METHODS), 'dither1')
    .option('--level <q>', 'noise of a tile divided by the step; negative: the step itself', Number, 4)
    .option('--seed <n>', 'start of the dither, 1 to 10000', Number, 1)
    .option('--threads <n>', 'threads that compute', wholeNumber, 1)
    .option('--tables', 'compress binary tables too (few programs read them yet)')
    .option('--tile <x,y>', 'tile shape, fastest axis first', (text: string) => text.split(',').map(Number).toReversed())
    .addHelpText(
      'after',
      '\nExamples:\n  almagest fits compress raw.fits -o raw.fits.fz\n  almagest fits compress --json night/*.fits -d packed\n  almagest fits compress coadd.fits -o coadd.fits.fz --codec gzip2 --quantize none',
    )
    .action((files: string[], options: CompressOptions) =>
      writeEach(files, options, { make: (hdus) => compressAll(hdus, options), nameOf: (name) => `${name.replace(/\.gz$/, '')}.fz` }),
    );
  output(fits.command('decompress').description('Unpack tile-compressed images and tables and whole-file gzip.'))
    .option('--threads <n>', 'threads that compute', wholeNumber, 1)
    .addHelpText(
      'after',
      '\nExamples:\n  almagest fits decompress raw.fits.fz -o raw.fits\n  almagest fits decompress --json packed/*.fz -d plain',
    )
    .action((files: string[], options: WriteOptions) =>
      writeEach(files, options, { make: decompressAll, nameOf: (name) => name.replace(/\.(fz|gz)$/, '') }),
    );
  output(fits.command('copy').description('Copy a file, one HDU of it, or a section of an image (with its pixel coordinates moved along).'))
    .addHelpText(
      'after',
      "\nExamples:\n  almagest fits copy 'mef.fits[SCI]' -o sci.fits\n  almagest fits copy 'big.fits.fz[1][1:512,1:512]' -o stamp.fits",
    )
    .action((files: string[], options: WriteOptions) => writeEach(files, options, { make: copyAll, nameOf: (name) => name }));
}

function output(command: Command): Command {
  return command
    .argument('<file...>', 'files, each with an optional [hdu] and [section]')
    .option('-o, --output <file>', 'where to write, for one file')
    .option('-d, --directory <folder>', 'where to write, for any number of files (default: beside each)')
    .option('--overwrite', 'replace the output where it exists')
    .option('--no-checksum', 'write no CHECKSUM and DATASUM')
    .option('--json', 'one JSON line');
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number from 1');
  return value;
}

function oneOf(choices: Readonly<Record<string, string>>): (text: string) => string {
  return (text) => {
    if (!(text in choices)) throw new InvalidArgumentError(`must be one of ${Object.keys(choices).join(', ')}`);
    return text;
  };
}

async function* compressAll(hdus: readonly Hdu[], options: CompressOptions): AsyncGenerator<OutputHdu> {
  for (const hdu of hdus) {
    const pixels = hdu.kind === 'image' && hdu.dataSize > 0;
    // 64-bit integers have no compression that other readers know.
    if (hdu.kind === 'table' && options.tables && hdu.dataSize > 0) yield await compressedTableHdu(hdu);
    else if (!pixels || hdu.header.get('BITPIX') === 64) yield copiedHdu(hdu);
    else
      yield await packedImageHdu(hdu, {
        codec: CODECS[options.codec],
        quantize: { method: METHODS[options.quantize], level: options.level, ditherSeed: options.seed },
        ...(options.tile && options.tile.length === shapeOf(hdu.header).length ? { tile: options.tile } : {}),
      });
  }
}

async function* decompressAll(hdus: readonly Hdu[]): AsyncGenerator<OutputHdu> {
  const [first, second] = hdus;
  // A primary image was moved into the first extension when it was packed, behind an empty primary.
  const moved = first?.index === 0 && first.dataSize === 0 && second?.kind === 'compressed-image' && second.header.get('ZSIMPLE') === true;
  for (const hdu of moved ? hdus.slice(1) : hdus) yield await unpacked(hdu);
}

async function unpacked(hdu: Hdu): Promise<OutputHdu> {
  if (hdu.kind === 'compressed-image') return plainImageHdu(hdu);
  return copiedHdu(hdu.kind === 'compressed-table' ? await decompressTable(hdu) : hdu);
}

async function* copyAll(hdus: readonly Hdu[], target: Target): AsyncGenerator<OutputHdu> {
  for (const hdu of hdus) {
    const section = sectionOf(target, hdu);
    yield section ? await plainImageHdu(hdu, section) : copiedHdu(hdu);
  }
}

interface Maker {
  readonly make: (hdus: readonly Hdu[], target: Target) => AsyncGenerator<OutputHdu>;
  /** Name of the output from that of the input. */
  readonly nameOf: (name: string) => string;
}

async function writeEach(files: readonly string[], options: WriteOptions, { make, nameOf }: Maker): Promise<void> {
  if (options.output !== undefined && (files.length > 1 || options.directory !== undefined))
    throw new BadArgumentError('--output is for one file; give --directory for several');
  setKernelThreads({ threads: options.threads ?? 1 });
  await eachFile(files, options, async (target, file, size) => {
    const output = options.output ?? join(options.directory ?? dirname(target.path), nameOf(basename(target.path)));
    if (resolve(output) === resolve(target.path))
      throw new BadArgumentError(`${output} would be written over itself; give --output or --directory`);
    const hdus = await chooseHdus(file, target);
    const late: LateBytes[] = [];
    const amend = (offset: number, bytes: Uint8Array): void => void late.push({ offset, bytes });
    const pieces = writeFits(make(hdus, target), { checksum: options.checksum ?? true, reuse: true, amend });
    // What is made here can be made again, so the disk is not waited for.
    const bytes = await writeFileAtomic(output, pieces, { exclusive: !options.overwrite, durable: false, late });
    return {
      json: { file: target.path, output, bytes_in: size, bytes_out: bytes },
      text: `${output}: ${bytes} bytes (${((100 * bytes) / size).toFixed(1)} % of ${target.path})`,
    };
  });
}

/** Runs an action over files; one that cannot be read is reported and the rest go on. */
async function eachFile(
  files: readonly string[],
  options: CommonOptions,
  action: (target: Target, file: FitsFile, size: number) => Promise<{ json: unknown; text: string }>,
): Promise<void> {
  for (const text of files) {
    const target = parseTarget(text);
    try {
      await using source = await openSource(target.path);
      const result = await action(target, await openFits(source), source.size);
      console.log(options.json ? JSON.stringify(result.json) : result.text);
    } catch (error) {
      if (!(error instanceof AlmagestError)) throw error;
      if (options.json) console.log(JSON.stringify({ file: target.path, error: error.toJSON() }));
      else printError(error, { json: false });
      process.exitCode = Math.max(Number(process.exitCode ?? 0), exitCodeOf(error));
    }
  }
}

function infoLine(hdu: Readonly<Record<string, unknown>>): string {
  const { index, kind, name, shape, bitpix, rows, columns } = hdu;
  const what = Array.isArray(columns)
    ? `${String(rows)} rows, ${columns.length} columns`
    : shape
      ? `[${(shape as number[]).join(', ')}] BITPIX ${String(bitpix)}`
      : 'no data';
  return `  ${String(index)} ${String(kind).padEnd(13)} ${String(name).padEnd(16)} ${what}`;
}

function headerText(hdu: Hdu): string {
  const text = hdu.header.toText();
  const cards = [];
  for (let at = 0; !text.startsWith('END     ', at); at += 80) cards.push(text.slice(at, at + 80).trimEnd());
  return [`# HDU ${hdu.index} ${kindName(hdu)} ${hdu.name}`, ...cards, ''].join('\n');
}
