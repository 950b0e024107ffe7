import { inflateRawSync } from 'node:zlib';
import type { ByteSource } from '@almagest/fits';
import { ArtifactCorruptError } from '../errors.ts';

const END_SIGNATURE = 0x06054b50;
const ENTRY_SIGNATURE = 0x02014b50;
const LOCAL_SIGNATURE = 0x04034b50;
/** The end record with the longest comment [byte]. */
const END_REACH = 22 + 65_535;

/** One file of a bundle. */
interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

/** The recorded path of a member of a bundle. */
export function memberPath(file: string, member: string): string {
  return `${file}#zip-path=${encodeURIComponent(member)}`;
}

/** Splits a recorded path into the file and the member inside it, if it names one. */
export function splitMember(path: string): { readonly file: string; readonly member: string | undefined } {
  const at = path.indexOf('#zip-path=');
  return at < 0
    ? { file: path, member: undefined }
    : { file: path.slice(0, at), member: decodeURIComponent(path.slice(at + '#zip-path='.length)) };
}

/**
 * Opens one member of a ZIP bundle; only its own bytes are read. Members are stored or deflated; bundles beyond 4 GiB are refused.
 *
 * @throws {ArtifactCorruptError} if the bundle is damaged or lacks the member.
 */
export async function zipMember(source: ByteSource, member: string, path: string): Promise<ByteSource> {
  const found = await findZipMember(source, member, path);
  if (found) return found;
  throw new ArtifactCorruptError(`the bundle ${path} has no member ${member}`, { details: { path, member } });
}

/** The same; undefined where the bundle lacks the member. @throws {ArtifactCorruptError} if it is damaged. */
export async function findZipMember(source: ByteSource, member: string, path: string): Promise<ByteSource | undefined> {
  const entry = (await listEntries(source, path)).find((found) => found.name === member);
  if (!entry) return undefined;
  const local = viewOf(await source.read(entry.offset, 30));
  if (local.byteLength < 30 || local.getUint32(0, true) !== LOCAL_SIGNATURE) throw damaged(path);
  const start = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true);
  if (start + entry.packed > source.size || (entry.method === 0 && entry.packed !== entry.size)) throw damaged(path);
  if (entry.method === 0)
    return {
      size: entry.size,
      read: async (offset, length) => await source.read(start + offset, Math.max(0, Math.min(length, entry.size - offset))),
    };
  if (entry.method !== 8)
    throw new ArtifactCorruptError(`member ${member} of ${path} is packed by method ${entry.method}; stored and deflated ones can be read`);
  const bytes = inflate(await source.read(start, entry.packed), entry.size, path);
  return { size: bytes.length, read: async (offset, length) => bytes.subarray(offset, offset + length) };
}

function inflate(packed: Uint8Array, size: number, path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = new Uint8Array(inflateRawSync(packed, { maxOutputLength: size + 1 }));
  } catch {
    throw damaged(path);
  }
  if (bytes.length !== size) throw damaged(path);
  return bytes;
}

async function listEntries(source: ByteSource, path: string): Promise<readonly ZipEntry[]> {
  const reach = Math.min(END_REACH, source.size);
  const tail = viewOf(await source.read(source.size - reach, reach));
  let end = tail.byteLength - 22;
  while (end >= 0 && tail.getUint32(end, true) !== END_SIGNATURE) end -= 1;
  if (end < 0) throw damaged(path);
  const [count, size, offset] = [tail.getUint16(end + 10, true), tail.getUint32(end + 12, true), tail.getUint32(end + 16, true)];
  if (offset === 0xffff_ffff || offset + size > source.size) throw damaged(path);
  const directory = viewOf(await source.read(offset, size));
  const entries: ZipEntry[] = [];
  for (let i = 0, at = 0; i < count; i += 1) {
    if (at + 46 > directory.byteLength || directory.getUint32(at, true) !== ENTRY_SIGNATURE) throw damaged(path);
    const [nameLength, extra, comment] = [
      directory.getUint16(at + 28, true),
      directory.getUint16(at + 30, true),
      directory.getUint16(at + 32, true),
    ];
    if (at + 46 + nameLength > directory.byteLength) throw damaged(path);
    const name = new TextDecoder().decode(new Uint8Array(directory.buffer, directory.byteOffset + at + 46, nameLength));
    entries.push({
      name,
      method: directory.getUint16(at + 10, true),
      packed: directory.getUint32(at + 20, true),
      size: directory.getUint32(at + 24, true),
      offset: directory.getUint32(at + 42, true),
    });
    at += 46 + nameLength + extra + comment;
  }
  return entries;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function damaged(path: string): ArtifactCorruptError {
  return new ArtifactCorruptError(`${path} is no readable ZIP bundle`, { details: { path } });
}
