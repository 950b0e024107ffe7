import {
  createMaskedImage,
  evaluateFieldRowInto,
  type Exposure,
  exposureOf,
  type Image,
  knownPlaneBits,
  type MaskedImage,
  type PhotoCalib,
  planeBits,
} from '@almagest/image';
import {
  booleanField,
  type Deferred,
  defineTask,
  input,
  integerField,
  NoWorkError,
  numberField,
  output,
  type Task,
} from '@almagest/pipeline';
import { columnFromCells, makeTable, type Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import { detectionTable } from './detection/detection-table.ts';
import { detectDifference } from './detection/detect-difference.ts';
import { type DetectionImages } from './reliability/cut-stamps.ts';
import { createReliabilityModel, scoreDetections } from './reliability/reliability-model.ts';
import { buildTemplate } from './template/build-template.ts';
import { measureGain } from './template/measure-gain.ts';
import { subtractImages } from './subtraction/subtract-images.ts';

const DETECTOR = ['instrument', 'visit', 'detector'];
const science = input<Exposure>({
  name: 'visit_image',
  storageClass: 'ExposureF',
  dimensions: DETECTOR,
  doc: 'Calibrated exposure, background subtracted.',
});

/** Puts the template patches under a detector onto its pixels. */
export const buildTemplateTask: Task = defineTask({
  name: 'buildTemplate',
  doc: 'Resamples template patches onto the pixels of a detector.',
  dimensions: DETECTOR,
  config: { minCoverage: numberField({ doc: 'Least part of the detector that the template must cover.', default: 0.1, min: 0, max: 1 }) },
  connections: {
    science,
    patches: input<readonly Deferred<Exposure>[]>({
      name: 'template_coadd',
      storageClass: 'ExposureF',
      dimensions: ['skymap', 'tract', 'patch', 'band'],
      doc: 'Template patches [nJy].',
      multiple: true,
      deferred: true,
    }),
    template: output<Exposure>({
      name: 'template_detector',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Template on the pixels of the detector [nJy].',
    }),
  },
  run: async (inputs, config, context) => {
    const { wcs, maskedImage } = inputs.science;
    if (!wcs) throw new NoWorkError('the exposure has no WCS');
    const patches: Exposure[] = [];
    for (const patch of inputs.patches) patches.push(await patch.get());
    const { template, coverage } = buildTemplate(patches, { wcs: wcs as SkyWcs, box: maskedImage.image });
    context.metadata.metric('coverage', coverage, '');
    if (coverage < config.minCoverage) throw new NoWorkError(`the template covers ${(100 * coverage).toFixed(1)} % of the detector`);
    return { template: exposureOf(template, { wcs }) };
  },
});

/** Subtracts the template and lists what is brighter or fainter. */
export const subtractTask: Task = defineTask({
  name: 'subtract',
  doc: 'Matches and subtracts the template, and detects what changed.',
  dimensions: DETECTOR,
  config: {
    threshold: numberField({ doc: 'Least significance of a detection [sigma].', default: 5, min: 1 }),
    kernelDegree: integerField({ doc: 'Degree of the kernel over the image.', default: 2, min: 0, max: 4 }),
    decorrelate: booleanField({ doc: 'Whether to make the noise white again.', default: true }),
  },
  connections: {
    science,
    template: input<Exposure>({
      name: 'template_detector',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Template on the pixels of the detector [nJy].',
    }),
    difference: output<Exposure>({
      name: 'difference_image',
      storageClass: 'ExposureF',
      dimensions: DETECTOR,
      doc: 'Science minus matched template [nJy].',
    }),
    detections: output<Table>({
      name: 'dia_detections',
      storageClass: 'ArrowAstropy',
      dimensions: DETECTOR,
      doc: 'What is brighter or fainter than in the template.',
    }),
  },
  run: (inputs, config, context) => {
    const factor = inputs.science.photoCalib?.calibrationMean ?? 1;
    const scienceImage = withHoles(inputs.science.maskedImage, inputs.science.photoCalib);
    const templateImage = withHoles(inputs.template.maskedImage);
    const result = subtractImages(
      { image: scienceImage, gain: 1 / factor, saturation: Number.POSITIVE_INFINITY },
      { image: templateImage, gain: measureGain(inputs.template.maskedImage), saturation: Number.POSITIVE_INFINITY },
      { kernelDegree: config.kernelDegree, decorrelate: config.decorrelate },
    );
    context.metadata.metric('kernelChi2', result.kernel.chi2PerPixel, '');
    context.metadata.metric('kernelStars', result.kernel.used, 'star');
    context.metadata.metric('fluxRatio', result.fluxRatio, '');
    const found = detectDifference(result, config.threshold, repairedPixels(inputs.science.maskedImage));
    context.metadata.metric('detections', found.length, 'source');
    const difference = differenceImage(result, inputs.science.maskedImage);
    const wcs = inputs.science.wcs as SkyWcs | undefined;
    return {
      difference: exposureOf(difference, {
        ...(wcs ? { wcs } : {}),
        ...(inputs.science.visitInfo ? { visitInfo: inputs.science.visitInfo } : {}),
        ...(inputs.science.filter ? { filter: inputs.science.filter } : {}),
      }),
      detections: withReliability(
        detectionTable(found, { box: inputs.science.maskedImage.image, wcs, mask: inputs.science.maskedImage.mask }),
        { science: inputs.science.maskedImage, template: inputs.template.maskedImage, difference },
        found,
      ),
    };
  },
});

/** 1 on pixels that were repaired, and on those that touch them: the edges of what was repaired are often left. */
function repairedPixels({ mask }: MaskedImage): Uint8Array {
  const bits = knownPlaneBits(mask.planes, ['BAD', 'CR', 'INTRP']);
  const { width, height, stride } = mask;
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      if ((mask.data[y * stride + x] & bits) === 0) continue;
      for (let j = Math.max(0, y - 1); j <= Math.min(height - 1, y + 1); j++)
        out.fill(1, j * width + Math.max(0, x - 1), j * width + Math.min(width, x + 2));
    }
  return out;
}

