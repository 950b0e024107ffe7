import { computeMedianAndSigma, convolveImage, createImage, gaussianKernel, type Image, imageOf, knownPlaneBits } from '@almagest/image';
import { labelAbove, LABEL_PITCH, type Labels } from '@almagest/kernels';
import { computeClippedMean } from '../combine/clipped-mean.ts';
import { UNUSABLE_PLANES, type Warp } from '../warps/warp.ts';
import { extendTrail, isTrail } from './trails.ts';

export interface CompareOptions {
  /** Outliers must exceed this [sigma of the smoothed difference]; default 5. */
  readonly thresholdSigma?: number;
  /** Groups of fewer pixels are left alone; default 4. */
  readonly leastPixels?: number;
  /** Gaussian that differences are smoothed with before the threshold [pixel]; default 1.5, about the width of a PSF. */
  readonly smoothSigma?: number;
  /** Artefacts are grown by this radius [pixel]; default 4. */
  readonly growPixels?: number;
  /** A group is an artefact if more than this share of its pixels is an outlier in few epochs; default 0.5. */
  readonly rareShare?: number;
  /** A group is kept if on most of its pixels the outlier is less than this share of the static light; default 0.2. */
  readonly protectShare?: number;
}

/** What was found in one epoch. */
export interface EpochArtifacts {
  readonly id: string;
  /** 1 where the epoch must not be used; row-major, of the warps' box. */
  readonly rejected: Uint8Array;
  readonly artifacts: number;
  readonly trails: number;
  readonly rejectedShare: number;
}

/**
 * Finds what is in few epochs only: cosmic rays, trails, asteroids, ghosts, by comparison with the static sky.
 *
 * Each epoch minus the clipped mean of all is searched for outliers of either sign. A group of outlying pixels is an
 * artefact if most of its pixels are outliers in at most N_max of the N epochs there: 0 for N up to 2, 1 for 3 and 4, 2 for
 * 5, 2 + 0.03 N beyond; what outlies more often is a variable or a PSF mismatch and stays. Long narrow groups are followed
 * along their line over the whole patch. Everything found is grown. Outliers on sources that outshine them are kept, since
 * there a PSF mismatch looks alike.
 *
 * @param warps - One patch, background subtracted, on one flux scale, best matched to one PSF.
 * @remarks On simulated epochs over 95 % of the pixels of trails, cosmic rays and asteroids are removed and star fluxes
 * keep within 2 mmag (compare-epochs.recovery.test.ts). @see Rubin Observatory DMTN-080 for the rule.
 */
export function compareEpochs(warps: readonly Warp[], options: CompareOptions = {}): EpochArtifacts[] {
  const { thresholdSigma = 5, leastPixels = 4, smoothSigma = 1.5, growPixels = 4, rareShare = 0.5, protectShare = 0.2 } = options;
  const { mean } = computeClippedMean(warps);
  const size = mean.width * mean.height;
  const observed = new Uint16Array(size);
  const scales: readonly Scale[] = [
    { smoothSigma, leastPixels, protectShare, outlying: new Uint16Array(size) },
    { smoothSigma: 0, leastPixels: 1, protectShare: Math.max(protectShare, SHARP_PROTECT_SHARE), outlying: new Uint16Array(size) },
  ];
  const epochs = warps.map((warp) => {
    const difference = subtract(warp, mean, observed);
    const searches = scales.map((scale) => {
      const significance = smooth(difference, warp, { sigmaPixels: scale.smoothSigma, epochs: warps.length });
      const negative: Image = { ...significance, data: significance.data.map((value) => -value) };
      const groups = [significance, negative].map((plane) => labelAbove({ input: plane, threshold: thresholdSigma, measure: difference }));
      for (const labels of groups) forEachPixel(labels, scale.leastPixels, mean.width, (at) => scale.outlying[at]++);
      return { scale, significance, groups };
    });
    return { id: warp.id, difference, searches };
  });
  return epochs.map(({ id, difference, searches }) => {
    const rejected = new Uint8Array(size);
    let [artifacts, trails] = [0, 0];
    for (const { scale, significance, groups } of searches)
      for (const labels of groups)
        for (const group of artifactGroups(labels, { ...scale, observed, mean, difference, rareShare })) {
          artifacts++;
          paintGrown(labels, group, growPixels, { rejected, width: mean.width, height: mean.height });
          if (!isTrail(labels, group)) continue;
          trails++;
          extendTrail(labels, group, { significance, growPixels, rejected });
        }
    return { id, rejected, artifacts, trails, rejectedShare: rejected.reduce((sum, value) => sum + value, 0) / size };
  });
}

/** A search for outliers: on differences smoothed to the width of a PSF, or pixel by pixel for what is sharper, as cosmic rays are. */
interface Scale {
  readonly smoothSigma: number;
  readonly leastPixels: number;
  readonly protectShare: number;
  /** Epochs in which a pixel belongs to a group of outliers. */
  readonly outlying: Uint16Array;
}

/** Single pixels on sources must outshine them by this part: a PSF mismatch is largest there. */
const SHARP_PROTECT_SHARE = 0.5;

