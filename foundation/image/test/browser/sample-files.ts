import { compressedImageHdu, fitsBytes, Header, imageHdu } from '@almagest/fits';
import { parseCsv, writeVotable } from '@almagest/table';

const [WIDTH, HEIGHT] = [200, 160];

/** A frame of stars with a distorted WCS, and the same packed. */
export async function makeFits(): Promise<Uint8Array> {
  const data = Float32Array.from({ length: WIDTH * HEIGHT }, (_unused, i) => 100 + ((i * 7919) % 61) / 3);
  for (let star = 0; star < 40; star++) {
    const [x0, y0] = [(star * 53) % WIDTH, (star * 31) % HEIGHT];
    for (let i = 0; i < data.length; i++) data[i] += 800 * Math.exp(-(((i % WIDTH) - x0) ** 2 + (Math.floor(i / WIDTH) - y0) ** 2) / 4);
  }
  const header = Header.of({
    OBJECT: ['M1', 'target'],
    EXPTIME: [30, '[s] exposure'],
    CTYPE1: 'RA---TAN-SIP',
    CTYPE2: 'DEC--TAN-SIP',
    CRPIX1: 100.5,
    CRPIX2: 80.5,
    CRVAL1: 83.633,
    CRVAL2: 22.0145,
    CD1_1: -5.5e-5,
    CD1_2: 1e-6,
    CD2_1: 1e-6,
    CD2_2: 5.5e-5,
    A_ORDER: 2,
    A_2_0: 1e-5,
    B_ORDER: 2,
    B_0_2: -2e-5,
  });
  return await fitsBytes([
    imageHdu({ data, shape: [HEIGHT, WIDTH], header }),
    await compressedImageHdu({ data: Int16Array.from(data), shape: [HEIGHT, WIDTH], header, name: 'PACKED' }),
  ]);
}

/** A table with exact 64-bit integers, nulls, text and numbers. */
export function makeVotable(): Uint8Array {
  const rows = Array.from({ length: 50 }, (_unused, i) => `${2n ** 60n + BigInt(i)},${i % 7 === 0 ? '' : i / 7},"star ${i}, <&>"`);
  return writeVotable(parseCsv(new TextEncoder().encode(['id,flux,name', ...rows].join('\n'))));
}
