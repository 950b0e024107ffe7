import type { MeasurementPlugin } from '../framework/plugin.ts';
import { fitPsf } from '../psf-fit/fit-psf.ts';
import { FIT_RADIUS } from './centroid.ts';

/** Least part of the PSF that usable pixels must hold for a flux. */
const LEAST_COVERAGE = 0.1;
/** Where less than this part is left, the flux is flagged as cut by an edge or mask. */
const SOUND_COVERAGE = 0.7;

/** Flux by a fit of the PSF at a given place. */
export const psfFluxPlugin: MeasurementPlugin = psfFluxAt('given');

/** Flux by a fit of the PSF at the centroid that was fitted to the same pixels. */
export const fittedPsfFluxPlugin: MeasurementPlugin = psfFluxAt('fitted');

/**
 * A place that was fitted to the same pixels is where noise adds most: the flux there is too large by its variance over itself,
 * once for two coordinates of half a unit of chi-square each.
 *
 * @see Portillo, Speagle and Finkbeiner 2020, AJ 159, 165, section 2
 */
function withoutPlaceBias(flux: number, variance: number): number {
  return flux * flux > LEAST_SNR ** 2 * variance ? flux - variance / flux : flux;
}

/** Below it the expansion in 1 / S/N does not hold. */
const LEAST_SNR = 3;

function psfFluxAt(place: 'given' | 'fitted'): MeasurementPlugin {
  return {
    name: 'psfFlux',
    columns: [
      { name: 'psfFlux', datatype: 'float64', unit: 'count', description: 'Flux of a point source fitted at the position' },
      { name: 'psfFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of psfFlux' },
      { name: 'psfFlux_area', datatype: 'float32', unit: 'pixel', description: 'Effective area of the PSF' },
      { name: 'psfFlux_chi2', datatype: 'float32', description: 'Chi-square of the fit' },
      { name: 'psfFlux_npixels', datatype: 'int32', description: 'Pixels in the fit' },
    ],
    flags: [
      { name: 'psfFlux_flag', description: 'psfFlux is not to be trusted' },
      { name: 'psfFlux_flag_edge', description: 'Parts of the PSF fell on pixels that could not be used' },
      { name: 'psfFlux_flag_noGoodPixels', description: 'No pixels could be used' },
    ],
    failureFlag: 'psfFlux_flag',
    requires: ['x', 'y'],
    prepare({ image, mask, badBits, psf, fwhmPixels, gain, detections }, { values, flags }) {
      const radius = FIT_RADIUS * fwhmPixels;
      const labels = detections.segmentation;
      return (source) => {
        const i = source.index;
        const noise = { skyVariance: source.skyVariance, gain };
        const request = { image, labels, own: i + 1, mask, badBits, noise, psf, radius };
        const fit = (place === 'fitted' && source.psfFit) || fitPsf(request, source, { fixed: true });
        if (fit.status !== 'ok' || fit.coverage < LEAST_COVERAGE) {
          flags['psfFlux_flag'][i] = 1;
          flags['psfFlux_flag_noGoodPixels'][i] = 1;
          return;
        }
        if (fit.coverage < SOUND_COVERAGE) {
          flags['psfFlux_flag'][i] = 1;
          flags['psfFlux_flag_edge'][i] = 1;
        }
        const fitted = place === 'fitted' && flags['centroid_flag']?.[i] === 0;
        values['psfFlux'][i] = fitted ? withoutPlaceBias(fit.flux, fit.fluxVariance) : fit.flux;
        values['psfFluxErr'][i] = Math.sqrt(fit.fluxVariance);
        values['psfFlux_area'][i] = fit.area;
        values['psfFlux_chi2'][i] = fit.chi2;
        values['psfFlux_npixels'][i] = fit.pixels;
      };
    },
  };
}
