import type { Butler } from '@almagest/butler';
import type { Exposure } from '@almagest/image';
import type { Camera } from '@almagest/instrument';
import { openFile } from '@almagest/resources';
import { findColumn, getColumn, readTable, type Table } from '@almagest/table';
import type { SkyWcs } from '@almagest/wcs';
import { defineVisits } from '@almagest/butler';
import { calibrate, type ProductVerdict } from '../survey/calibrate.ts';
import { SurveyFileError } from '../survey/errors.ts';
import { ALERT_TASKS, MIN_RELIABILITY, nightCollections, pixelScaleOf, SKY_MAP } from '../survey/night.ts';
import { ingestReference, REFERENCES } from '../survey/reference.ts';
import { bandsOfVisits, collectionsOf, datasetsOf } from '../survey/repository.ts';
import { runStep, type StepRequest, type StepResult } from '../survey/run-step.ts';
import { SKYMAPS, skyMapOf } from '../survey/sky-map.ts';
import type { SurveyFolder } from '../survey/survey-folder.ts';
import { certifyFixedPattern } from './fixed-pattern.ts';
import { placeVisits } from './place-visits.ts';
import { putReducedFrames, reducedCollection } from './reduced-frames.ts';
import { type BandFrame, seriesCatalogue, type SeriesOptions } from './series-catalogue.ts';
import type { RealSurvey } from './survey-file.ts';

const DEGREE = Math.PI / 180;
/** Frames of which the catalogue of reference stars is made, evenly over the series. */
const CATALOGUE_FRAMES = 16;
const LEAST_SNR = 10;
const SCIENCE = "exposure.observation_type = 'science'";

export interface SeriesProcessing {
  readonly cores: number;
  readonly timestamp: string;
  readonly signal?: AbortSignal;
  readonly onStep: (step: string) => void;
}

export interface SeriesResult {
  readonly calibrations: readonly ProductVerdict[];
  readonly steps: readonly StepResult[];
}

/**
 * Takes a series of real frames from pixels to alerts. Where the frames have no calibrations, no WCS and no catalogue of their field, the
 * series gives them itself. What was made before is kept.
 */
