export { compressedImageHdu, type CompressedImageOptions } from './compression/compressed-image-hdu.ts';
export { type DitherMethod, type TileCodec } from './compression/tile-layout.ts';
export { ditherNumbers } from './compression/dither.ts';
export {
  BadArgumentError,
  BadCardError,
  BadDataError,
  FitsError,
  type FitsPlace,
  NotFitsError,
  NotInFileError,
  RequestFailedError,
  RequestRefusedError,
  TooLargeError,
  TruncatedError,
  UnsupportedError,
} from './errors.ts';
export { type Card, type CardValue, type Complex } from './header/card.ts';
export { formatCard } from './header/format-card.ts';
export { BLOCK, Header, headerFromText, isStructural } from './header/header.ts';
export { type Hdu, type HduKind, shapeOf } from './hdu/hdu.ts';
export { type FitsFile, openFits } from './hdu/open-fits.ts';
export { type Allocate, type PixelArray, type PixelType } from './image/pixels.ts';
export { type FitsImage, readImage, type ReadImageOptions } from './image/image.ts';
export { type PixelSummary, summarizePixels } from './image/statistics.ts';
export { type AxisRange, parseSection, type Section, sectionShape } from './image/section.ts';
export { blobSource, type ByteSource, bytesSource } from './source/byte-source.ts';
export { httpSource, type HttpSourceOptions } from './source/http-source.ts';
export { type DecompressOptions } from './source/decompressed-source.ts';
export { readTable } from './table/any-table.ts';
export { type ColumnFormat } from './table/column-format.ts';
export { cellOf, type ColumnValues, type FitsColumn, type FitsTable, getColumn, type ReadTableOptions } from './table/table.ts';
export { emptyHdu, imageHdu, type ImageHduOptions } from './write/image-hdu.ts';
export { type OutputHdu } from './write/output-hdu.ts';
export { type InputColumn, tableHdu, type TableHduOptions } from './write/table-hdu.ts';
export { fitsBytes, writeFits, type WriteFitsOptions } from './write/write-fits.ts';
export { copiedHdu, imageHeader, packedImageHdu, plainImageHdu } from './write/copied-hdu.ts';
export { type FitsProblem, verifyFits } from './verify/verify-fits.ts';
export { Checksum } from './write/checksum.ts';
export { decompressTable } from './compression/decompress-table.ts';
export { compressedTableHdu } from './compression/compress-table.ts';
export { asciiTableHdu } from './write/ascii-table-hdu.ts';
