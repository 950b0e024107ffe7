import { determinantRadius, evaluateField, FWHM_PER_SIGMA } from '@almagest/image';
import type { CharacterizedImage } from '../characterize/characterize-image.ts';
import { CALIBRATION_RADIUS } from '../plugins/apertures.ts';

/** Places over the detector, a side, at which the PSF is looked at. */
const GRID = 8;

/** What the CcdVisit table says of sky and PSF; NaN where nothing is known. Lengths in pixels. */
export function summarizePsf(result: CharacterizedImage): Readonly<Record<string, number>> {
  const { background, psf, psfFit, fwhmPixels, apertureCorrections, exposure } = result;
  const { width, height } = exposure.maskedImage.image;
  const stars = (psfFit?.stars ?? []).filter((star) => star.used);
  const judges = stars.filter((star) => star.reserved && Number.isFinite(star.sizeResidual));
  const sigma = fwhmPixels / FWHM_PER_SIGMA;
  // A size residual is that of the trace of the moments; half of it is that of the radius.
  const sizes = judges.map((star) => 0.5 * star.sizeResidual * sigma);
  const places = Array.from({ length: GRID * GRID }, (_, k) => [
    (((k % GRID) + 0.5) * width) / GRID - 0.5,
    ((Math.floor(k / GRID) + 0.5) * height) / GRID - 0.5,
  ]);
  const correction = apertureCorrections?.psfFlux;
  return {
    psfSigma: sigma,
    skyBg: background.medianLevel,
    skyNoise: background.medianNoise,
    nPsfStar: stars.filter((star) => !star.reserved).length,
    psfStarDeltaE1Median: median(judges.map((star) => star.e1Residual)),
    psfStarDeltaE2Median: median(judges.map((star) => star.e2Residual)),
    psfStarDeltaE1Scatter: scatter(judges.map((star) => star.e1Residual)),
    psfStarDeltaE2Scatter: scatter(judges.map((star) => star.e2Residual)),
    psfStarDeltaSizeMedian: median(sizes),
    psfStarDeltaSizeScatter: scatter(sizes),
    psfStarScaledDeltaSizeScatter: scatter(sizes) / sigma,
    psfTraceRadiusDelta: range(places.map(([x, y]) => determinantRadius(psf.computeShape(x, y)))),
    psfApFluxDelta: range(places.map(([x, y]) => psf.computeApertureFlux(CALIBRATION_RADIUS, x, y))),
    psfApCorrSigmaScaledDelta: correction
      ? range(places.map(([x, y]) => evaluateField(correction.field, x, y))) / correction.error
      : Number.NaN,
    maxDistToNearestPsf: farthestFrom(stars, width, height),
    xSize: width,
    ySize: height,
  };
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

/** Robust standard deviation. */
function scatter(values: readonly number[]): number {
  const middle = median(values);
  return 1.4826 * median(values.map((value) => Math.abs(value - middle)));
}

function range(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values);
}

/** Greatest distance of a place of a fine grid to the nearest star. */
function farthestFrom(stars: readonly { readonly x: number; readonly y: number }[], width: number, height: number): number {
  if (stars.length === 0) return Number.NaN;
  const side = 4 * GRID;
  let farthest = 0;
  for (let j = 0; j <= side; j++)
    for (let i = 0; i <= side; i++) {
      const [x, y] = [(i * (width - 1)) / side, (j * (height - 1)) / side];
      let nearest = Number.POSITIVE_INFINITY;
      for (const star of stars) nearest = Math.min(nearest, (star.x - x) ** 2 + (star.y - y) ** 2);
      farthest = Math.max(farthest, nearest);
    }
  return Math.sqrt(farthest);
}
