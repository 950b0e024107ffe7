import type { Exposure } from '@almagest/image';
import { booleanField, defineTask, input, integerField, numberField, output, type Task } from '@almagest/pipeline';
import type { Table } from '@almagest/table';
import { summarizePsf } from '../summary/psf-summary.ts';
import { tableOfBackground } from './background-of-table.ts';
import { characterizeImage } from '../characterize/characterize-image.ts';

const VISIT_DETECTOR = ['instrument', 'visit', 'detector'];

/** Sky, PSF and sources of one detector. */
export const characterizeImageTask: Task = defineTask({
  name: 'characterizeImage',
  doc: 'Measures sky, PSF, aperture corrections and sources of one detector.',
  dimensions: VISIT_DETECTOR,
  config: {
    threshold: numberField({ doc: 'Least significance of a source [sigma].', default: 5, min: 1 }),
    cellPixels: integerField({ doc: 'Side of a background cell [pixel].', default: 128, min: 16, max: 1024 }),
    gain: numberField({ doc: 'Electrons per unit of the image.', default: 1, min: 0 }),
    psfOrder: integerField({ doc: 'Order of the polynomials of the PSF over the detector.', default: 2, min: 0, max: 4 }),
    cosmicRays: booleanField({ doc: 'Whether to find and fill cosmic rays.', default: true }),
    maxSources: integerField({ doc: 'Most sources measured.', default: 300_000, min: 1 }),
  },
  connections: {
    exposure: input<Exposure>({
      name: 'postISRCCD',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'exposure', 'detector'],
      doc: 'Detector without its signature [electron].',
    }),
    characterized: output<Exposure>({
      name: 'icExp',
      storageClass: 'ExposureF',
      dimensions: VISIT_DETECTOR,
      doc: 'Sky subtracted, detected pixels marked, with PSF and aperture corrections [electron].',
    }),
    sources: output<Table>({ name: 'icSrc', storageClass: 'ArrowTable', dimensions: VISIT_DETECTOR, doc: 'Measured sources [electron].' }),
    background: output<Table>({
      name: 'icExpBackground',
      storageClass: 'ArrowTable',
      dimensions: VISIT_DETECTOR,
      doc: 'Mesh of sky levels and noise.',
    }),
    summary: output<Record<string, number>>({
      name: 'icSummary',
      storageClass: 'StructuredDataDict',
      dimensions: VISIT_DETECTOR,
      doc: 'What the image is like, in names of the CcdVisit table.',
    }),
  },
  run({ exposure }, config, { metadata }) {
    const result = metadata.time('characterize', () => characterizeImage(exposure, config));
    const { background, psfFit, sources, fwhmPixels } = result;
    metadata.metric('sources', sources.nrows, '');
    metadata.metric('fwhm', fwhmPixels, 'pixel');
    if (result.cosmicRayPixels !== undefined) metadata.metric('cosmicRayPixels', result.cosmicRayPixels, 'pixel');
    if (!psfFit) metadata.warn('too few stars for a PSF model; a Gaussian stands in');
    return {
      characterized: result.exposure,
      sources,
      background: tableOfBackground(background),
      summary: { ...summarizePsf(result) },
    };
  },
});
