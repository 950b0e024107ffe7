import type { DataCoordinate } from '../dimensions/data-coordinate.ts';
import { sha1 } from './sha1.ts';

/** How the id of a new dataset is made. The deterministic modes give equal ids at every site. */
export type DatasetIdMode = 'unique' | 'dataid_type' | 'dataid_type_run';

/** Namespace of deterministic dataset ids, fixed by the field's repositories. */
const NAMESPACE = Uint8Array.of(0x84, 0x0b, 0x31, 0xd9, 0x05, 0xcd, 0x51, 0x61, 0xb2, 0xc8, 0x00, 0xd3, 0x2b, 0x28, 0x0d, 0x0f);

/** A new dataset id: UUID version 7 for `unique`, otherwise version 5 of type, data ID and, if asked, run. */
export function makeDatasetId(
  mode: DatasetIdMode,
  options: { readonly datasetType: string; readonly dataId: DataCoordinate; readonly run: string },
): string {
  if (mode === 'unique') return uuid7();
  const parts = [`dataset_type=${options.datasetType}`];
  if (mode === 'dataid_type_run') parts.push(`run=${options.run}`);
  const names = options.dataId.dimensions.required.toSorted();
  for (const name of names) parts.push(`${name}=${options.dataId.get(name)}`);
  return uuid5(NAMESPACE, parts.join(','));
}

/** UUID version 5 (RFC 9562): SHA-1 of namespace and name. */
export function uuid5(namespace: Uint8Array, name: string): string {
  const text = new TextEncoder().encode(name);
  const named = new Uint8Array(namespace.length + text.length);
  named.set(namespace);
  named.set(text, namespace.length);
  const bytes = sha1(named).subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

const pool = new Uint8Array(16 * 256);
let used = pool.length;

/** UUID version 7 (RFC 9562): milliseconds since 1970 UTC, then random bits; sorts by time of creation. */
export function uuid7(nowMs: number = Date.now()): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  const bytes = pool.subarray(used, (used += 16));
  bytes[0] = Math.floor(nowMs / 2 ** 40);
  bytes[1] = Math.floor(nowMs / 2 ** 32);
  bytes[2] = Math.floor(nowMs / 2 ** 24);
  bytes[3] = Math.floor(nowMs / 2 ** 16);
  bytes[4] = Math.floor(nowMs / 2 ** 8);
  bytes[5] = nowMs;
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return formatUuid(bytes);
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function formatUuid(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < 16; i += 1) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += '-';
    text += HEX[bytes[i]!];
  }
  return text;
}

/** Whether text is a UUID, with or without hyphens. */
export function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text);
}

/** Canonical form with hyphens and small letters. */
export function canonicalUuid(text: string): string {
  const hex = text.replaceAll('-', '').toLowerCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
