import { createHash } from 'node:crypto';
import { cellOf, type FitsColumn, type FitsTable, type Hdu, readImage, readTable, shapeOf, summarizePixels } from '@almagest/fits';
import { imageShape, sectionOf, type Target } from './fits-target.ts';

/** Kinds by the names that astronomers know from astropy. */
export function kindName(hdu: Hdu): string {
  switch (hdu.kind) {
    case 'image':
      return hdu.index === 0 ? 'PrimaryHDU' : 'ImageHDU';
    case 'compressed-image':
      return 'CompImageHDU';
    case 'table':
      return 'BinTableHDU';
    case 'compressed-table':
      return 'CompTableHDU';
    case 'ascii-table':
      return 'TableHDU';
    case 'groups':
      return 'GroupsHDU';
    default:
      return 'NonstandardHDU';
  }
}

/** What the header alone says of an HDU. */
export function describeHdu(hdu: Hdu): Record<string, unknown> {
  const { header } = hdu;
  const start = { index: hdu.index, kind: kindName(hdu), name: hdu.name };
  const shape = imageShape(hdu);
  if (shape !== undefined) {
    const compressed = hdu.kind === 'compressed-image';
    return {
      ...start,
      bitpix: header.getNumber(compressed ? 'ZBITPIX' : 'BITPIX'),
      bscale: header.getNumber('BSCALE') ?? 1,
      bzero: header.getNumber('BZERO') ?? 0,
      ...(compressed
        ? {
            zcmptype: header.getString('ZCMPTYPE') ?? null,
            zquantiz: header.getString('ZQUANTIZ') ?? null,
            zdither0: header.getNumber('ZDITHER0') ?? null,
          }
        : {}),
      shape: shape.length === 0 || shape.includes(0) ? null : shape,
    };
  }
  if (hdu.kind === 'unknown') return { ...start, bytes: hdu.dataSize };
  if (hdu.kind === 'groups') return { ...start, rows: header.getNumber('GCOUNT') ?? 1, columns: groupColumns(hdu) };
  const packed = hdu.kind === 'compressed-table';
  const columns = Array.from({ length: header.getNumber('TFIELDS') ?? 0 }, (_unused, i) => [
    header.getString(`TTYPE${i + 1}`)?.trim() ?? '',
    header.getString(`${packed ? 'ZFORM' : 'TFORM'}${i + 1}`)?.trim() ?? '',
  ]);
  return { ...start, rows: header.getNumber(packed ? 'ZNAXIS2' : 'NAXIS2'), columns };
}

function groupColumns({ header }: Hdu): [string, string][] {
  const code = ({ 8: 'B', 16: 'I', 32: 'J', 64: 'K', [-32]: 'E' } as Record<number, string>)[header.getNumber('BITPIX') ?? 0] ?? 'D';
  const used = new Set<string>();
  const unique = (name: string): string => {
    const free = used.has(name) ? unique(`_${name}`) : name;
    used.add(free);
    return free;
  };
  const names = Array.from({ length: header.getNumber('PCOUNT') ?? 0 }, (_unused, i): [string, string] => [
    unique(header.getString(`PTYPE${i + 1}`) ?? ''),
    code,
  ]);
  const pixels = shapeOf(header)
    .slice(0, -1)
    .reduce((product, length) => product * length, 1);
  return [...names, ['DATA', `${pixels}${code}`]];
}

/** Header facts and the physical values summed up. */
export async function hduStats(hdu: Hdu, target: Target): Promise<Record<string, unknown>> {
  const about = describeHdu(hdu);
  if (hdu.kind === 'unknown') return about;
  if (imageShape(hdu) === undefined) return { ...about, ...firstRow(await readTable(hdu, { rows: [0, Math.min(1, rowsOf(about))] })) };
  if (about['shape'] === null) return about;
  const image = await readImage(hdu, { section: sectionOf(target, hdu) });
  const hash = createHash('sha256');
  const summary = summarizePixels(image.data, (bytes) => hash.update(bytes));
  return {
    ...about,
    shape: image.shape,
    ...summary,
    first: summary.first.map(jsonNumber),
    last: summary.last.map(jsonNumber),
    sha256_be_f64_nan_as_zero: hash.digest('hex'),
  };
}

function rowsOf(about: Readonly<Record<string, unknown>>): number {
  return typeof about['rows'] === 'number' ? about['rows'] : 0;
}

function firstRow(table: FitsTable): Record<string, unknown> {
  if (table.rows === 0) return {};
  return { row0: Object.fromEntries(table.columns.map((column) => [column.name, plainCell(column)])) };
}

/** The first cell in its shape; complex numbers are pairs. */
function plainCell(column: FitsColumn): unknown {
  const value = cellOf(column, 0);
  if (!Array.isArray(value)) return plain(value);
  const shape = column.offsets === undefined && column.cellShape.length > 0 ? column.cellShape : [value.length];
  if (value.length > 16) return `array (${shape.join(', ')})`;
  return shape.slice(1).reduceRight((items: readonly unknown[], length) => gather(items, length), value.map(plain));
}

function gather(items: readonly unknown[], length: number): unknown[][] {
  return Array.from({ length: items.length / length }, (_unused, i) => items.slice(i * length, (i + 1) * length));
}

/** 64-bit integers as text where a double would change them. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return jsonNumber(value);
  return value;
}

/** JSON has no words for these. */
function jsonNumber(value: number): number | string {
  return Number.isNaN(value) ? 'nan' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value;
}
