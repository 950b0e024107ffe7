import { calibratePixels, type Exposure, exposureOf } from '@almagest/image';
import {
  booleanField,
  type Deferred,
  defineTask,
  input,
  integerField,
  NoWorkError,
  output,
  prerequisite,
  type Task,
} from '@almagest/pipeline';
import type { SkyMap } from '@almagest/sphere';
import type { SkyWcs } from '@almagest/wcs';
import { compareEpochs } from './artifacts/compare-epochs.ts';
import { combineWarps } from './combine/accumulator.ts';
import { patchFrameOf } from './patch-frame.ts';
import { inverseVarianceWeight, makeWarp, type Warp } from './warps/warp.ts';

const PATCH = ['skymap', 'tract', 'patch'];
const skyMapInput = prerequisite<SkyMap>({
  name: 'skyMapDefinition',
  storageClass: 'StructuredDataDict',
  dimensions: ['skymap'],
  doc: 'Tracts and patches.',
});

/** Fluxes of an exposure in nanojansky, from its calibration. */
export function toNanojansky(exposure: Exposure): Exposure {
  const { photoCalib, maskedImage } = exposure;
  if (!photoCalib) return exposure;
  return { ...exposure, maskedImage: calibratePixels(maskedImage, photoCalib), photoCalib: { calibrationMean: 1, calibrationErr: 0 } };
}

/** Resamples the detectors of a visit onto a patch, in nanojansky. */
export const makeWarpTask: Task = defineTask({
  name: 'makeWarp',
  doc: 'Resamples a visit onto a patch.',
  dimensions: ['instrument', 'visit', ...PATCH],
  config: {},
  connections: {
    skyMap: skyMapInput,
    exposures: input<readonly Deferred<Exposure>[]>({
      name: 'visit_image',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'visit', 'detector'],
      doc: 'Calibrated exposures, background subtracted.',
      multiple: true,
      deferred: true,
    }),
    warp: output<Exposure>({
      name: 'direct_warp',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'visit', ...PATCH],
      doc: 'The visit on the patch [nJy].',
    }),
  },
  run: async ({ skyMap, exposures }, _config, context) => {
    const patch = patchFrameOf(skyMap, Number(context.dataId['tract']), Number(context.dataId['patch']));
    const warps: Warp[] = [];
    for (const deferred of exposures) {
      const exposure = toNanojansky(await deferred.get());
      if (!exposure.wcs) continue;
      const warp = makeWarp(String(deferred.dataId['detector']), { ...exposure, wcs: exposure.wcs as SkyWcs }, patch);
      // Detectors of a visit do not overlap, so each pixel comes from one of them whatever the weights.
      if (warp) warps.push({ ...warp, weight: 1 });
    }
    if (warps.length === 0) throw new NoWorkError('no detector of the visit has a usable pixel on the patch');
    const { maskedImage } = warps.length === 1 ? (warps[0] as Warp) : combineWarps(warps);
    context.metadata.set('detectors', warps.length);
    return { warp: exposureOf(maskedImage, { wcs: patch.wcs }) };
  },
});

/** Averages the warps of a patch and band, leaving out what is in few of them. */
export const assembleTemplateTask: Task = defineTask({
  name: 'assembleTemplate',
  doc: 'Coadds the warps of a patch and band.',
  dimensions: [...PATCH, 'band'],
  config: {
    rejectArtifacts: booleanField({
      doc: 'Whether to leave out what is in few epochs: trails, cosmic rays, moving objects.',
      default: true,
    }),
    minInputs: integerField({ doc: 'Fewest warps.', default: 1, min: 1 }),
  },
  connections: {
    skyMap: skyMapInput,
    warps: input<readonly Deferred<Exposure>[]>({
      name: 'direct_warp',
      storageClass: 'ExposureF',
      dimensions: ['instrument', 'visit', ...PATCH],
      doc: 'Visits on the patch [nJy].',
      multiple: true,
      deferred: true,
    }),
    coadd: output<Exposure>({
      name: 'template_coadd',
      storageClass: 'ExposureF',
      dimensions: [...PATCH, 'band'],
      doc: 'Mean of the visits [nJy].',
    }),
  },
  run: async ({ skyMap, warps }, config, context) => {
    const patch = patchFrameOf(skyMap, Number(context.dataId['tract']), Number(context.dataId['patch']));
    const inputs: Warp[] = [];
    for (const deferred of warps) {
      const { maskedImage } = await deferred.get();
      inputs.push({ id: String(deferred.dataId['visit']), maskedImage, weight: inverseVarianceWeight(maskedImage) });
    }
    const usable = inputs.filter(({ weight }) => weight > 0);
    if (usable.length < config.minInputs)
      throw new NoWorkError(`the patch has ${usable.length} usable warps; ${config.minInputs} are wanted`);
    const artifacts = config.rejectArtifacts && usable.length > 2 ? compareEpochs(usable) : [];
    const { maskedImage } = combineWarps(
      usable,
      artifacts.map(({ rejected }) => rejected),
    );
    context.metadata.metric('inputs', usable.length, 'warp');
    return { coadd: exposureOf(maskedImage, { wcs: patch.wcs, photoCalib: { calibrationMean: 1, calibrationErr: 0 } as never }) };
  },
});
