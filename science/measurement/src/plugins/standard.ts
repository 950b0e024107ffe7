import type { MeasurementPlugin } from '../framework/plugin.ts';
import { aperturePlugin } from './apertures.ts';
import { centroidPlugin } from './centroid.ts';
import { extendednessPlugin, pixelFlagsPlugin } from './classification.ts';
import { kronPlugin } from './kron.ts';
import { fittedPsfFluxPlugin, psfFluxPlugin } from './psf-flux.ts';
import { shapePlugin } from './shape.ts';
import { blendednessPlugin, localBackgroundPlugin } from './surroundings.ts';

/** What the Source table holds, in the order in which plugins need each other. */
export const STANDARD_PLUGINS: readonly MeasurementPlugin[] = [
  centroidPlugin,
  fittedPsfFluxPlugin,
  aperturePlugin(),
  shapePlugin,
  kronPlugin,
  localBackgroundPlugin,
  blendednessPlugin,
  extendednessPlugin,
  pixelFlagsPlugin,
];

/** The plugins that make sense at a given place: no centroid is fitted. See measureForced. */
export const FORCED_PLUGINS: readonly MeasurementPlugin[] = [
  givenCentroidPlugin(),
  psfFluxPlugin,
  aperturePlugin([3, 6, 9, 12]),
  localBackgroundPlugin,
  pixelFlagsPlugin,
];

/** Takes the place given as the centre. */
function givenCentroidPlugin(): MeasurementPlugin {
  return {
    name: 'givenCentroid',
    columns: [
      { name: 'x', datatype: 'float64', unit: 'pixel', description: 'Position given' },
      { name: 'y', datatype: 'float64', unit: 'pixel', description: 'Position given' },
    ],
    flags: [{ name: 'centroid_flag', description: 'The position given is no number' }],
    failureFlag: 'centroid_flag',
    prepare:
      (_scene, { values, flags }) =>
      (source) => {
        values['x'][source.index] = source.x;
        values['y'][source.index] = source.y;
        if (!Number.isFinite(source.x + source.y)) flags['centroid_flag'][source.index] = 1;
      },
  };
}
