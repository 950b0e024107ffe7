import { pixelBasisPsf, type Psf } from '@almagest/image';

/** A round Moffat PSF (beta 3.5) held as samples of half a pixel: fast to render at any phase. */
export function modelPsf(fwhm: number, halfWidthPixels = 16): Psf {
  const half = 2 * halfWidthPixels;
  const side = 2 * half + 1;
  const alpha2 = (fwhm / 2) ** 2 / (2 ** (1 / 3.5) - 1);
  const coefficients = Float64Array.from(
    { length: side * side },
    (_, k) => (1 + (((k % side) - half) ** 2 + (Math.floor(k / side) - half) ** 2) / 4 / alpha2) ** -3.5,
  );
  return pixelBasisPsf({
    halfWidth: half,
    sampling: 0.5,
    order: 0,
    box: { x0: 0, y0: 0, width: 100, height: 100 },
    coefficients,
    averagePosition: { x: 50, y: 50 },
    fwhmPixels: fwhm,
  });
}
