import { FWHM_PER_SIGMA } from '@almagest/image';
import type { MeasurementPlugin, Scene } from '../framework/plugin.ts';
import { measureKronFlux } from '../kron/kron.ts';
import { measurePetrosianFlux } from '../petrosian/petrosian.ts';
import { ellipseOfMoments, measureIsophotal } from '../shape/isophotal.ts';

/** Largest stamp for a big galaxy [pixel]. */
const MAX_HALF = 200;

/** Kron and Petrosian fluxes: total light of galaxies. */
export const kronPlugin: MeasurementPlugin = {
  name: 'kron',
  columns: [
    { name: 'kronFlux', datatype: 'float64', unit: 'count', description: 'Flux inside 2.5 Kron radii' },
    { name: 'kronFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of kronFlux' },
    { name: 'kronRad', datatype: 'float32', unit: 'pixel', description: 'Semi-major axis of the Kron aperture' },
    { name: 'petroFlux', datatype: 'float64', unit: 'count', description: 'Flux inside two Petrosian radii' },
    { name: 'petroFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of petroFlux' },
    { name: 'petroRad', datatype: 'float32', unit: 'pixel', description: 'Petrosian radius' },
    { name: 'halfLightRad', datatype: 'float32', unit: 'pixel', description: 'Radius of half of the Petrosian flux' },
  ],
  flags: [
    { name: 'kronFlux_flag', description: 'kronFlux is not to be trusted' },
    { name: 'kronFlux_flag_edge', description: 'The Kron aperture reaches over the stamp or the image' },
    { name: 'petroFlux_flag', description: 'No Petrosian radius inside the stamp' },
  ],
  failureFlag: 'kronFlux_flag',
  requires: ['ixx', 'iyy', 'ixy'],
  prepare({ fwhmPixels, gain, image, detections }, { values, flags }) {
    const sigma = fwhmPixels / FWHM_PER_SIGMA;
    return (source) => {
      const i = source.index;
      const measured = Number.isFinite(values['ixx'][i]);
      const adaptive = measured ? ellipseOfMoments(values['ixx'][i], values['iyy'][i], values['ixy'][i]) : { a: sigma, b: sigma, theta: 0 };
      // Weights that fit a galaxy's bright middle leave out its wings; its isophote is the larger of the two where it is well above the noise.
      const isophotal = isophotalEllipse(image, detections, i);
      const shape = isophotal && isophotal.a > adaptive.a ? isophotal : adaptive;
      const [a, b] = [Math.max(sigma, shape.a), Math.max(sigma, shape.b)];
      // Stamps in steps of a factor, so that few sizes are kept.
      const half = Math.min(MAX_HALF, 2 ** Math.ceil(Math.log2(Math.max(16, 7 * a))));
      const stamp = source.stamp(half);
      const at = { x: source.x - stamp.x0, y: source.y - stamp.y0 };
      const errorOf = (flux: number, area: number): number =>
        Math.sqrt(area * source.skyVariance + (gain > 0 ? Math.max(0, flux) / gain : 0));
      const kron = measureKronFlux(stamp.plane, { ...at, a, b, theta: shape.theta }, { factor: 2.5, minimum: 3.5 });
      values['kronFlux'][i] = kron.flux;
      values['kronFluxErr'][i] = errorOf(kron.flux, kron.area);
      values['kronRad'][i] = kron.radius * a;
      if (!measured || kron.truncated) flags['kronFlux_flag'][i] = 1;
      if (kron.truncated) flags['kronFlux_flag_edge'][i] = 1;
      const petrosian = measurePetrosianFlux(stamp.plane, at, { maxRadius: half, minRadius: Math.max(1, 0.7 * fwhmPixels) });
      values['petroFlux'][i] = petrosian.flux;
      values['petroFluxErr'][i] = errorOf(petrosian.flux, petrosian.area);
      values['petroRad'][i] = petrosian.radius;
      values['halfLightRad'][i] = petrosian.halfLightRadius;
      if (Number.isNaN(petrosian.radius)) flags['petroFlux_flag'][i] = 1;
    };
  },
};

/** The ellipse of a source's pixels above the threshold; undefined where they are not known. */
function isophotalEllipse(image: Scene['image'], { offsets, pixels }: Scene['detections'], index: number): Ellipse | undefined {
  if (!offsets || !pixels || offsets[index + 1] === offsets[index]) return undefined;
  const { xx, yy, xy } = measureIsophotal(image, pixels, offsets[index], offsets[index + 1]);
  return Number.isFinite(xx + yy + xy) ? ellipseOfMoments(xx, yy, xy) : undefined;
}

type Ellipse = ReturnType<typeof ellipseOfMoments>;
