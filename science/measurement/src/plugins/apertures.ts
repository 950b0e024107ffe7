import { sumInCirclesInto } from '../aperture/circle-sums.ts';
import type { MeasurementPlugin, PluginColumn } from '../framework/plugin.ts';

/** Radii of the survey's Source table [pixel]. */
export const SOURCE_RADII: readonly number[] = [3, 6, 9, 12, 17, 25, 35, 50, 70];
/** The radius that photometric calibration rests on [pixel]. */
export const CALIBRATION_RADIUS = 12;

/** Radii that the Source table also has as they were counted [pixel]. */
const INSTRUMENTAL_RADII: readonly number[] = [12, 17, 35, 50];

/** Fluxes in circles, named as in the Source table: ap03Flux, ap06Flux and so on; the calibration aperture once more as calibFlux, some as apFlux_12_0_instFlux, which stay counts. */
export function aperturePlugin(radii: readonly number[] = SOURCE_RADII): MeasurementPlugin {
  const names = radii.map((radius) => `ap${String(radius).padStart(2, '0')}Flux`);
  const calibration = radii.indexOf(CALIBRATION_RADIUS);
  const counted = radii.filter((radius) => INSTRUMENTAL_RADII.includes(radius));
  const countedName = (radius: number): string => `apFlux_${radius}_0_instFlux`;
  const flux = (name: string, description: string): PluginColumn[] => [
    { name, datatype: 'float64', unit: 'count', description },
    { name: `${name}Err`, datatype: 'float64', unit: 'count', description: `Standard error of ${name}` },
  ];
  return {
    name: 'apertures',
    columns: [
      ...names.flatMap((name, k) => flux(name, `Flux inside ${radii[k]} pixels`)),
      ...counted.flatMap((radius) => flux(countedName(radius), `Counts inside ${radius} pixels`)),
      ...(calibration < 0 ? [] : flux('calibFlux', `Flux inside ${CALIBRATION_RADIUS} pixels, which calibration rests on`)),
    ],
    flags: [
      { name: 'apFlux_flag', description: 'No aperture flux could be measured' },
      ...names.map((name) => ({ name: `${name}_flag`, description: `The aperture of ${name} reaches over the edge of the image` })),
      ...counted.map((radius) => ({ name: `apFlux_${radius}_0_flag`, description: `No counts inside ${radius} pixels` })),
      { name: 'apFlux_12_0_flag_apertureTruncated', description: 'The circle of 12 pixels reaches over the edge of the image' },
    ],
    failureFlag: 'apFlux_flag',
    requires: ['x', 'y'],
    prepare({ gain, image }, { values, flags }) {
      // Two stamps: most sources need no copy of the widest one's size for their small circles.
      const inner = radii.filter((radius) => radius <= 12);
      const groups = [inner, radii.filter((radius) => radius > 12)].filter((group) => group.length > 0);
      const sums = new Float64Array(radii.length);
      const areas = new Float64Array(radii.length);
      return (source) => {
        const i = source.index;
        for (const group of groups) {
          const stamp = source.stamp(Math.ceil(group[group.length - 1]) + 2);
          sumInCirclesInto(stamp.plane, { x: source.x - stamp.x0, y: source.y - stamp.y0 }, group, sums, areas);
          group.forEach((radius, k) => {
            const name = names[radii.indexOf(radius)];
            const error = Math.sqrt(areas[k] * source.skyVariance + (gain > 0 ? Math.max(0, sums[k]) / gain : 0));
            values[name][i] = sums[k];
            values[`${name}Err`][i] = error;
            const { x, y } = source;
            const outside = x - radius < -0.5 || y - radius < -0.5 || x + radius > image.width - 0.5 || y + radius > image.height - 0.5;
            if (outside) flags[`${name}_flag`][i] = 1;
            if (counted.includes(radius)) {
              values[countedName(radius)][i] = sums[k];
              values[`${countedName(radius)}Err`][i] = error;
              if (!Number.isFinite(sums[k]) || outside) flags[`apFlux_${radius}_0_flag`][i] = 1;
            }
            if (radius === CALIBRATION_RADIUS) {
              if (outside) flags['apFlux_12_0_flag_apertureTruncated'][i] = 1;
              values['calibFlux'][i] = sums[k];
              values['calibFluxErr'][i] = error;
            }
          });
        }
      };
    },
  };
}
