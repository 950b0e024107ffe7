import type { SchemaElement, SchemaTree } from 'hyparquet';
import type { DataType } from '../model/datatype.ts';

/** How the cells of a Parquet column come in: as values, as lists of values, as bytes, or as anything else, kept as JSON text. */
export interface ParquetColumnType {
  readonly datatype: DataType;
  readonly kind: 'scalar' | 'list' | 'bytes' | 'json';
  /** Bytes of each cell, for fixed byte arrays. */
  readonly length?: number;
  readonly xtype?: 'timestamp';
}

/** The type of one top-level column. */
export function typeOfColumn(node: SchemaTree): ParquetColumnType {
  const { element, children } = node;
  if (children.length === 0) {
    if (element.repetition_type === 'REPEATED') return { ...leafType(element), kind: 'list' };
    return leafType(element);
  }
  const leaf = listLeaf(node);
  const type = leaf && leafType(leaf);
  if (type && type.kind === 'scalar') return { ...type, kind: 'list' };
  return { datatype: 'string', kind: 'json' };
}

/** The element of a LIST of primitive values, in its three-level and two-level forms. */
function listLeaf(node: SchemaTree): SchemaElement | undefined {
  const { element, children } = node;
  if (element.converted_type !== 'LIST' && element.logical_type?.type !== 'LIST') return undefined;
  const [repeated] = children;
  if (children.length !== 1 || repeated?.element.repetition_type !== 'REPEATED') return undefined;
  if (repeated.children.length === 0) return repeated.element;
  const [inner] = repeated.children;
  return repeated.children.length === 1 && inner?.children.length === 0 ? inner.element : undefined;
}

function leafType(element: SchemaElement): ParquetColumnType {
  const { type, converted_type: converted, logical_type: logical } = element;
  const scalar = (datatype: DataType): ParquetColumnType => ({ datatype, kind: 'scalar' });
  if (
    converted === 'UTF8' ||
    converted === 'ENUM' ||
    converted === 'JSON' ||
    logical?.type === 'STRING' ||
    logical?.type === 'ENUM' ||
    logical?.type === 'JSON' ||
    logical?.type === 'UUID'
  )
    return scalar('string');
  if (
    converted?.startsWith('TIMESTAMP') ||
    converted === 'DATE' ||
    logical?.type === 'TIMESTAMP' ||
    logical?.type === 'DATE' ||
    type === 'INT96'
  )
    return { datatype: 'string', kind: 'scalar', xtype: 'timestamp' };
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') return scalar('float64');
  if (logical?.type === 'FLOAT16') return scalar('float32');
  switch (type) {
    case 'BOOLEAN':
      return scalar('boolean');
    case 'FLOAT':
      return scalar('float32');
    case 'DOUBLE':
      return scalar('float64');
    case 'INT32':
      return scalar(INT32_TYPES[converted ?? integerName(logical)] ?? 'int32');
    case 'INT64':
      return scalar(converted === 'UINT_64' || integerName(logical) === 'UINT_64' ? 'uint64' : 'int64');
    case 'FIXED_LEN_BYTE_ARRAY':
      return { datatype: 'uint8', kind: 'bytes', length: element.type_length ?? 0 };
    default:
      return { datatype: 'uint8', kind: 'bytes' };
  }
}

const INT32_TYPES: Readonly<Record<string, DataType>> = {
  INT_8: 'int8',
  UINT_8: 'uint8',
  INT_16: 'int16',
  UINT_16: 'uint16',
  UINT_32: 'uint32',
};

function integerName(logical: SchemaElement['logical_type']): string {
  return logical?.type === 'INTEGER' ? `${logical.isSigned ? '' : 'U'}INT_${logical.bitWidth}` : '';
}

const PRIMITIVES: Readonly<Record<DataType, Partial<SchemaElement>>> = {
  boolean: { type: 'BOOLEAN' },
  int8: { type: 'INT32', converted_type: 'INT_8' },
  uint8: { type: 'INT32', converted_type: 'UINT_8' },
  int16: { type: 'INT32', converted_type: 'INT_16' },
  uint16: { type: 'INT32', converted_type: 'UINT_16' },
  int32: { type: 'INT32' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
  int64: { type: 'INT64' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  complex64: { type: 'FLOAT' },
  complex128: { type: 'DOUBLE' },
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
};

/** Schema elements of one column; every column is nullable, so that files of one catalogue agree. Complex numbers are lists of two. */
export function schemaElements(name: string, datatype: DataType, isList: boolean): SchemaElement[] {
  const primitive = PRIMITIVES[datatype];
  if (!isList) return [{ name, repetition_type: 'OPTIONAL', ...primitive }];
  return [
    { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', logical_type: { type: 'LIST' }, num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'OPTIONAL', ...primitive },
  ];
}
