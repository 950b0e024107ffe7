import type { Table } from '@almagest/table';
import type { Plane } from '@almagest/kernels';
import { sumInEllipse } from '@almagest/image';
import { measureSources } from '../framework/measure-sources.ts';
import type { MeasurementPlugin, Scene } from '../framework/plugin.ts';
import { FORCED_PLUGINS } from '../plugins/standard.ts';

/** An ellipse to measure in: semi-axes [pixel], angle from x towards y [rad]. */
export interface ForcedShape {
  readonly a: Float64Array;
  readonly b: Float64Array;
  readonly theta: Float64Array;
}

export interface ForcedPlaces {
  /** Array indices; places off the image or NaN get flags. */
  readonly x: Float64Array;
  readonly y: Float64Array;
  /** Ellipses for `ellipseFlux`; left out where absent. */
  readonly shapes?: ForcedShape;
}

/**
 * Measures fluxes at given places, and in given ellipses: the source's pixels, detected or not.
 *
 * @returns A row for each place, in order.
 */
export function measureForced(scene: Omit<Scene, 'detections'>, places: ForcedPlaces): Table {
  const { x, y, shapes } = places;
  const detections = { count: x.length, x, y };
  const plugins = shapes ? [...FORCED_PLUGINS, ellipsePlugin(shapes)] : FORCED_PLUGINS;
  return measureSources({ ...scene, detections }, plugins);
}

function ellipsePlugin(shapes: ForcedShape): MeasurementPlugin {
  return {
    name: 'ellipse',
    columns: [
      { name: 'ellipseFlux', datatype: 'float64', unit: 'count', description: 'Flux inside the ellipse given' },
      { name: 'ellipseFluxErr', datatype: 'float64', unit: 'count', description: 'Standard error of ellipseFlux' },
    ],
    flags: [
      { name: 'ellipseFlux_flag', description: 'No pixel of the ellipse could be used' },
      { name: 'ellipseFlux_flag_edge', description: 'A part of the ellipse lies off the image or on masked pixels' },
    ],
    failureFlag: 'ellipseFlux_flag',
    prepare({ image, mask, badBits, gain }, { values, flags }) {
      const plane = asImage(image);
      return ({ index: i, x, y, skyVariance }) => {
        const found = sumInEllipse(plane, { x, y, a: shapes.a[i], b: shapes.b[i], theta: shapes.theta[i] }, { mask, badBits });
        if (!(found.area > 0)) {
          flags['ellipseFlux_flag'][i] = 1;
          return;
        }
        values['ellipseFlux'][i] = found.sum;
        values['ellipseFluxErr'][i] = Math.sqrt(found.area * skyVariance + (gain > 0 ? Math.max(0, found.sum) / gain : 0));
        if (found.lostArea > 0.01 * found.area) flags['ellipseFlux_flag_edge'][i] = 1;
      };
    },
  };
}

function asImage(plane: Plane): Plane & { readonly x0: number; readonly y0: number } {
  return { ...plane, x0: 0, y0: 0 };
}