/** Most epochs in which an artefact may show, of N that see the place. */
export function mostRareEpochs(epochs: number): number {
  if (epochs <= 2) return 0;
  if (epochs <= 4) return 1;
  return epochs === 5 ? 2 : 2 + 0.03 * epochs;
}

/** Warp minus static sky in units of the warp's noise, 0 where it is unusable; counts the usable pixels. */
function subtract({ maskedImage }: Warp, mean: Image, observed: Uint16Array): Image {
  const { image, mask, variance } = maskedImage;
  const bad = knownPlaneBits(mask.planes, UNUSABLE_PLANES);
  const out = createImage(mean.width, mean.height, mean);
  for (let j = 0; j < mean.height; j++)
    for (let i = 0; i < mean.width; i++) {
      const at = j * mean.width + i;
      const value = image.data[j * image.stride + i] - mean.data[at];
      const noise = variance.data[j * variance.stride + i];
      if ((mask.data[j * mask.stride + i] & bad) !== 0 || !(value - value === 0) || !(noise > 0)) continue;
      observed[at]++;
      out.data[at] = value;
    }
  return out;
}

/** The difference over its noise, smoothed if asked for, on the scale of its own robust spread. */
function smooth(
  difference: Image,
  { maskedImage: { variance } }: Warp,
  { sigmaPixels, epochs }: { readonly sigmaPixels: number; readonly epochs: number },
): Image {
  const scaled = createImage(difference.width, difference.height, difference);
  for (let j = 0; j < difference.height; j++)
    for (let i = 0; i < difference.width; i++) {
      const value = difference.data[j * difference.stride + i];
      if (value !== 0) scaled.data[j * scaled.stride + i] = value / Math.sqrt(variance.data[j * variance.stride + i]);
    }
  const smoothed = sigmaPixels > 0 ? convolveImage(scaled, gaussianKernel(sigmaPixels), { edge: 'zero' }) : scaled;
  // The spread is that of the pixels that the epoch covers; zeros outside would make it too small.
  const covered = smoothed.data.filter((_, k) => difference.data[k] !== 0);
  const spread = covered.length > 0 ? computeMedianAndSigma(imageOf(covered, covered.length, 1)).sigma : 0;
  // Every epoch is part of the mean and draws it near, but an outlier was clipped from it and is apart by both noises.
  const sigma = sigmaPixels > 0 ? spread : Math.max(spread, Math.sqrt(epochs / Math.max(1, epochs - 1)));
  if (sigma > 0) for (let k = 0; k < smoothed.data.length; k++) smoothed.data[k] /= sigma;
  return smoothed;
}

interface Judgement {
  readonly outlying: Uint16Array;
  readonly observed: Uint16Array;
  readonly mean: Image;
  readonly difference: Image;
  readonly leastPixels: number;
  readonly rareShare: number;
  readonly protectShare: number;
}

/** Groups that are in few epochs and do not lie where static light outshines them. */
function artifactGroups(labels: Labels, judge: Judgement): number[] {
  const rare = new Float64Array(labels.count);
  const outshone = new Float64Array(labels.count);
  const { mean, difference, outlying, observed, protectShare } = judge;
  const { runs } = labels;
  for (let k = 0; k < runs.length; k += 4)
    for (let x = runs[k + 1]; x < runs[k + 2]; x++) {
      const at = runs[k] * mean.width + x;
      if (outlying[at] <= mostRareEpochs(observed[at])) rare[runs[k + 3]]++;
      if (Math.abs(difference.data[at]) < protectShare * mean.data[at]) outshone[runs[k + 3]]++;
    }
  return [...rare.keys()].filter((group) => {
    const pixels = labels.sums[group * LABEL_PITCH];
    return pixels >= judge.leastPixels && rare[group] > judge.rareShare * pixels && outshone[group] <= 0.5 * pixels;
  });
}

function forEachPixel(labels: Labels, leastPixels: number, width: number, visit: (at: number) => void): void {
  const { runs } = labels;
  for (let k = 0; k < runs.length; k += 4) {
    if (labels.sums[runs[k + 3] * LABEL_PITCH] < leastPixels) continue;
    for (let x = runs[k + 1]; x < runs[k + 2]; x++) visit(runs[k] * width + x);
  }
}

interface Canvas {
  readonly rejected: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Paints a group and all pixels within `radius` of it. */
function paintGrown(labels: Labels, group: number, radius: number, { rejected, width, height }: Canvas): void {
  const { runs } = labels;
  const reach = Math.floor(radius);
  for (let k = 0; k < runs.length; k += 4) {
    if (runs[k + 3] !== group) continue;
    for (let dy = -reach; dy <= reach; dy++) {
      const y = runs[k] + dy;
      if (y < 0 || y >= height) continue;
      const side = Math.floor(Math.sqrt(radius * radius - dy * dy));
      rejected.fill(1, y * width + Math.max(0, runs[k + 1] - side), y * width + Math.min(width, runs[k + 2] + side));
    }
  }
}
