export {
  CellValueError,
  ColumnNotFoundError,
  TableFormatError,
  TableLimitError,
  TableShapeError,
  UnsupportedTableError,
} from './errors.ts';
export { ColumnBuilder, columnFromCells } from './model/builder.ts';
export {
  type Cell,
  cellAt,
  cellRange,
  type Column,
  type ColumnMeta,
  type ColumnSpec,
  type Complex,
  hasNulls,
  isNullAt,
  isScalar,
  isVariable,
  type JsonValue,
  type Link,
  makeColumn,
  rowCount,
  valuesPerCell,
} from './model/column.ts';
export {
  type BigIntArray,
  type ColumnData,
  DATA_TYPES,
  type DataType,
  isBigIntType,
  makeColumnData,
  type NumberArray,
} from './model/datatype.ts';
export {
  concatColumns,
  concatTables,
  filterRows,
  renameColumns,
  selectColumns,
  sliceRows,
  type SortKey,
  sortOrder,
  sortRows,
  takeRows,
  withColumn,
  withoutColumns,
} from './model/operations.ts';
export {
  findColumn,
  getColumn,
  type Group,
  type Info,
  makeTable,
  type Param,
  type Row,
  rowAt,
  rowsOf,
  type Table,
  type TableMeta,
} from './model/table.ts';
export {
  type CoordinateSystem,
  infosOf,
  tablesOf,
  type TimeSystem,
  type VotableDocument,
  type VotableResource,
} from './votable/document.ts';
export { type VotableEvent, VotableParser, type VotableReadOptions } from './votable/parser.ts';
export { parseVotable, parseVotableTable, streamVotable } from './votable/read.ts';
export { fieldXml, planStreamedField, type VotableField, type VotableFormat } from './votable/write-field.ts';
export { votableChunks, type VotableWriteOptions, VotableWriter, writeVotable } from './votable/write.ts';
export type { XmlElement } from './xml/element.ts';
export { type ArrowTableWriter, arrowTableWriter } from './arrow/arrow-writer.ts';
export { fromArrow, readArrow, toArrow, writeArrow } from './arrow/arrow-table.ts';
export { type CsvReadOptions, parseCsv } from './csv/parse-csv.ts';
export { type CsvWriteOptions, CsvWriter, writeCsv } from './csv/write-csv.ts';
export { EcsvWriter, parseEcsv, writeEcsv } from './ecsv/ecsv.ts';
export { fitsTableHdu, type FitsTableReadOptions, readFitsTable, tableFromFits, writeFitsTable } from './fits/fits-table.ts';
export { JsonTableWriter, parseJsonTable, writeJsonLines, writeJsonTable } from './json/json-table.ts';
export type { TableWriter } from './model/table-writer.ts';
export { formatFloat32 } from './text/format-number.ts';
export {
  type ParquetReadOptions,
  type ParquetSummary,
  readParquet,
  readParquetSummary,
  VOPARQUET_CONTENT,
  VOPARQUET_VERSION,
} from './parquet/read-parquet.ts';
export { type ParquetTableWriter, parquetTableWriter, type ParquetWriteOptions, writeParquet } from './parquet/write-parquet.ts';
export { votableHeaderXml } from './votable/header-only.ts';
export {
  formatOfBytes,
  formatOfName,
  MEDIA_TYPES,
  readTable,
  type ReadTableOptions,
  TABLE_FORMATS,
  type TableFormat,
  tableWriter,
  writeTable,
} from './formats/table-format.ts';
