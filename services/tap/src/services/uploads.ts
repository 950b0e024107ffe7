import type { AdqlType } from '@almagest/adql';
import type { Column } from '@almagest/table';
import { UploadError } from '../errors.ts';
import type { TapColumn, TapTable } from '../models/tap-table.ts';
import type { LoadingEngine } from './query-service.ts';
import { readUpload, type Upload, type UploadLimits } from './read-upload.ts';

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** `UPLOAD=name,uri;name,uri` and repeated parameters alike. @throws {UploadError} */
export function parseUploadParameter(values: readonly string[]): { name: string; uri: string }[] {
  const pairs = values.flatMap((value) => value.split(';')).filter((pair) => pair.trim() !== '');
  const found = pairs.map((pair) => {
    const comma = pair.indexOf(',');
    const name = pair
      .slice(0, comma)
      .trim()
      .replace(/^tap_upload\./i, '');
    if (comma < 0 || !NAME.test(name))
      throw new UploadError(`UPLOAD must be name,uri with a plain name; found ${JSON.stringify(pair.slice(0, 80))}`, {
        details: { table: name },
      });
    return { name, uri: pair.slice(comma + 1).trim() };
  });
  const names = found.map(({ name }) => name.toLowerCase());
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new UploadError(`the table ${twice} is uploaded twice`, { details: { table: twice } });
  return found;
}

const TYPES: Readonly<Partial<Record<Column['datatype'], AdqlType>>> = {
  boolean: 'BOOLEAN',
  int8: 'SMALLINT',
  uint8: 'SMALLINT',
  int16: 'SMALLINT',
  uint16: 'INTEGER',
  int32: 'INTEGER',
  uint32: 'BIGINT',
  int64: 'BIGINT',
  float32: 'REAL',
  float64: 'DOUBLE',
  string: 'VARCHAR',
};

/** Loads uploads into the engine under names of their own; `release` drops them. */
export async function loadUploads(
  engine: LoadingEngine,
  uploads: readonly Upload[],
  unique: string,
  limits: UploadLimits,
): Promise<{ tables: TapTable[]; release: () => Promise<void> }> {
  const loaded: string[] = [];
  const release = async (): Promise<void> => {
    for (const name of loaded) await engine.dropTable(name);
  };
  const tables: TapTable[] = [];
  try {
    for (const [i, upload] of uploads.entries()) {
      const table = await readUpload(upload, limits);
      const engineName = `upload_${unique}_${i}`;
      await engine.loadTable(engineName, table);
      loaded.push(engineName);
      tables.push({ schema: 'TAP_UPLOAD', name: upload.name, columns: table.columns.map(describeColumn), sql: () => `"${engineName}"` });
    }
  } catch (error) {
    await release();
    throw error;
  }
  return { tables, release };
}

/** A column of a table in memory as ADQL sees it. */
export function describeColumn(column: Column): TapColumn {
  const type = column.xtype === 'timestamp' ? 'TIMESTAMP' : (TYPES[column.datatype] ?? 'VARCHAR');
  const { name, unit, ucd, utype, xtype, description } = column;
  const arraysize = column.shape.length > 0 ? column.shape.map((n) => (n < 0 ? '*' : String(n))).join('x') : undefined;
  return {
    name,
    type,
    ...(arraysize === undefined ? {} : { arraysize }),
    ...(unit === undefined ? {} : { unit }),
    ...(ucd === undefined ? {} : { ucd }),
    ...(utype === undefined ? {} : { utype }),
    ...(xtype === undefined ? {} : { xtype }),
    ...(description === undefined ? {} : { description }),
  };
}
