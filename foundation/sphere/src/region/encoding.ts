import { RegionDecodeError } from '../errors.ts';
import type { Vec3 } from '../vector/vec3.ts';
import { HALF_PI } from '../vector/lon-lat.ts';
import type { Region } from './region.ts';

/**
 * Writes a region as the bytes of lsst.sphgeom: one letter for the kind, then little-endian doubles.
 *
 * A polygon that is not convex is written as the union of its triangles, which sphgeom reads.
 *
 * @returns Fresh bytes: circle 41, box 33, ellipse 113, polygon 1 + 24 per vertex, compound 1 + (8 + size) per operand.
 */
export function encodeRegion(region: Region): Uint8Array {
  switch (region.kind) {
    case 'circle':
      return doubles('c', [...xyz(region.center), region.squaredChord, region.radius]);
    case 'box':
      return doubles('b', [region.lon.a, region.lon.b, region.lat.a, region.lat.b]);
    case 'ellipse': {
      const a = region.alpha - HALF_PI;
      const b = region.beta - HALF_PI;
      return doubles('e', [...region.axes.flatMap(xyz), a, b, region.gamma, Math.abs(Math.tan(a)), Math.abs(Math.tan(b))]);
    }
    case 'polygon':
      return doubles('p', region.vertices.flatMap(xyz));
    case 'simple-polygon':
      return compound('u', region.triangles);
    case 'union':
      return compound('u', region.operands);
    case 'intersection':
      return compound('i', region.operands);
  }
}

/**
 * Reads the bytes that sphgeom or {@link encodeRegion} wrote.
 *
 * @throws {RegionDecodeError} for unknown kinds, wrong sizes, values that are no region, or nesting beyond 32.
 */
export function decodeRegion(bytes: Uint8Array): Region {
  return decodeAt(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), 0, bytes.byteLength, 0);
}

/** Writes the base64 text that registries keep. */
export function encodeRegionBase64(region: Region): string {
  return btoa(String.fromCharCode(...encodeRegion(region)));
}

/**
 * Reads base64 text; several texts joined by ':' are a union and the empty text is the empty union, as in sphgeom.
 *
 * @throws {RegionDecodeError} for bad base64 or bad bytes.
 */
export function decodeRegionBase64(text: string): Region {
  if (text === '') return { kind: 'union', operands: [] };
  const operands = text.split(':').map(decodeOneBase64);
  return operands.length === 1 ? operands[0] : { kind: 'union', operands };
}

function decodeOneBase64(text: string): Region {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new RegionDecodeError('region text: expected base64; found other characters or a wrong length', {
      cause,
      details: { offset: 0 },
    });
  }
  return decodeRegion(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

const SIZES: Readonly<Record<string, number>> = { c: 5, b: 4, e: 14 };

function decodeAt(view: DataView, begin: number, end: number, depth: number): Region {
  if (end - begin < 1) throw decodeError('expected a kind letter; found no bytes', begin);
  const kind = String.fromCharCode(view.getUint8(begin));
  const size = end - begin - 1;
  if (kind === 'u' || kind === 'i') return decodeCompound(view, begin, end, depth);
  const expected = SIZES[kind];
  if (expected === undefined && kind !== 'p')
    throw decodeError(`expected one of the kinds b, c, e, p, u, i; found byte ${view.getUint8(begin)}`, begin);
  if (expected === undefined ? size % 24 !== 0 || size < 72 : size !== expected * 8)
    throw decodeError(`kind ${kind} does not have ${size} bytes`, begin);
  const v = Array.from({ length: size / 8 }, (_, i) => view.getFloat64(begin + 1 + 8 * i, true));
  if (kind !== 'b' && !v.every(Number.isFinite)) throw decodeError(`kind ${kind} holds a value that is not finite`, begin);
  if (kind === 'b') return { kind: 'box', lon: { a: v[0], b: v[1] }, lat: { a: v[2], b: v[3] } };
  if (kind === 'c') return { kind: 'circle', center: unit(v, 0, begin), squaredChord: v[3], radius: v[4] };
  if (kind === 'p') return { kind: 'polygon', vertices: Array.from({ length: size / 24 }, (_, i) => unit(v, 3 * i, begin)) };
  const axes = [unit(v, 0, begin), unit(v, 3, begin), unit(v, 6, begin)] as const;
  return { kind: 'ellipse', axes, alpha: v[9] + HALF_PI, beta: v[10] + HALF_PI, gamma: v[11] };
}

function decodeCompound(view: DataView, begin: number, end: number, depth: number): Region {
  if (depth >= 32) throw decodeError('compound regions nest deeper than 32', begin);
  const operands: Region[] = [];
  for (let at = begin + 1; at < end;) {
    const size = end - at >= 8 ? Number(view.getBigUint64(at, true)) : -1;
    if (size < 1 || size > end - at - 8) throw decodeError('an operand is longer than the bytes that are left', at);
    operands.push(decodeAt(view, at + 8, at + 8 + size, depth + 1));
    at += 8 + size;
  }
  return { kind: view.getUint8(begin) === 0x75 ? 'union' : 'intersection', operands };
}

function unit(v: readonly number[], at: number, offset: number): Vec3 {
  const [x, y, z] = v.slice(at, at + 3);
  if (Math.abs(x * x + y * y + z * z - 1) > 1e-12) throw decodeError(`expected a unit vector; found (${x}, ${y}, ${z})`, offset);
  return { x, y, z };
}

function doubles(kind: string, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + 8 * values.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = kind.charCodeAt(0);
  for (const [i, value] of values.entries()) view.setFloat64(1 + 8 * i, value, true);
  return bytes;
}

function compound(kind: string, operands: readonly Region[]): Uint8Array {
  const parts = operands.map(encodeRegion);
  const bytes = new Uint8Array(1 + parts.reduce((sum, part) => sum + 8 + part.length, 0));
  const view = new DataView(bytes.buffer);
  bytes[0] = kind.charCodeAt(0);
  let at = 1;
  for (const part of parts) {
    view.setBigUint64(at, BigInt(part.length), true);
    bytes.set(part, at + 8);
    at += 8 + part.length;
  }
  return bytes;
}

function xyz(v: Vec3): number[] {
  return [v.x, v.y, v.z];
}

function decodeError(why: string, offset: number): RegionDecodeError {
  return new RegionDecodeError(`region bytes: ${why} (byte ${offset})`, { details: { offset } });
}
