import { riceDecodeRuns, riceDecodeTiles } from '@almagest/kernels';
import { BadCardError, BadDataError, TooLargeError } from '../errors.ts';
import { countOf, type Hdu } from '../hdu/hdu.ts';
import { bytesOf, makePixels, type PixelArray, type Scaling, scalingOf, storedType } from '../image/pixels.ts';
import { converter, type FitsImage, outputType, type ReadImageOptions, resultFor } from '../image/read-image.ts';
import { checkSection, type Section, sectionShape } from '../image/section.ts';
import { decodeTile, gunzipNumbers, riceType } from './decode-tile.ts';
import { dequantizeInto, ditherStart, NULL_VALUE } from './dither.ts';
import { type TileLayout, tileLayout } from './tile-layout.ts';
import { fetchTiles, type TileBatch, type TileRecord, tileRecords } from './tile-records.ts';
import { copyTile, tileBox, tilesFollow, tilesIn } from './tile-grid.ts';

const MAX_BYTES = 2 ** 34;

/** Header of a compressed image as the image alone would have it: scaling for the integers that come out. */
function scalingOfImage(hdu: Hdu, layout: TileLayout): Scaling {
  const scaling = scalingOf(hdu.header, layout.bitpix);
  return { ...scaling, blank: layout.bitpix > 0 ? (scaling.blank ?? layout.zblank) : undefined };
}

/**
 * Reads a tile-compressed image, or a section of it; only the tiles that the section touches are fetched and decoded.
 *
 * @see FITS standard 4.0, section 10.
 */
export async function readCompressedImage(hdu: Hdu, options: ReadImageOptions = {}): Promise<FitsImage> {
  const layout = tileLayout(hdu);
  const { shape, bitpix } = layout;
  const scaling = scalingOfImage(hdu, layout);
  const type = outputType(bitpix, scaling, options.as);
  if (countOf(shape) === 0) return { shape, data: makePixels(type, 0) };
  const section = checkSection(options.section, shape, hdu.index);
  const outShape = sectionShape(section);
  const count = countOf(outShape);
  const maxBytes = options.maxBytes ?? MAX_BYTES;
  const scratchBytes = countOf(layout.tile) * 8;
  if (count * bytesOf(type) > maxBytes || scratchBytes > maxBytes)
    throw new TooLargeError(`the image takes ${Math.max(count * bytesOf(type), scratchBytes)} bytes; the limit is ${maxBytes}`, {
      hdu: hdu.index,
      card: 'ZNAXIS',
    });
  const wanted = tilesIn(section, layout);
  const records = await tileRecords(hdu, layout, wanted);
  const data = resultFor(options, type, count);
  const convert = converter(bitpix, scaling, options.as);
  const place = makePlacer(layout, section, outShape, data, convert);
  const plain = type === storedType(bitpix) && (options.as === 'stored' || isIdentity(scaling));
  const runs = plain && riceType(layout) === storedType(bitpix) ? runsOf(layout, section, data) : undefined;
  for await (const batch of fetchTiles(hdu, layout, records))
    if (!decodeRuns(hdu, layout, batch, runs)) decodeBatch(hdu, layout, batch, place);
  return { shape: outShape, data };
}

type Place = (tile: number, stored: PixelArray) => void;

/** Where following tiles lie in the result one after the other and as they are decoded. */
interface Runs {
  /** Numbers of a tile; the last may have fewer. */
  readonly count: number;
  /** Where a tile would begin in the result. */
  readonly startOf: (tile: number) => number;
  readonly data: PixelArray;
}

function isIdentity({ bscale, bzero, blank }: Scaling): boolean {
  return bscale === 1 && bzero === 0 && blank === undefined;
}

/** Tiles as runs of pixels one after the other, where they and the section are made so, as lines of an image are. */
function runsOf({ shape, tile }: TileLayout, section: Section, data: PixelArray): Runs | undefined {
  const whole = section.every(([start, stop, step = 1], axis) => {
    if (axis > 0) return start === 0 && stop === shape[axis] && step === 1;
    return step === 1 && start % tile[0] === 0 && (stop % tile[0] === 0 || stop === shape[0]);
  });
  if (!whole || !tilesFollow(shape, tile)) return undefined;
  const count = countOf(tile);
  const before = section[0][0] * countOf(shape.slice(1));
  return { count, startOf: (number) => number * count - before, data };
}

/** Puts decoded tiles where they belong in the result. */
function makePlacer(
  layout: TileLayout,
  section: Section,
  outShape: readonly number[],
  data: PixelArray,
  convert: (stored: PixelArray, out: PixelArray) => void,
): Place {
  let scratch: PixelArray | undefined;
  return (tile, stored) => {
    const box = tileBox(tile, layout);
    const inPlace = copyTile(stored, box, section, outShape, data, convert);
    if (inPlace) return;
    if (scratch === undefined || scratch.length !== stored.length) scratch = makePixelsLike(data, stored.length);
    convert(stored, scratch);
    copyTile(scratch, box, section, outShape, data, undefined);
  };
}

function makePixelsLike(data: PixelArray, length: number): PixelArray {
  return new (data.constructor as new (n: number) => PixelArray)(length);
}

