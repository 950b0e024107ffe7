import { TableShapeError, UnsupportedTableError } from '../errors.ts';
import type { Column, ColumnSpec } from '../model/column.ts';
import type { Group, Info, Param, Table, TableMeta } from '../model/table.ts';
import { ByteWriter } from '../text/byte-writer.ts';
import { attributesXml, elementXml, escapeXml } from '../xml/element.ts';
import { encodeBase64Lines } from './base64.ts';
import type { VotableDocument, VotableResource } from './document.ts';
import { writeBinaryRows, writeTextRows } from './write-cells.ts';
import { descriptionXml, fieldXml, linkXml, planField, planStreamedField, type VotableField, type VotableFormat } from './write-field.ts';

export interface VotableWriteOptions {
  /** Serialization of the rows (default TABLEDATA). */
  readonly format?: VotableFormat;
  /** Version that the document declares (default 1.4). */
  readonly version?: '1.3' | '1.4' | '1.5';
  /** Encodes bytes as base64 for {@link VotableWriter}, where the platform does it faster; pieces before the last have a multiple of 57 bytes. */
  readonly encodeBase64?: (bytes: Uint8Array) => Uint8Array;
}

/** Bytes gathered before they are handed on. */
const CHUNK = 1 << 20;
/** Where a stream begins: most answers of a service are short, and a megabyte each would keep the collector busy. */
const FIRST_BYTES = 1 << 14;
/** Rows encoded between two looks at the size of the buffer. */
const STEP = 256;

/**
 * Writes one table, or a whole document, as VOTable.
 *
 * Types that VOTable lacks are widened (int8 to short, uint16 to int, uint32 and uint64 to long).
 * Null strings become empty text in TABLEDATA and BINARY; a null is kept exactly in BINARY2.
 *
 * @returns The document, fresh.
 * @throws {UnsupportedTableError} if a uint64 exceeds 2^63 - 1.
 */