export async function processSeries(
  folder: SurveyFolder,
  butler: Butler,
  camera: Camera,
  survey: RealSurvey,
  { cores, timestamp, signal, onStep }: SeriesProcessing,
): Promise<SeriesResult> {
  const instrument = camera.name;
  const { raw, calib } = collectionsOf(instrument);
  const { singleFrame, templates, differences, alerts } = nightCollections(instrument);
  const characterized = `${instrument}/characterized`;
  const common = { cores, timestamp, strict: false, resume: true, ...(signal ? { signal } : {}) };
  const steps: StepResult[] = [];
  const step = async (name: string, where: string, request: Pick<StepRequest, 'pipeline' | 'input' | 'output'> & Partial<StepRequest>) => {
    signal?.throwIfAborted();
    onStep(name);
    const config = {
      ...survey.config,
      calibrateImage: { pointingErrorArcmin: survey.pointingErrorArcmin, ...survey.config['calibrateImage'] },
    };
    steps.push(await runStep(butler, { ...common, ...request, config, name, where: `instrument = '${instrument}' AND ${where}` }));
  };
  await defineVisits(butler, { instrument, camera, paddingArcsec: 60 * survey.pointingErrorArcmin });
  let calibrations: readonly ProductVerdict[] = [];
  if (survey.state === 'raw') {
    if (survey.fixedPattern) {
      onStep('dark of the frames themselves');
      await certifyFixedPattern(butler, camera);
    }
    calibrations = await calibrate(butler, {
      instrument,
      cores,
      timestamp,
      config: survey.config,
      onStep: (each) => onStep(`calibrate: ${each}`),
    });
    // A series of calibration frames ends here.
    if (!(await hasScience(butler, instrument, raw))) return { calibrations, steps };
    await step('reduce and measure', SCIENCE, {
      pipeline: 'single-frame.yaml',
      strict: 'unless-some-succeed',
      tasks: 'isr,characterizeImage',
      input: [raw, calib],
      output: characterized,
    });
  } else {
    onStep('take reduced frames');
    await putReducedFrames(butler, camera);
    await step('measure', SCIENCE, {
      pipeline: 'single-frame.yaml',
      strict: 'unless-some-succeed',
      tasks: 'characterizeImage',
      input: [reducedCollection(instrument)],
      output: characterized,
    });
  }
  if ((await datasetsOf(butler, 'reference', [REFERENCES])).length === 0) {
    signal?.throwIfAborted();
    onStep('reference stars of the series');
    const reference = await referenceOf(butler, instrument, characterized, survey);
    const bands = reference.columns.map(({ name }) => name).filter((name) => name !== 'ra' && name !== 'dec');
    await ingestReference(butler, reference, { magnitudes: Object.fromEntries(bands.map((band) => [band, band])) });
  }
  await step('calibrate images', SCIENCE, {
    pipeline: 'single-frame.yaml',
    strict: 'unless-some-succeed',
    tasks: 'calibrateImage',
    input: [characterized, REFERENCES],
    output: singleFrame,
  });
  onStep('place visits');
  await placeVisits(butler, instrument, singleFrame);
  await skyMapOf(butler, SKY_MAP, pixelScaleOf(camera));
  const onSky = `skymap = '${SKY_MAP}'`;
  const restricted = (where: string | undefined): string => (where === undefined ? onSky : `${onSky} AND (${where})`);
  await step('template', restricted(survey.templates), {
    pipeline: 'template.yaml',
    input: [singleFrame, SKYMAPS],
    output: templates,
  });
  await step('difference', restricted(survey.differences), {
    pipeline: 'difference.yaml',
    input: [singleFrame, templates, SKYMAPS],
    output: differences,
  });
  await step('alert-production', survey.differences ?? 'visit > 0', {
    pipeline: 'alert-production.yaml',
    input: [singleFrame, characterized, differences],
    output: alerts,
    tasks: ALERT_TASKS,
    cores: 1,
    parameters: { apdb: folder.apdb, alerts: folder.alerts, minReliability: MIN_RELIABILITY },
  });
  return { calibrations, steps };
}

async function hasScience(butler: Butler, instrument: string, collection: string): Promise<boolean> {
  const where = `instrument = '${instrument}' AND ${SCIENCE}`;
  return (await butler.queryDimensionRecords('exposure', { where, collections: [collection], datasets: ['raw'] })).length > 0;
}

/** Reference stars that the series gives itself, placed and measured by the stars that the survey file names. */
async function referenceOf(butler: Butler, instrument: string, collection: string, survey: RealSurvey): Promise<Table> {
  const refs = (await datasetsOf(butler, 'icSrc', [collection])).toSorted(
    (a, b) => Number(a.dataId.get('visit')) - Number(b.dataId.get('visit')),
  );
  const frames: BandFrame[] = [];
  const bands = await bandsOfVisits(butler, instrument);
  const byBand = Map.groupBy(refs, ({ dataId }) => bands.get(String(dataId.get('visit'))) ?? '');
  for (const ofBand of byBand.values()) {
    const stride = Math.max(1, (ofBand.length - 1) / (CATALOGUE_FRAMES - 1));
    for (let k = 0; k < ofBand.length; k += stride) {
      const ref = ofBand[Math.round(k)]!;
      const exposure = (await butler.get('icExp', ref.dataId, { collections: [collection] })) as Exposure;
      frames.push(frameOf(nameOf(exposure, String(ref.dataId.get('visit'))), exposure, (await butler.get(ref)) as Table));
    }
  }
  return seriesCatalogue(frames, await starsOf(survey));
}

export function nameOf({ metadata }: Exposure, otherwise: string): string {
  const name = metadata.get('FILENAME') ?? metadata.get('IRAFNAME');
  return typeof name === 'string' ? name : otherwise;
}