/** Decodes a batch straight into the result; false where it is not made so. */
function decodeRuns(hdu: Hdu, { codec, blockSize }: TileLayout, { records, bytes, base }: TileBatch, runs: Runs | undefined): boolean {
  if (codec !== 'RICE_1' || runs === undefined) return false;
  const spans = new Int32Array(2 * records.length);
  for (let i = 0; i < records.length; i++) {
    const { kind, tile, start, length } = records[i];
    if (kind !== 'compressed' || tile !== records[0].tile + i) return false;
    spans[2 * i] = start - base;
    spans[2 * i + 1] = length;
  }
  const { count, data } = runs;
  const first = runs.startOf(records[0].tile);
  const out = data.subarray(first, Math.min(data.length, first + count * records.length)) as Int16Array;
  const bad = riceDecodeRuns(bytes, spans, { count, block: blockSize }, out);
  if (bad >= 0) throw damaged(hdu, records[bad].tile);
  return true;
}

function decodeBatch(hdu: Hdu, layout: TileLayout, batch: TileBatch, place: Place): void {
  const rice = layout.codec === 'RICE_1' ? riceType(layout) : undefined;
  const plain = rice === undefined ? [] : batch.records.filter((record) => record.kind === 'compressed');
  if (layout.codec === 'RICE_1' && rice === undefined)
    throw new BadCardError(`BYTEPIX must be 1, 2 or 4 for RICE_1; found ${layout.bytePix}`, { hdu: hdu.index, card: 'ZVAL2' });
  if (rice !== undefined && plain.length > 1) {
    let first = 0;
    const tiles = plain.map(({ tile, start, length }) => {
      const { count } = tileBox(tile, layout);
      first += count;
      return { start: start - batch.base, length, first: first - count, count };
    });
    const numbers = makePixels(rice, first) as Int16Array;
    const bad = riceDecodeTiles(batch.bytes, tiles, layout.blockSize, numbers);
    if (bad >= 0) throw damaged(hdu, plain[bad].tile);
    plain.forEach((record, i) =>
      place(record.tile, finishTile(layout, record, numbers.subarray(tiles[i].first, tiles[i].first + tiles[i].count))),
    );
  }
  for (const record of batch.records) {
    if (record.kind === 'compressed' && plain.length > 1) continue;
    const { count, extent } = tileBox(record.tile, layout);
    const bytes = batch.bytes.subarray(record.start - batch.base, record.start - batch.base + record.length);
    const numbers = decodeRecord(layout, record, bytes, count, count / extent[extent.length - 1]);
    if (numbers === undefined) throw damaged(hdu, record.tile);
    place(record.tile, record.kind === 'compressed' ? finishTile(layout, record, numbers) : numbers);
  }
}

function damaged(hdu: Hdu, tile: number): BadDataError {
  return new BadDataError(`tile ${tile} is damaged: its bytes end early, overrun, or hold an impossible code`, {
    hdu: hdu.index,
    card: 'COMPRESSED_DATA',
  });
}

function decodeRecord(layout: TileLayout, record: TileRecord, bytes: Uint8Array, count: number, lines: number): PixelArray | undefined {
  const real = layout.bitpix < 0;
  if (record.kind === 'gzip') return gunzipNumbers(bytes, count, false, real);
  if (record.kind === 'plain') {
    const { type, size } = plainType(layout);
    if (bytes.length !== count * size) return undefined;
    const out = makePixels(type, count);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let i = 0; i < count; i++) out[i] = readNumber(view, i * size, type) as never;
    return out;
  }
  if (real && !record.quantized) {
    const zipped = layout.codec === 'GZIP_1' || layout.codec === 'GZIP_2';
    return zipped ? gunzipNumbers(bytes, count, layout.codec === 'GZIP_2', true) : undefined;
  }
  return decodeTile(layout, bytes, count, lines);
}

function plainType(layout: TileLayout): { type: ReturnType<typeof storedType>; size: number } {
  const type = storedType(layout.bitpix);
  return { type, size: bytesOf(type) };
}

function readNumber(view: DataView, at: number, type: string): number | bigint {
  switch (type) {
    case 'uint8':
      return view.getUint8(at);
    case 'int16':
      return view.getInt16(at);
    case 'int32':
      return view.getInt32(at);
    case 'int64':
      return view.getBigInt64(at);
    case 'float32':
      return view.getFloat32(at);
    default:
      return view.getFloat64(at);
  }
}

/** Quantized reals become reals; integers stay as they are, but for PLIO, which holds unsigned ones as their values. */
function finishTile(layout: TileLayout, record: TileRecord, numbers: PixelArray): PixelArray {
  if (layout.codec === 'PLIO_1' && layout.unsigned16) return Int16Array.from(numbers as Int32Array, (value) => value - 32_768);
  if (layout.bitpix > 0 || !record.quantized) return numbers;
  const out = layout.bitpix === -32 ? new Float32Array(numbers.length) : new Float64Array(numbers.length);
  const quantized = numbers instanceof Int32Array ? numbers : Int32Array.from(numbers, Number);
  const dithered = layout.dither === 'SUBTRACTIVE_DITHER_1' || layout.dither === 'SUBTRACTIVE_DITHER_2';
  dequantizeInto(
    quantized,
    {
      scale: record.scale,
      zero: record.zero,
      blank: record.blank ?? (dithered ? NULL_VALUE : undefined),
      start: dithered ? ditherStart(record.tile, layout.ditherSeed) : undefined,
      keepZeros: layout.dither === 'SUBTRACTIVE_DITHER_2',
    },
    out,
  );
  return out;
}
