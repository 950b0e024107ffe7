import { knownPlaneBits } from '@almagest/image';
import type { MeasurementPlugin } from '../framework/plugin.ts';

/** Sizes this much beyond the PSF's count as extended, relative, where noise does not say otherwise. */
const EXTENDED = 0.1;
/** Scatter of sizes of stars about the PSF model, relative, which no noise explains. */
const MODEL_SCATTER = 0.01;

/** Star or galaxy, by the adaptive size against the PSF's. */
export const extendednessPlugin: MeasurementPlugin = {
  name: 'extendedness',
  columns: [
    { name: 'extendedness', datatype: 'float64', description: '1 for an extended source, 0 for a point source' },
    { name: 'sizeExtendedness', datatype: 'float64', description: 'Probability-like measure of extent from sizes, 0 to 1' },
  ],
  flags: [
    { name: 'extendedness_flag', description: 'No size to judge by' },
    { name: 'sizeExtendedness_flag', description: 'No size to judge by' },
  ],
  failureFlag: 'extendedness_flag',
  requires: ['ixx', 'iyy', 'ixxErr', 'iyyErr', 'ixxPSF', 'iyyPSF'],
  prepare(_scene, { values, flags }) {
    return ({ index: i }) => {
      const size = values['ixx'][i] + values['iyy'][i];
      const psfSize = values['ixxPSF'][i] + values['iyyPSF'][i];
      const error = Math.hypot(values['ixxErr'][i], values['iyyErr'][i]);
      if (!Number.isFinite(size + psfSize + error)) {
        flags['extendedness_flag'][i] = 1;
        flags['sizeExtendedness_flag'][i] = 1;
        return;
      }
      const excess = size / psfSize - 1;
      const sigma = Math.hypot(error / psfSize, MODEL_SCATTER);
      values['extendedness'][i] = excess > EXTENDED && excess > 2 * sigma ? 1 : 0;
      values['sizeExtendedness'][i] = 1 / (1 + Math.exp(-(excess - EXTENDED) / sigma));
    };
  },
};

/** Flag of the Source table by mask plane; those with Center tell of the middle 3 x 3 pixels, the others of the whole source. */
const PLANES: readonly (readonly [plane: string, flag: string, center: boolean])[] = [
  ['BAD', 'bad', false],
  ['CR', 'cr', true],
  ['EDGE', 'edge', false],
  ['INTRP', 'interpolated', true],
  ['NO_DATA', 'nodata', false],
  ['SAT', 'saturated', true],
  ['SUSPECT', 'suspect', true],
];

/** What the mask says about a source's pixels, and how many they are. */
export const pixelFlagsPlugin: MeasurementPlugin = {
  name: 'pixelFlags',
  columns: [
    { name: 'footprintArea_value', datatype: 'int32', description: 'Pixels of the detection' },
    { name: 'variance_value', datatype: 'float64', unit: 'count**2', description: 'Variance of a sky pixel here' },
  ],
  flags: [
    ...PLANES.flatMap(([, flag, center]) => [
      { name: `pixelFlags_${flag}`, description: `A pixel of the source is ${flag}` },
      ...(center ? [{ name: `pixelFlags_${flag}Center`, description: `A pixel of the middle 3 x 3 is ${flag}` }] : []),
    ]),
    { name: 'pixelFlags_offimage', description: 'The centre lies off the image' },
  ],
  failureFlag: 'pixelFlags_offimage',
  prepare({ image, mask, detections, fwhmPixels }, { values, flags }) {
    const bits = PLANES.map(([plane]) => (mask ? knownPlaneBits(mask.planes, [plane]) : 0));
    const reach = Math.ceil(fwhmPixels);
    return (source) => {
      const i = source.index;
      const { offsets, pixels } = detections;
      values['footprintArea_value'][i] = offsets ? offsets[i + 1] - offsets[i] : 0;
      values['variance_value'][i] = source.skyVariance;
      const [cx, cy] = [Math.round(source.x), Math.round(source.y)];
      if (!(cx >= 0 && cy >= 0 && cx < image.width && cy < image.height)) flags['pixelFlags_offimage'][i] = 1;
      if (!mask) return;
      const over = (half: number): number => {
        let any = 0;
        for (let y = Math.max(0, cy - half); y <= Math.min(mask.height - 1, cy + half); y++)
          for (let x = Math.max(0, cx - half); x <= Math.min(mask.width - 1, cx + half); x++) any |= mask.data[y * mask.stride + x];
        return any;
      };
      const center = over(1);
      let whole = center;
      if (offsets && pixels)
        for (let k = offsets[i]; k < offsets[i + 1]; k++) {
          const [y, x] = [Math.floor(pixels[k] / image.stride), pixels[k] % image.stride];
          whole |= mask.data[y * mask.stride + x];
        }
      else whole = over(reach);
      PLANES.forEach(([, flag, hasCenter], k) => {
        if (whole & bits[k]) flags[`pixelFlags_${flag}`][i] = 1;
        if (hasCenter && center & bits[k]) flags[`pixelFlags_${flag}Center`][i] = 1;
      });
    };
  },
};
