/** Five exposures of one field, one of them crossed by a satellite, become a clean stack and a picture of it. */
import { combineWarps, compareEpochs, makeWarp, type Warp } from '@almagest/coaddition';
import { createMaskedImage, encodePng, type Exposure, exposureOf, fillImage, moffatPsf, renderGray, sumInCircle } from '@almagest/image';
import { createWcs, type SkyWcs } from '@almagest/wcs';

const SIDE = 256;
const psf = moffatPsf(4);

/** A camera of 0.2 arcsec pixels, pointed a little differently every time. */
function wcsOf(dither: number): SkyWcs {
  const scale = 0.2 / 3600;
  const crpix: [number, number] = [128 + 3.3 * dither, 128 - 2.7 * dither];
  return createWcs({ crpix, cd: [-scale, 0, 0, scale], projection: 'TAN', crval: [150, 2], frame: { system: 'ICRS' } });
}

/** Stars on a lattice of the sky, noise of 5, and a trail in exposure 2. */
function observe(epoch: number): Exposure & { readonly wcs: SkyWcs } {
  const wcs = wcsOf(epoch);
  const { image, mask, variance } = createMaskedImage(SIDE, SIDE);
  fillImage(variance, 25);
  for (let k = 0; k < 16; k++) {
    const sky = wcsOf(0).pixelToSky(40 + 58 * (k % 4), 40 + 58 * Math.floor(k / 4));
    const at = wcs.skyToPixel(sky.ra, sky.dec);
    const star = psf.computeImage(at.x, at.y);
    star.data.forEach((value, n) => {
      const [x, y] = [star.x0 + (n % star.width), star.y0 + Math.floor(n / star.width)];
      if (x >= 0 && y >= 0 && x < SIDE && y < SIDE) image.data[y * SIDE + x] += 20_000 * value;
    });
  }
  let state = 7 + epoch;
  const uniform = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  image.data.forEach((_, n) => (image.data[n] += 5 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform())));
  if (epoch === 2) for (let x = 0; x < SIDE; x++) for (let w = -2; w <= 2; w++) image.data[(Math.floor(60 + x / 2) + w) * SIDE + x] += 80;
  return { ...exposureOf({ image, mask, variance }, { psf }), wcs };
}

const patch = { wcs: wcsOf(0), box: { x0: 8, y0: 8, width: 240, height: 240 } };
const warps = [0, 1, 2, 3, 4]
  .map((epoch) => makeWarp(`exposure ${epoch}`, observe(epoch), patch))
  .filter((warp): warp is Warp => warp !== undefined);
const artifacts = compareEpochs(warps);
const { maskedImage } = combineWarps(
  warps,
  artifacts.map(({ rejected }) => rejected),
);

for (const { id, artifacts: found, trails } of artifacts) console.log(`${id}: ${found} artefacts, ${trails} of them trails`);
const { sum } = sumInCircle(maskedImage.image, { x: 98, y: 98 }, 10, { variance: maskedImage.variance });
console.log(`a star of 20000 counts has ${sum.toFixed(0)} within 10 pixels`);
console.log(`picture: ${encodePng(renderGray(maskedImage.image)).length} bytes of PNG`);