/** Adds the score of the reliability network, and which network it was, to detections at array indices. */
function withReliability(table: Table, images: DetectionImages, found: readonly { readonly x: number; readonly y: number }[]): Table {
  const { x0, y0 } = images.difference.image;
  const model = createReliabilityModel();
  const scores = scoreDetections(
    images,
    found.map(({ x, y }) => ({ x: x + x0, y: y + y0 })),
    model,
  );
  const cells = Array.from(scores, (score) => (Number.isFinite(score) ? score : null));
  return makeTable([
    ...table.columns,
    columnFromCells({ name: 'reliability', datatype: 'float32' }, cells),
    columnFromCells(
      { name: 'reliabilityVersion', datatype: 'string' },
      cells.map((score) => (score === null ? null : model.version)),
    ),
  ]);
}

/** Fluxes in nanojansky, NaN where nothing can be used; what was interpolated can, lest one bad pixel cost the area of the kernel. */
function withHoles({ image, mask }: MaskedImage, { calibrationMean = 1, scaling }: Partial<PhotoCalib> = {}): Image {
  const saturated = knownPlaneBits(mask.planes, ['SAT']);
  const missing = knownPlaneBits(mask.planes, ['NO_DATA', 'BAD', 'CR']);
  const filled = knownPlaneBits(mask.planes, ['INTRP']);
  const data = new Float32Array(image.width * image.height);
  const factors = new Float64Array(image.width).fill(1);
  for (let y = 0; y < image.height; y++) {
    if (scaling) evaluateFieldRowInto(scaling, image.y0 + y, image.x0, factors);
    for (let x = 0; x < image.width; x++) {
      const flags = mask.data[y * mask.stride + x];
      const unusable = (flags & saturated) !== 0 || ((flags & missing) !== 0 && (flags & filled) === 0);
      data[y * image.width + x] = unusable ? Number.NaN : calibrationMean * factors[x] * image.data[y * image.stride + x];
    }
  }
  return { ...image, data, stride: image.width };
}

function differenceImage({ difference, variance }: ReturnType<typeof subtractImages>, { image, mask }: MaskedImage): MaskedImage {
  const out = createMaskedImage(image.width, image.height, image);
  const noData = planeBits(out.mask.planes, ['NO_DATA']);
  out.image.data.set(difference.data);
  out.variance.data.set(variance.data);
  const inherit = (names: readonly string[]): void => {
    for (const name of names) {
      const from = knownPlaneBits(mask.planes, [name]);
      const to = knownPlaneBits(out.mask.planes, [name]);
      for (let k = 0; k < out.mask.data.length; k++) if (mask.data[k] & from) out.mask.data[k] |= to;
    }
  };
  inherit(['SAT', 'BAD', 'CR', 'INTRP', 'SUSPECT', 'EDGE']);
  for (let k = 0; k < out.image.data.length; k++) if (Number.isNaN(out.image.data[k])) out.mask.data[k] |= noData;
  return out;
}
