import { FWHM_PER_SIGMA } from '@almagest/image';
import { measureWindowedCentroid } from '../centroid/windowed.ts';
import type { MeasurementPlugin } from '../framework/plugin.ts';
import { fitPsf } from '../psf-fit/fit-psf.ts';

/** Radius within which the PSF is fitted, in units of its full width. */
export const FIT_RADIUS = 2.5;

/** Position by a fit of the PSF, begun at the windowed first moment; sets the centre that later plugins use. */
export const centroidPlugin: MeasurementPlugin = {
  name: 'centroid',
  columns: [
    { name: 'x', datatype: 'float64', unit: 'pixel', description: 'Position from a fit of the PSF' },
    { name: 'y', datatype: 'float64', unit: 'pixel', description: 'Position from a fit of the PSF' },
    { name: 'xErr', datatype: 'float32', unit: 'pixel', description: 'Standard error of x' },
    { name: 'yErr', datatype: 'float32', unit: 'pixel', description: 'Standard error of y' },
    { name: 'xyCov', datatype: 'float32', unit: 'pixel**2', description: 'Covariance of x and y' },
  ],
  flags: [
    { name: 'centroid_flag', description: 'The position is not to be trusted' },
    { name: 'centroid_flag_badError', description: 'The position has no standard error' },
    { name: 'centroid_flag_edge', description: 'The surroundings reach over the edge of the image' },
    { name: 'centroid_flag_noSecondDerivative', description: 'Too few pixels to fit a position' },
    { name: 'centroid_flag_resetToPeak', description: 'The position is that of the peak' },
  ],
  failureFlag: 'centroid_flag',
  prepare({ image, mask, badBits, psf, fwhmPixels, gain, detections }, { values, flags }) {
    const sigmaPixels = fwhmPixels / FWHM_PER_SIGMA;
    const half = Math.ceil(6 * sigmaPixels) + 2;
    const radius = FIT_RADIUS * fwhmPixels;
    const labels = detections.segmentation;
    return (source) => {
      const i = source.index;
      const { skyVariance } = source;
      const stamp = source.stamp(half);
      const { x0, y0 } = stamp;
      if (stamp.truncated) flags['centroid_flag_edge'][i] = 1;
      const start = { x: source.peakX - x0, y: source.peakY - y0 };
      const windowed = measureWindowedCentroid(stamp.plane, start, { sigmaPixels, skyVariance, gain });
      const begin = { x: windowed.x + x0, y: windowed.y + y0 };
      const fit = fitPsf({ image, labels, own: i + 1, mask, badBits, noise: { skyVariance, gain }, psf, radius }, begin);
      const [, , , xx, xy, yy] = fit.covariance;
      if (fit.status === 'ok') {
        source.x = fit.x;
        source.y = fit.y;
        source.psfFit = fit;
        values['xErr'][i] = Math.sqrt(xx);
        values['yErr'][i] = Math.sqrt(yy);
        values['xyCov'][i] = xy;
      } else if (windowed.converged) {
        source.x = begin.x;
        source.y = begin.y;
        values['xErr'][i] = Math.sqrt(windowed.xxError);
        values['yErr'][i] = Math.sqrt(windowed.yyError);
        values['xyCov'][i] = windowed.xyError;
        flags['centroid_flag'][i] = 1;
      } else {
        flags['centroid_flag'][i] = 1;
        flags['centroid_flag_resetToPeak'][i] = 1;
      }
      if (fit.status === 'no-pixels') flags['centroid_flag_noSecondDerivative'][i] = 1;
      if (!(values['xErr'][i] >= 0 && values['yErr'][i] >= 0)) flags['centroid_flag_badError'][i] = 1;
      values['x'][i] = source.x;
      values['y'][i] = source.y;
    };
  },
};