export function writeVotable(input: Table | VotableDocument, options: VotableWriteOptions = {}): Uint8Array {
  const parts = [...votableChunks(input, options)];
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  if (parts.length === 1) return parts[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** {@link writeVotable} in pieces of about a megabyte. */
export function* votableChunks(input: Table | VotableDocument, options: VotableWriteOptions = {}): Generator<Uint8Array> {
  const document: VotableDocument =
    'resources' in input ? input : { version: options.version ?? '1.4', resources: [{ type: 'results', tables: [input] }] };
  const context: WriteContext = {
    format: options.format ?? 'TABLEDATA',
    version: options.version ?? '1.4',
    out: new ByteWriter(CHUNK + CHUNK / 4),
  };
  context.out.text(headXml(document, context.version));
  for (const resource of document.resources) yield* writeResource(resource, context);
  context.out.text('</VOTABLE>\n');
  yield context.out.take();
}

interface WriteContext {
  readonly format: VotableFormat;
  readonly version: string;
  readonly out: ByteWriter;
}

function* writeResource(resource: VotableResource, context: WriteContext): Generator<Uint8Array> {
  const { out } = context;
  out.text(resourceXml(resource, context.version));
  for (const table of resource.tables) {
    const fields = table.columns.map((column) => planField(column, context.format));
    out.text(tableXml(table.meta, fields, context.format));
    yield* writeRows(table, fields, context);
    out.text(tableEndXml(context.format));
    for (const info of table.meta.infos ?? []) out.text(infoXml(info));
    out.text('</TABLE>\n');
  }
  for (const inner of resource.resources ?? []) yield* writeResource(inner, context);
  for (const element of resource.foreign ?? []) out.text(elementXml(element));
  out.text('</RESOURCE>\n');
}

function* writeRows(table: Table, fields: readonly VotableField[], context: WriteContext): Generator<Uint8Array> {
  const { out } = context;
  checkUnsigned(table.columns);
  if (context.format === 'TABLEDATA') {
    for (let row = 0; row < table.nrows; row += STEP) {
      writeTextRows(out, table.columns, fields, row, Math.min(row + STEP, table.nrows));
      if (out.length >= CHUNK) yield out.take();
    }
    return;
  }
  const raw = new ByteWriter(CHUNK);
  for (let row = 0; row < table.nrows; row += STEP) {
    writeBinaryRows(raw, table.columns, fields, row, Math.min(row + STEP, table.nrows), context.format === 'BINARY2');
    if (raw.length < CHUNK) continue;
    out.append(encodeBase64Lines(raw.takeFirst(raw.length - (raw.length % 57))));
    yield out.take();
  }
  out.append(encodeBase64Lines(raw.take()));
}

/**
 * Writes a document with one table whose rows come in batches; memory is that of a batch.
 *
 * @example
 * const writer = new VotableWriter({ columns, meta }, { format: 'BINARY2' });
 * send(writer.start());
 * for await (const batch of batches) send(writer.rows(batch));
 * send(writer.finish([{ name: 'QUERY_STATUS', value: 'OVERFLOW' }]));
 */
export class VotableWriter {
  readonly #fields: readonly VotableField[];
  readonly #header: { readonly document: VotableDocument; readonly resource: VotableResource; readonly meta: TableMeta };
  readonly #context: WriteContext;
  readonly #encode: (bytes: Uint8Array) => Uint8Array;
  readonly #raw: ByteWriter = new ByteWriter(FIRST_BYTES);

  /**
   * @param table.columns - Names, types and metadata. Strings are written as `char` unless `votableType` is `unicodeChar`; arrays of strings need `charLength`.
   * @param table.document - What stands around the table: document parts, and those of its first resource.
   */
  constructor(
    table: { readonly columns: readonly ColumnSpec[]; readonly meta?: TableMeta; readonly document?: VotableDocument },
    options: VotableWriteOptions = {},
  ) {
    const { format = 'TABLEDATA', version = '1.4' } = options;
    this.#encode = options.encodeBase64 ?? encodeBase64Lines;
    this.#fields = table.columns.map((spec) => planStreamedField(spec, format));
    const resource = table.document?.resources[0] ?? { type: 'results', tables: [] };
    this.#header = { document: table.document ?? { version, resources: [] }, resource, meta: table.meta ?? {} };
    this.#context = { format, version, out: new ByteWriter(FIRST_BYTES) };
  }

  /** Everything before the first row. */
  start(): Uint8Array {
    const { out, version, format } = this.#context;
    out.text(headXml(this.#header.document, version));
    out.text(resourceXml(this.#header.resource, version));
    out.text(tableXml(this.#header.meta, this.#fields, format));
    return out.take();
  }

  /**
   * One batch of rows. In the binary formats some bytes may wait for the next call.
   *
   * @throws {TableShapeError} if the columns are not those of the header.
   */
  rows(batch: Table): Uint8Array {
    const { out, format } = this.#context;
    this.#checkColumns(batch.columns);
    if (format === 'TABLEDATA') writeTextRows(out, batch.columns, this.#fields, 0, batch.nrows);
    else {
      writeBinaryRows(this.#raw, batch.columns, this.#fields, 0, batch.nrows, format === 'BINARY2');
      const encoded = this.#raw.drain(this.#raw.length - (this.#raw.length % 57), this.#encode);
      if (out.length === 0) return encoded;
      out.append(encoded);
    }
    return out.take();
  }

  /** The end of the document, with `infos` after the table (QUERY_STATUS of an overflow or late error). */
  finish(infos: readonly Info[] = []): Uint8Array {
    const { out, format } = this.#context;
    if (format !== 'TABLEDATA') out.append(this.#encode(this.#raw.take()));
    out.text(tableEndXml(format));
    out.text('</TABLE>\n');
    for (const info of infos) out.text(infoXml(info));
    for (const element of this.#header.resource.foreign ?? []) out.text(elementXml(element));
    out.text('</RESOURCE>\n</VOTABLE>\n');
    return out.take();
  }

  #checkColumns(columns: readonly Column[]): void {
    if (columns.length !== this.#fields.length)
      throw new TableShapeError(`a batch must have ${this.#fields.length} columns; found ${columns.length}`, {
        details: { expected: this.#fields.length, found: columns.length },
      });
    for (const [i, column] of columns.entries()) {
      const { spec } = this.#fields[i];
      if (column.datatype !== spec.datatype || column.shape.join() !== (spec.shape ?? []).join())
        throw new TableShapeError(
          `column ${i} of a batch must be ${spec.datatype}[${(spec.shape ?? []).join()}] like "${spec.name}"; found ${column.datatype}[${column.shape.join()}]`,
          {
            details: { column: spec.name, expected: i, found: i },
          },
        );
    }
    checkUnsigned(columns);
  }
}

function checkUnsigned(columns: readonly Column[]): void {
  for (const column of columns)
    if (column.datatype === 'uint64' && (column.data as BigUint64Array).some((value) => value > 9223372036854775807n))
      throw new UnsupportedTableError(`column "${column.name}" exceeds 2^63 - 1, the largest VOTable long; convert it to strings`, {
        details: { format: 'votable', column: column.name },
      });
}

function headXml(document: VotableDocument, version: string): string {
  return (
    `<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE${attributesXml({ ID: document.id, version })} xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n` +
    descriptionXml(document.description) +
    partsXml(document, version)
  );
}

function resourceXml(resource: VotableResource, version: string): string {
  return (
    `<RESOURCE${attributesXml({ name: resource.name, ID: resource.id, type: resource.type, utype: resource.utype })}>\n` +
    descriptionXml(resource.description) +
    partsXml(resource, version)
  );
}

/** The parts in the order that the schema wants them: INFO, COOSYS, TIMESYS, PARAM and GROUP in any order, then the rest. */
function partsXml(
  parts: Pick<VotableDocument, 'infos' | 'coordinateSystems' | 'timeSystems' | 'params' | 'groups'>,
  version: string,
): string {
  const lines = [
    ...(parts.coordinateSystems ?? []).map(
      (s) =>
        `<COOSYS${attributesXml({ ID: s.id, system: s.system, equinox: s.equinox, epoch: s.epoch, refposition: version === '1.5' ? s.refposition : undefined })}/>`,
    ),
    ...(version === '1.3'
      ? []
      : (parts.timeSystems ?? []).map(
          (s) => `<TIMESYS${attributesXml({ ID: s.id, timeorigin: s.timeorigin, timescale: s.timescale, refposition: s.refposition })}/>`,
        )),
    ...(parts.infos ?? []).map(infoXml),
    ...(parts.params ?? []).map(paramXml),
    ...(parts.groups ?? []).map(groupXml),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function tableXml(meta: TableMeta, fields: readonly VotableField[], format: VotableFormat): string {
  const parts = [
    `<TABLE${attributesXml({ ID: meta.id, name: meta.name, ucd: meta.ucd, utype: meta.utype })}>`,
    descriptionXml(meta.description),
    ...fields.map(fieldXml),
    ...(meta.params ?? []).map(paramXml),
    ...(meta.groups ?? []).map(groupXml),
    ...(meta.links ?? []).map(linkXml),
    format === 'TABLEDATA' ? '<DATA><TABLEDATA>' : `<DATA><${format}><STREAM encoding="base64">`,
  ];
  return parts
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('');
}

function tableEndXml(format: VotableFormat): string {
  return format === 'TABLEDATA' ? '</TABLEDATA></DATA>\n' : `</STREAM></${format}></DATA>\n`;
}

function infoXml(info: Info): string {
  const open = `<INFO${attributesXml({ ID: info.id, name: info.name, value: info.value, unit: info.unit, ucd: info.ucd, utype: info.utype, xtype: info.xtype, ref: info.ref })}`;
  return info.text === undefined || info.text === '' ? `${open}/>` : `${open}>${escapeXml(info.text)}</INFO>`;
}

function paramXml(param: Param): string {
  const { id, description, ...rest } = param;
  const open = `<PARAM${attributesXml({ ID: id, ...rest })}`;
  return description ? `${open}>${descriptionXml(description)}</PARAM>` : `${open}/>`;
}

function groupXml(group: Group): string {
  const refs = [
    ...group.fieldRefs.map((ref) => `<FIELDref${attributesXml({ ref: ref.ref, ucd: ref.ucd, utype: ref.utype })}/>`),
    ...group.paramRefs.map((ref) => `<PARAMref${attributesXml({ ref: ref.ref, ucd: ref.ucd, utype: ref.utype })}/>`),
  ];
  return (
    `<GROUP${attributesXml({ ID: group.id, name: group.name, ref: group.ref, ucd: group.ucd, utype: group.utype })}>` +
    descriptionXml(group.description) +
    refs.join('') +
    group.params.map(paramXml).join('') +
    group.groups.map(groupXml).join('') +
    '</GROUP>'
  );
}
