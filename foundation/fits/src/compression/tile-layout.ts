import { BadCardError, TooLargeError, UnsupportedError } from '../errors.ts';
import type { CardValue } from '../header/card.ts';
import { formatValue } from '../header/format-card.ts';
import type { Header } from '../header/header.ts';
import { bitpixOf, countOf, type Hdu, shapeOf } from '../hdu/hdu.ts';
import { type TableLayout, tableLayout } from '../table/layout.ts';

export type TileCodec = 'RICE_1' | 'GZIP_1' | 'GZIP_2' | 'HCOMPRESS_1' | 'PLIO_1' | 'NOCOMPRESS';

export type DitherMethod = 'NONE' | 'NO_DITHER' | 'SUBTRACTIVE_DITHER_1' | 'SUBTRACTIVE_DITHER_2';

/** What the header of a tile-compressed image says. */
export interface TileLayout {
  readonly codec: TileCodec;
  readonly bitpix: number;
  /** Image shape in C order, tile shape, and tiles along each axis. */
  readonly shape: readonly number[];
  readonly tile: readonly number[];
  readonly grid: readonly number[];
  readonly tiles: number;
  /** Rice: numbers a block and bytes a number. */
  readonly blockSize: number;
  readonly bytePix: number;
  /** HCOMPRESS: smooth when decompressing. */
  readonly smooth: boolean;
  readonly dither: DitherMethod;
  readonly ditherSeed: number;
  readonly zscale: number | undefined;
  readonly zzero: number | undefined;
  readonly zblank: number | undefined;
  /** The image holds unsigned 16-bit integers by the BZERO convention. */
  readonly unsigned16: boolean;
  readonly table: TableLayout;
}

const CODECS: Readonly<Record<string, TileCodec>> = {
  RICE_1: 'RICE_1',
  RICE_ONE: 'RICE_1',
  GZIP_1: 'GZIP_1',
  GZIP_2: 'GZIP_2',
  HCOMPRESS_1: 'HCOMPRESS_1',
  PLIO_1: 'PLIO_1',
  NOCOMPRESS: 'NOCOMPRESS',
};

/** A compressed image cannot honestly shrink more than this; HCOMPRESS of zeros comes nearest. */
const MOST_EXPANSION = 16_384;
const ALWAYS_ALLOWED = 64 * 2 ** 20;

/** Reads and checks the layout of a tile-compressed image. @throws {BadCardError | UnsupportedError | TooLargeError} */
export function tileLayout(hdu: Hdu): TileLayout {
  const { header } = hdu;
  const codecName = header.getString('ZCMPTYPE')?.trim().toUpperCase() ?? '';
  const codec = CODECS[codecName];
  if (codec === undefined)
    throw new UnsupportedError(
      `the compression must be one of ${Object.keys(CODECS).join(', ')}; found "${codecName}"`,
      place(hdu, 'ZCMPTYPE'),
    );
  const bitpix = bitpixOf(header, 'ZBITPIX');
  const shape = shapeOf(header, 'ZNAXIS');
  const rank = shape.length;
  const tile = shape.map((length, axis) =>
    Math.min(
      header.requireInteger(`ZTILE${rank - axis}`, { min: 1, fallback: axis === rank - 1 ? Math.max(1, length) : 1 }),
      Math.max(1, length),
    ),
  );
  const grid = shape.map((length, axis) => Math.ceil(length / tile[axis]));
  const tiles = countOf(grid);
  const table = tableLayout(header);
  if (tiles !== table.rows)
    throw new BadCardError(
      `the image of shape [${shape.join(', ')}] in tiles [${tile.join(', ')}] has ${tiles} tiles; the table has ${table.rows} rows`,
      {
        hdu: hdu.index,
        card: 'NAXIS2',
      },
    );
  const bytes = countOf(shape) * Math.abs(bitpix / 8);
  const held = Math.min(hdu.dataSize, Math.max(0, hdu.source.size - hdu.dataOffset));
  if (bytes > Math.max(ALWAYS_ALLOWED, held * MOST_EXPANSION))
    throw new TooLargeError(`the header claims ${bytes} bytes of pixels in ${held} bytes of compressed data`, place(hdu, 'ZNAXIS'));
  const values = parameters(header);
  const dither = ditherOf(header, hdu);
  return {
    codec,
    bitpix,
    shape,
    tile,
    grid,
    tiles,
    blockSize: wholeParameter(values, 'BLOCKSIZE', 32, [1, 1 << 20], hdu),
    bytePix: wholeParameter(values, 'BYTEPIX', 4, [1, 8], hdu),
    smooth: Number(values.get('SMOOTH') ?? 0) !== 0,
    dither,
    ditherSeed: header.requireInteger('ZDITHER0', { min: 1, max: 10_000, fallback: 1 }),
    zscale: header.getNumber('ZSCALE'),
    zzero: header.getNumber('ZZERO'),
    zblank: header.getNumber('ZBLANK') ?? (bitpix < 0 ? header.getNumber('BLANK') : undefined),
    unsigned16: bitpix === 16 && header.getNumber('BZERO') === 32_768 && (header.getNumber('BSCALE') ?? 1) === 1,
    table,
  };
}

function place(hdu: Hdu, card: string): { hdu: number; card: string } {
  return { hdu: hdu.index, card };
}

function ditherOf(header: Header, hdu: Hdu): DitherMethod {
  const text = header.getString('ZQUANTIZ')?.trim().toUpperCase() ?? 'NO_DITHER';
  if (text === 'NONE' || text === 'NO_DITHER' || text === 'SUBTRACTIVE_DITHER_1' || text === 'SUBTRACTIVE_DITHER_2') return text;
  throw new UnsupportedError(`unknown quantization "${text}"`, place(hdu, 'ZQUANTIZ'));
}

/** ZNAMEn and ZVALn. */
function parameters(header: Header): Map<string, CardValue | undefined> {
  const values = new Map<string, CardValue | undefined>();
  for (let n = 1; header.has(`ZNAME${n}`) && n < 100; n++)
    values.set(header.getString(`ZNAME${n}`)?.trim().toUpperCase() ?? '', header.get(`ZVAL${n}`));
  return values;
}

function wholeParameter(
  values: ReadonlyMap<string, CardValue | undefined>,
  name: string,
  fallback: number,
  [min, max]: readonly [number, number],
  hdu: Hdu,
): number {
  const value = values.get(name) ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max)
    throw new BadCardError(
      `the compression parameter ${name} must be a whole number from ${min} to ${max}; found ${formatValue(value, name)}`,
      place(hdu, 'ZVAL1'),
    );
  return value;
}
