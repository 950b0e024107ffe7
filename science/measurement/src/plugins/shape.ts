import { FWHM_PER_SIGMA, type Psf, type Shape } from '@almagest/image';
import { type AdaptiveMoments, measureAdaptiveMoments } from '@almagest/characterization';
import type { MeasurementPlugin } from '../framework/plugin.ts';

const MOMENTS = ['ixx', 'iyy', 'ixy'] as const;

/** Adaptive moments, those of the PSF there, and the flux of the Gaussian that has them. */
export const shapePlugin: MeasurementPlugin = {
  name: 'shape',
  columns: [
    ...MOMENTS.map((name) => ({ name, datatype: 'float64' as const, unit: 'pixel**2', description: `Adaptive moment ${name.slice(1)}` })),
    ...MOMENTS.map((name) => ({
      name: `${name}Err`,
      datatype: 'float32' as const,
      unit: 'pixel**2',
      description: `Standard error of ${name}`,
    })),
    ...MOMENTS.map((name) => ({
      name: `${name}PSF`,
      datatype: 'float64' as const,
      unit: 'pixel**2',
      description: `Adaptive moment ${name.slice(1)} of the PSF`,
    })),
    { name: 'gaussianFlux', datatype: 'float64', unit: 'count', description: 'Flux of the Gaussian with the adaptive moments' },
    { name: 'gaussianFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of gaussianFlux' },
  ],
  flags: [
    { name: 'shape_flag', description: 'The adaptive moments did not settle' },
    { name: 'gaussianFlux_flag', description: 'gaussianFlux is not to be trusted' },
  ],
  failureFlag: 'shape_flag',
  requires: ['x', 'y'],
  prepare({ psf, fwhmPixels, gain, image, detections }, { values, flags }) {
    const sigmaPixels = fwhmPixels / FWHM_PER_SIGMA;
    const half = Math.ceil(8 * sigmaPixels) + 2;
    const shapeAt = cachedShapes(psf, image);
    const { offsets } = detections;
    // Large moments of a small detection are noise and neighbours.
    const isLarge = (i: number, reach: number): boolean => offsets !== undefined && offsets[i + 1] - offsets[i] > 0.6 * reach * reach;
    return (source) => {
      const i = source.index;
      const ofPsf = shapeAt(source.x, source.y);
      values['ixxPSF'][i] = ofPsf.xx;
      values['iyyPSF'][i] = ofPsf.yy;
      values['ixyPSF'][i] = ofPsf.xy;
      const measure = (reach: number): AdaptiveMoments => {
        const stamp = source.stamp(reach);
        const at = { x: source.x - stamp.x0, y: source.y - stamp.y0 };
        return measureAdaptiveMoments(stamp.plane, at, { sigmaPixels, maxShift: fwhmPixels, tolerance: 1e-4 });
      };
      let found = measure(half);
      // A galaxy larger than the stamp ends at its rim: moments are taken again where they fit.
      let reach = half;
      while (reach < MAX_STAMP && isLarge(i, reach) && outgrows(found, reach)) {
        reach = reach < LARGE_STAMP ? LARGE_STAMP : 2 * reach;
        found = measure(reach);
      }
      if (found.status !== 'ok') {
        flags['shape_flag'][i] = 1;
        flags['gaussianFlux_flag'][i] = 1;
        return;
      }
      const { xx, yy, xy, flux } = found;
      const area = 4 * Math.PI * Math.sqrt(xx * yy - xy * xy);
      const variance = source.skyVariance * area + (gain > 0 ? Math.max(0, flux) / gain : 0);
      const inverseSnr = Math.sqrt(variance) / Math.abs(flux);
      values['ixx'][i] = xx;
      values['iyy'][i] = yy;
      values['ixy'][i] = xy;
      // Fisher matrix of flux and moments of an elliptical Gaussian on white noise.
      values['ixxErr'][i] = Math.SQRT2 * 2 * xx * inverseSnr;
      values['iyyErr'][i] = Math.SQRT2 * 2 * yy * inverseSnr;
      values['ixyErr'][i] = 2 * Math.sqrt(xx * yy + xy * xy) * inverseSnr;
      values['gaussianFlux'][i] = flux;
      values['gaussianFluxErr'][i] = Math.sqrt(2 * source.skyVariance * area + (gain > 0 ? Math.max(0, flux) / gain : 0));
    };
  },
};

/** Stamps of large galaxies are of few sizes [pixel]. */
const LARGE_STAMP = 32;
const MAX_STAMP = 256;
/** A stamp holds this many standard deviations of what is measured on it. */
const ROOM = 4;

/** Whether moments are too large for the stamp that they were measured on, or did not settle on it. */
function outgrows({ status, xx, yy }: AdaptiveMoments, half: number): boolean {
  return status !== 'ok' || ROOM * Math.sqrt(Math.max(xx, yy)) > half;
}

/** Cell over which the shape of the PSF is taken as one [pixel]; it changes by less than 1e-4 across. */
const CELL = 32;

function cachedShapes(psf: Psf, { width }: { readonly width: number }): (x: number, y: number) => Shape {
  const known = new Map<number, Shape>();
  const columns = Math.ceil(width / CELL) + 2;
  return (x, y) => {
    const [c, r] = [Math.floor(x / CELL), Math.floor(y / CELL)];
    const key = r * columns + c;
    let shape = known.get(key);
    if (!shape) known.set(key, (shape = psf.computeShape((c + 0.5) * CELL, (r + 0.5) * CELL)));
    return shape;
  };
}
