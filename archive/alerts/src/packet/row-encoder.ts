import type { AvroField, AvroRecord } from '@almagest/schema';
import { type Column, findColumn, type Table } from '@almagest/table';
import type { ByteWriter } from '../avro/byte-writer.ts';
import { PacketValueError } from '../errors.ts';

/** Writes one row of a table as an Avro record. */
export type RowEncoder = (row: number, writer: ByteWriter) => void;

type ValueEncoder = (row: number, writer: ByteWriter) => void;

/**
 * Prepares the encoding of a table's rows straight from its columns, without an object per row.
 *
 * NaN in a column that may be null becomes null, as packets of the field have it.
 */
export function rowEncoder(record: AvroRecord, table: Table): RowEncoder {
  const fields = record.fields.map((field) => fieldEncoder(record.name, field, findColumn(table, field.name)));
  return (row, writer) => {
    for (let i = 0; i < fields.length; i += 1) fields[i]!(row, writer);
  };
}

function fieldEncoder(record: string, field: AvroField, column: Column | undefined): ValueEncoder {
  const nullable = Array.isArray(field.type);
  const type = primitiveOf(nullable ? (field.type as readonly unknown[])[1] : field.type);
  if (!column) {
    if (nullable) return (_, writer) => writer.byte(0);
    if (field.default === 0) return (_, writer) => writer.byte(0);
    return () => {
      throw new PacketValueError(`${record}.${field.name} may not be null; the table has no such column`, {
        details: { field: field.name },
      });
    };
  }
  const encode = valueEncoder(type, column);
  const isNull = nullTest(type, column);
  if (nullable)
    return (row, writer) => {
      if (isNull(row)) return writer.byte(0);
      writer.byte(2); // second branch of the union
      encode(row, writer);
    };
  return (row, writer) => {
    if (isNull(row)) {
      if (field.default === 0) return writer.byte(0);
      throw new PacketValueError(`${record}.${field.name} may not be null (row ${row})`, { details: { field: field.name } });
    }
    encode(row, writer);
  };
}

function nullTest(type: string, column: Column): (row: number) => boolean {
  const { nulls } = column;
  if (type !== 'float' && type !== 'double') return nulls ? (row) => nulls[row] !== 0 : () => false;
  const data = column.data as Float64Array;
  return nulls ? (row) => nulls[row] !== 0 || Number.isNaN(data[row]) : (row) => Number.isNaN(data[row]);
}

function valueEncoder(type: string, column: Column): ValueEncoder {
  const data = column.data as unknown as ArrayLike<never>;
  switch (type) {
    case 'boolean':
      return (row, writer) => writer.byte(Number(data[row]) === 0 ? 0 : 1);
    case 'int':
      return (row, writer) => writer.int(Number(data[row]));
    case 'long':
      return column.data instanceof BigInt64Array
        ? (row, writer) => writer.long(data[row]!)
        : (row, writer) => writer.long(BigInt(data[row]!));
    case 'timestamp-micros':
      return (row, writer) => writer.int(Math.round(Date.parse(isoUtc(data[row]!)) * 1000));
    case 'float':
      return (row, writer) => writer.float(data[row]!);
    case 'double':
      return (row, writer) => writer.double(data[row]!);
    default:
      return (row, writer) => writer.string(String(data[row]));
  }
}

function isoUtc(text: string): string {
  const iso = text.replace(' ', 'T');
  return /[Zz]|[+-]\d\d:?\d\d$/.test(iso) ? iso : `${iso}Z`;
}

function primitiveOf(type: unknown): string {
  if (typeof type === 'string') return type;
  return (type as { readonly logicalType?: string; readonly type: string }).logicalType ?? (type as { readonly type: string }).type;
}
