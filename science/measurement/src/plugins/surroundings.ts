import { FWHM_PER_SIGMA } from '@almagest/image';
import { measureLocalBackground } from '../annulus/local-background.ts';
import { sumInCirclesInto } from '../aperture/circle-sums.ts';
import type { MeasurementPlugin } from '../framework/plugin.ts';

/** The sky about a source: local background in a ring, and a top-hat flux that needs no background. */
export const localBackgroundPlugin: MeasurementPlugin = {
  name: 'localBackground',
  columns: [
    { name: 'sky', datatype: 'float64', unit: 'count', description: 'Sky level that was subtracted, per pixel' },
    { name: 'skyErr', datatype: 'float64', unit: 'count', description: 'Noise of a sky pixel' },
    { name: 'localBackground_instFlux', datatype: 'float64', unit: 'count', description: 'Level left in a ring, per pixel' },
    { name: 'localBackground_instFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of that level' },
    { name: 'ctopFlux', datatype: 'float64', unit: 'count', description: 'Compensated top-hat flux: aperture less ring' },
    { name: 'ctopFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of ctopFlux' },
  ],
  flags: [
    { name: 'localBackground_flag', description: 'Too few sky pixels in the ring' },
    { name: 'ctopFlux_flag', description: 'ctopFlux reaches over the edge of the image' },
  ],
  failureFlag: 'localBackground_flag',
  requires: ['x', 'y'],
  prepare({ image, mask, badBits, fwhmPixels, gain, skyLevelAt, detections }, { values, flags }) {
    const sigma = fwhmPixels / FWHM_PER_SIGMA;
    const labels = detections.segmentation;
    const [inner, outer] = [7 * sigma, 15 * sigma];
    // Top-hat of 3 sigma less the mean of the ring from there to 1.5 times as far.
    const radii = [3 * sigma, 4.5 * sigma];
    const sums = new Float64Array(2);
    const areas = new Float64Array(2);
    const space = new Float64Array(Math.ceil((2 * outer + 1) ** 2));
    return (source) => {
      const i = source.index;
      const { x, y, skyVariance } = source;
      values['sky'][i] = skyLevelAt(x, y);
      values['skyErr'][i] = Math.sqrt(skyVariance);
      const ring = measureLocalBackground({ image, labels, mask, badBits, x, y, inner, outer, space });
      values['localBackground_instFlux'][i] = ring.level;
      values['localBackground_instFluxErr'][i] = ring.error;
      if (Number.isNaN(ring.level)) flags['localBackground_flag'][i] = 1;
      const stamp = source.stamp(Math.ceil(6 * sigma) + 2);
      sumInCirclesInto(stamp.plane, { x: x - stamp.x0, y: y - stamp.y0 }, radii, sums, areas);
      const ringArea = areas[1] - areas[0];
      const ratio = areas[0] / ringArea;
      const flux = sums[0] - ratio * (sums[1] - sums[0]);
      values['ctopFlux'][i] = flux;
      values['ctopFluxErr'][i] = Math.sqrt(skyVariance * areas[0] * (1 + ratio) + (gain > 0 ? Math.max(0, sums[0]) / gain : 0));
      if (stamp.truncated) flags['ctopFlux_flag'][i] = 1;
    };
  },
};

/** How much of the light at the place is the neighbours': 1 - own / all, under a Gaussian of the PSF's size. */
export const blendednessPlugin: MeasurementPlugin = {
  name: 'blendedness',
  columns: [{ name: 'blendedness_abs', datatype: 'float64', description: 'Part of the light at the place that is of neighbours' }],
  flags: [{ name: 'blendedness_flag', description: 'No light at the place' }],
  failureFlag: 'blendedness_flag',
  requires: ['x', 'y'],
  prepare({ image, fwhmPixels }, { values, flags }) {
    const sigma = fwhmPixels / FWHM_PER_SIGMA;
    const half = Math.ceil(6 * sigma) + 2;
    const reach = Math.ceil(3 * sigma);
    return (source) => {
      const i = source.index;
      const stamp = source.stamp(half);
      let [own, all] = [0, 0];
      const [cx, cy] = [Math.round(source.x), Math.round(source.y)];
      for (let y = Math.max(0, cy - reach, stamp.y0); y <= Math.min(image.height - 1, cy + reach, stamp.y0 + 2 * half); y++)
        for (let x = Math.max(0, cx - reach, stamp.x0); x <= Math.min(image.width - 1, cx + reach, stamp.x0 + 2 * half); x++) {
          const weight = Math.exp(-((x - source.x) ** 2 + (y - source.y) ** 2) / (2 * sigma * sigma));
          const mine = Math.abs(stamp.plane.data[(y - stamp.y0) * stamp.plane.stride + x - stamp.x0]);
          const whole = Math.abs(source.undivided(x, y));
          own += weight * Math.min(mine, whole);
          all += weight * whole;
        }
      if (all > 0) values['blendedness_abs'][i] = 1 - own / all;
      else flags['blendedness_flag'][i] = 1;
    };
  },
};