function frameOf(name: string, exposure: Exposure, sources: Table): BandFrame {
  if (!exposure.wcs)
    throw new SurveyFileError(
      `${name} has no place on the sky: the frames need a WCS, or a pointing and a camera file with plate scale and positions`,
      { details: { path: name } },
    );
  const { image } = exposure.maskedImage;
  const numbers = (column: string): Float64Array => getColumn(sources, column).data as Float64Array;
  const [x, y, flux, psfFlux, error] = ['x', 'y', 'psfFlux', 'psfFlux', 'psfFluxErr'].map(numbers) as Float64Array[];
  const bad = ['centroid_flag', 'pixelFlags_edge'].map((column) => getColumn(sources, column).data);
  // A blend stands where its brightest source does, and would be a second star of the catalogue.
  const children = findColumn(sources, 'deblend_nChild')?.data;
  const good = Array.from(x!.keys()).filter(
    (i) => psfFlux![i]! > LEAST_SNR * error![i]! && bad.every((flags) => !flags[i]) && !(Number(children?.[i] ?? 0) > 0),
  );
  const seconds = exposure.visitInfo?.exposureSec ?? 1;
  const take = (values: Float64Array | undefined, factor = 1): Float64Array => Float64Array.from(good, (i) => factor * values![i]!);
  return {
    name,
    band: exposure.filter?.band ?? 'none',
    width: image.width,
    height: image.height,
    nominal: exposure.wcs as SkyWcs,
    snr: Float64Array.from(good, (i) => psfFlux![i]! / error![i]!),
    stars: { x: take(x), y: take(y), flux: take(flux, 1 / seconds) },
  };
}

export async function starsOf({ stars, pointingErrorArcmin, pathOf }: RealSurvey): Promise<SeriesOptions> {
  const { anchors, standards, zeroPoint } = stars;
  const load = async (file: string): Promise<(expression: string) => Float64Array> => {
    const path = pathOf(file);
    await using source = await openFile(path);
    const table = await readTable(source, { name: path });
    return (expression) => columnOf(table, expression, path);
  };
  const magnitudesOf = (column: (name: string) => Float64Array, names: Readonly<Record<string, string>>): Map<string, Float64Array> =>
    new Map(Object.entries(names).map(([band, name]) => [band, column(name)]));
  const common = { pointingError: (pointingErrorArcmin * DEGREE) / 60, zeroPoint };
  const anchorColumn = anchors && (await load(anchors.file));
  const standardColumn = standards && (await load(standards.file));
  const bands = anchors && anchorColumn ? magnitudesOf(anchorColumn, anchors.magnitudes) : new Map<string, Float64Array>();
  return {
    ...common,
    ...(anchors && anchorColumn
      ? {
          anchors: {
            ra: anchorColumn(anchors.ra).map((v) => v * DEGREE),
            dec: anchorColumn(anchors.dec).map((v) => v * DEGREE),
            mag: [...bands.values()][0] ?? new Float64Array(0),
            magnitudes: bands,
          },
        }
      : {}),
    ...(standards && standardColumn
      ? {
          standards: {
            frame: standards.frame,
            x: standardColumn(standards.x).map((v) => v - 1 + standards.xOffset),
            y: standardColumn(standards.y).map((v) => v - 1 + standards.yOffset),
            magnitudes: magnitudesOf(standardColumn, standards.magnitudes),
          },
        }
      : {}),
  };
}

/** A column, or a sum of two such as "V + BmV". */
function columnOf(table: Table, expression: string, path: string): Float64Array {
  const terms = expression.split('+').map((name) => name.trim());
  const columns = terms.map((name) => {
    const column = table.columns.find((each) => each.name === name);
    if (!column)
      throw new SurveyFileError(`${path} has no column ${name}; it has ${table.columns.map((each) => each.name).join(', ')}`, {
        details: { path },
      });
    return Float64Array.from({ length: table.nrows }, (_, i) => (column.nulls?.[i] ? Number.NaN : Number(column.data[i])));
  });
  return columns.reduce((sum, values) => sum.map((value, i) => value + values[i]!));
}
