import { join } from 'node:path';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';
import { writeFileAtomic } from '@almagest/resources';

/** Writes a TAN image whose pixel value is a smooth function of the place on the sky; NaN in a corner. */
export async function writeSampleImage(
  folder: string,
  name: string,
  { ra, dec, side = 160, scale = 0.02, gain = 1 }: { ra: number; dec: number; side?: number; scale?: number; gain?: number },
): Promise<string> {
  const data = new Float32Array(side * side);
  for (let j = 0; j < side; j++)
    for (let i = 0; i < side; i++)
      data[j * side + i] = i < 20 && j < 20 ? Number.NaN : gain * (100 + i + 0.5 * j + 20 * Math.sin(i / 9) * Math.cos(j / 7));
  const header = Header.of({
    CTYPE1: 'RA---TAN',
    CTYPE2: 'DEC--TAN',
    CRVAL1: ra,
    CRVAL2: dec,
    CRPIX1: (side + 1) / 2,
    CRPIX2: (side + 1) / 2,
    CD1_1: -scale,
    CD1_2: 0,
    CD2_1: 0,
    CD2_2: scale,
    RADESYS: 'ICRS',
    BUNIT: 'nJy',
  });
  const path = join(folder, `${name}.fits`);
  await writeFileAtomic(path, await fitsBytes([imageHdu({ data, shape: [side, side], header })]));
  return path;
}
