import { resample, type ResamplingKernel } from '@almagest/kernels';
import type { SkyMapping } from '../exposure/sky-mapping.ts';
import { copyPixelsInto, createImage, type Image } from '../pixels/image.ts';
import { normalizeInPlace, type Psf } from '../psf/psf.ts';
import { sumInCircle } from '../psf/aperture.ts';
import { computeAdaptiveShape } from '../psf/shape.ts';
import { computeGrid } from './sky-grid.ts';

/** Zeros around the source PSF, so that the kernel's footprint stays inside. */
const MARGIN = 8;

/**
 * The PSF of an image warped from `source` to `target`: the source's PSF at the same place of the sky, warped alike.
 *
 * So it includes the smearing by the resampling kernel. NaN pixels where the place is outside the source's sky.
 */
export function warpPsf(psf: Psf, source: SkyMapping, target: SkyMapping, kernel: ResamplingKernel = 'lanczos3'): Psf {
  const toSource = (x: Float64Array, y: Float64Array): void => convert(target, source, x, y);
  const render = (x: number, y: number): Image => {
    const [sx, sy] = pointThrough(toSource, x, y);
    if (!Number.isFinite(sx) || !Number.isFinite(sy)) {
      const empty = psf.computeKernelImage(psf.averagePosition.x, psf.averagePosition.y);
      empty.data.fill(Number.NaN);
      return { ...empty, x0: Math.round(x) + empty.x0, y0: Math.round(y) + empty.y0 };
    }
    const own = psf.computeImage(sx, sy);
    const padded = createImage(own.width + 2 * MARGIN, own.height + 2 * MARGIN, { x0: own.x0 - MARGIN, y0: own.y0 - MARGIN });
    copyPixelsInto(padded, own);
    const side = Math.max(own.width, own.height) + 4;
    const half = Math.ceil((side * scaleBetween(toSource, x, y)) / 2);
    const output = createImage(2 * half + 1, 2 * half + 1, { x0: Math.round(x) - half, y0: Math.round(y) - half });
    const grid = computeGrid(
      output,
      (u, v) => {
        for (let k = 0; k < u.length; k++) [u[k], v[k]] = [u[k] + output.x0, v[k] + output.y0];
        toSource(u, v);
        for (let k = 0; k < u.length; k++) [u[k], v[k]] = [u[k] - padded.x0, v[k] - padded.y0];
      },
      { tolerance: 1e-4, conserveFlux: true },
    );
    resample({ kernel, grid, input: padded, output });
    // Beyond the padding there is no light.
    for (let k = 0; k < output.data.length; k++) if (Number.isNaN(output.data[k])) output.data[k] = 0;
    normalizeInPlace(output);
    return output;
  };
  const centred = (x: number, y: number): Image => {
    const image = render(Math.round(x), Math.round(y));
    return { ...image, x0: -(image.width - 1) / 2, y0: -(image.height - 1) / 2 };
  };
  const mean = pointThrough((x, y) => convert(source, target, x, y), psf.averagePosition.x, psf.averagePosition.y);
  return {
    averagePosition: { x: mean[0], y: mean[1] },
    computeKernelImage: centred,
    computeImage: render,
    computeShape: (x, y) => computeAdaptiveShape(centred(x, y), { x: 0, y: 0 }),
    computeApertureFlux: (radius, x, y) => sumInCircle(centred(x, y), { x: 0, y: 0 }, radius).sum,
  };
}

function convert(from: SkyMapping, to: SkyMapping, x: Float64Array, y: Float64Array): void {
  const ra = new Float64Array(x.length);
  const dec = new Float64Array(x.length);
  from.pixelToSkyArray(x, y, ra, dec);
  to.skyToPixelArray(ra, dec, x, y);
}

function pointThrough(map: (x: Float64Array, y: Float64Array) => void, x: number, y: number): [number, number] {
  const xs = Float64Array.of(x);
  const ys = Float64Array.of(y);
  map(xs, ys);
  return [xs[0], ys[0]];
}

/** Target pixels a source pixel, along the longer direction; at most 8, for mappings gone wrong. */
function scaleBetween(toSource: (x: Float64Array, y: Float64Array) => void, x: number, y: number): number {
  const u = Float64Array.of(x - 1, x + 1, x, x);
  const v = Float64Array.of(y, y, y - 1, y + 1);
  toSource(u, v);
  const steps = [Math.hypot(u[1] - u[0], v[1] - v[0]) / 2, Math.hypot(u[3] - u[2], v[3] - v[2]) / 2];
  const scale = 1 / Math.min(...steps);
  return Number.isFinite(scale) ? Math.min(8, Math.max(0.25, scale)) : 1;
}
