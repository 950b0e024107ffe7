/** One PSF model, from a FITS image to a cube of 81 stamps as the peers' judge wants it: image, output. */
import { openFits, imageHdu, writeFits } from '@almagest/fits';
import { findImageHdu, readPlacedImage } from '@almagest/image';
import { openFile, writeFileAtomic } from '@almagest/resources';
import {
  computeSignificance,
  createMatchedFilter,
  detectPeaks,
  fitPixelBasisPsf,
  measureBackground,
  selectStars,
  subtractBackground,
} from '@almagest/characterization';

const [input, output] = process.argv.slice(2);
await using source = await openFile(input!);
const { image } = await readPlacedImage(await findImageHdu(await openFits(source)));
const background = measureBackground(image);
subtractBackground(image, background, image);
const map = { ...image, data: new Float32Array(image.data.length) };
computeSignificance(image, { filter: createMatchedFilter(3.5), noise: background.noise }, map);
const peaks = detectPeaks(map, { threshold: 20, prominence: 3, contrast: 0.001 });
const stars = selectStars(image, peaks, { noise: background.noise, fwhmPixels: 3.5, saturation: 90_000 });
const { psf } = fitPixelBasisPsf(image, stars, { gain: 1, labels: peaks.segmentation });
const places = Array.from({ length: 9 }, (_, i) => 40 + (i * (image.width - 80)) / 8);
const side = psf.computeKernelImage(0, 0).width;
const cube = new Float32Array(81 * side * side);
for (let k = 0; k < 81; k++) cube.set(psf.computeKernelImage(places[k % 9]!, places[Math.floor(k / 9)]!).data, k * side * side);
await writeFileAtomic(output!, writeFits([imageHdu({ data: cube, shape: [81, side, side] })]));
