import { isoFromTaiNs, taiNsFromIso, type Timespan } from '@almagest/time';
import { Document, isMap, isScalar, isSeq, type Node, parseDocument, Scalar, type YAMLMap } from 'yaml';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { isTimespan, storeTimespan, STORED_MAX, STORED_MIN } from '../dimensions/timespan.ts';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { ExchangeFormatError } from '../errors.ts';

/** Version of the exchange format that is written; files of the same major version are read. */
const VERSION = '1.0.2';
const TIME_TAG = '!butler_time/tai/iso';
const SPAN_TAG = '!lsst.daf.butler.Timespan';

/** First byte of an encoded region, with the class that its tag names. */
const REGION_CLASSES: Readonly<Record<string, string>> = {
  p: 'ConvexPolygon',
  c: 'Circle',
  b: 'Box',
  e: 'Ellipse',
  u: 'UnionRegion',
  i: 'IntersectionRegion',
};

/** Fields of a record as the format writes them: spans as two times, nulls left out. */
export function recordEntry(record: DimensionRecord): Readonly<Record<string, unknown>> {
  const entry: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(record.fields)) {
    if (value === null) continue;
    if (name === 'timespan' && isTimespan(value)) {
      const { begin, end } = storeTimespan(value);
      if (begin > STORED_MIN || end < STORED_MAX) Object.assign(entry, { datetime_begin: { $time: begin }, datetime_end: { $time: end } });
    } else if (name === 'region' && value instanceof Uint8Array) entry[name] = { $region: value };
    else entry[name] = value;
  }
  return entry;
}

/** Text of an export file. */
export function formatExport(universe: DimensionUniverse, entries: readonly unknown[]): string {
  const document = new Document(
    {
      description: 'Butler Data Repository Export',
      version: VERSION,
      universe_version: universe.version,
      universe_namespace: universe.namespace,
      data: [],
    },
    { version: '1.1' },
  );
  const list = document.get('data', true) as unknown as { items: unknown[]; flow?: boolean };
  list.flow = entries.length === 0;
  for (const entry of entries) list.items.push(toNode(document, entry));
  return document.toString({ lineWidth: 0, directives: false } as never).replace(/^%YAML.*\n---\n/, '');
}

function toNode(document: Document, value: unknown): Node {
  if (Array.isArray(value)) {
    const node = document.createNode([]) as unknown as { items: Node[]; flow: boolean } & Node;
    node.items = value.map((item) => toNode(document, item));
    node.flow = value.length === 0;
    return node;
  }
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array)
    return document.createNode(typeof value === 'bigint' ? Number(value) : value);
  const tagged = value as Readonly<Record<string, unknown>>;
  if (typeof tagged['$uuid'] === 'string') return tag(new Scalar(tagged['$uuid']), '!uuid');
  if (typeof tagged['$time'] === 'bigint') return tag(new Scalar(timeText(tagged['$time'])), TIME_TAG);
  if (tagged['$region'] instanceof Uint8Array) return regionNode(document, tagged['$region']);
  if ('$timespan' in tagged) return spanNode(document, tagged['$timespan'] as Timespan | undefined);
  const node = document.createNode({}) as YAMLMap;
  for (const [key, item] of Object.entries(tagged)) node.set(document.createNode(key), toNode(document, item));
  return node;
}

function tag<T extends Node>(node: T, name: string): T {
  (node as { tag?: string }).tag = name;
  if (node instanceof Scalar) node.type = Scalar.QUOTE_SINGLE;
  return node;
}

function timeText(at: bigint): string {
  return isoFromTaiNs(at, { scale: 'tai' }).replace('T', ' ');
}

function regionNode(document: Document, bytes: Uint8Array): Node {
  const kind = REGION_CLASSES[String.fromCharCode(bytes[0] ?? 0)];
  if (!kind) throw new ExchangeFormatError(`a region of unknown kind ${bytes[0]} cannot be exported`);
  return tag(document.createNode({ encoded: Buffer.from(bytes).toString('hex') }) as Node, `lsst.sphgeom.${kind}`);
}

function spanNode(document: Document, span: Timespan | undefined): Node {
  const end = (at: bigint | undefined): unknown => (at === undefined ? null : { $time: at });
  return tag(toNode(document, { begin: end(span?.begin), end: end(span?.end) }), SPAN_TAG);
}

/** An export file as data: times and spans in nanoseconds, regions and hashes as bytes. */
export interface ExportFile {
  readonly universeVersion: number;
  readonly universeNamespace: string;
  readonly entries: readonly Readonly<Record<string, unknown>>[];
}

/** @throws {ExchangeFormatError} naming what is wrong. */
export function parseExport(text: string, where: string): ExportFile {
  const document = parseDocument(text, { version: '1.1', logLevel: 'silent', customTags: ['binary'] });
  const [error] = document.errors;
  if (error) throw new ExchangeFormatError(`${where} is no YAML: ${error.message}`);
  const root = fromNode(document.contents, where) as Readonly<Record<string, unknown>> | null;
  if (typeof root !== 'object' || root === null || !Array.isArray(root['data']))
    throw new ExchangeFormatError(`${where} is no export file: it has no list "data"`);
  const version = textOf(root['version'], '0');
  if (!/^[01](\.|$)/.test(version)) throw new ExchangeFormatError(`${where} has format version ${version}; this release reads 1.x`);
  return {
    universeVersion: Number(root['universe_version'] ?? 0),
    universeNamespace: textOf(root['universe_namespace'], 'daf_butler'),
    entries: root['data'] as readonly Readonly<Record<string, unknown>>[],
  };
}

function textOf(value: unknown, missing: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : missing;
}

function fromNode(node: unknown, where: string): unknown {
  if (isSeq(node)) return node.items.map((item) => fromNode(item, where));
  if (isMap(node)) {
    const value = Object.fromEntries(node.items.map((pair) => [String((pair.key as Scalar).value), fromNode(pair.value, where)]));
    if (node.tag?.includes('lsst.sphgeom.')) return new Uint8Array(Buffer.from(String(value['encoded']), 'hex'));
    if (node.tag?.includes('Timespan')) return { begin: value['begin'] ?? undefined, end: value['end'] ?? undefined };
    return value;
  }
  if (!isScalar(node)) return null;
  if (node.tag?.startsWith('!butler_time')) return readTime(node, where);
  return node.value instanceof Uint8Array ? new Uint8Array(node.value) : node.value;
}

function readTime(node: Scalar, where: string): bigint {
  const [, scale = 'tai'] = node.tag!.split('/');
  try {
    return taiNsFromIso(String(node.value), { scale: scale as 'tai' });
  } catch (error) {
    throw new ExchangeFormatError(`${where}: ${String(node.value)} is no time`, { cause: error });
  }
}
