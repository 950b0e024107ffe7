import { crc32, deflateSync } from 'node:zlib';
import type { Picture } from '@almagest/image';

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Level at which deflate gives most of its gain: 9 takes three times as long for two in a hundred. */
const LEVEL = 6;

/**
 * PNG file of a picture with an opacity of 0 (transparent) to 255 a pixel, rows as in the picture. Each row is coded as
 * differences to the pixel on the left, and the system's own deflate packs them. @see PNG (Third Edition), sections 5, 9 and 11
 */
export function encodeTransparentPng({ width, height, channels, data }: Picture, opacity: Uint8Array): Uint8Array {
  const layers = channels + 1;
  const rows = new Uint8Array(height * (1 + width * layers));
  for (let j = 0, at = 0; j < height; j++) {
    rows[at++] = 1;
    for (let i = 0; i < width; i++, at += layers) {
      const k = j * width + i;
      const before = i > 0 ? 1 : 0;
      for (let c = 0; c < channels; c++) rows[at + c] = data[channels * k + c]! - before * data[channels * (k - before) + c]!;
      rows[at + channels] = opacity[k]! - before * opacity[k - before]!;
    }
  }
  const head = new DataView(new ArrayBuffer(13));
  head.setUint32(0, width);
  head.setUint32(4, height);
  head.setUint8(8, 8);
  // Gray with alpha is colour type 4, red green blue with alpha 6.
  head.setUint8(9, channels === 1 ? 4 : 6);
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', new Uint8Array(head.buffer)),
    chunk('IDAT', deflateSync(rows, { level: LEVEL })),
    chunk('IEND', new Uint8Array(0)),
  ]);
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
