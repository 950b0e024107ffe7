import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import type { Butler, DatasetRef } from '@almagest/butler';
import type { ProductCheck, Verification } from '@almagest/calibration';
import { ALL_TIME, type Timespan } from '@almagest/time';
import { isrSwitches, withSwitches } from './isr-switches.ts';
import { collectionsOf, datasetsOf, textOf } from './repository.ts';
import { runStep, type StepRequest } from './run-step.ts';

export interface CalibrateOptions {
  readonly instrument: string;
  readonly cores: number;
  readonly timestamp: string;
  /** Restricts the calibration exposures, as the data query language has it. */
  readonly where?: string;
  /** Configuration of tasks, by label. */
  readonly config?: StepRequest['config'];
  /** When the products are valid; default: always. */
  readonly validity?: Timespan;
  /** Whether crosstalk and fringe frames are made from science exposures too. */
  readonly fromScience?: boolean;
  /** Folder for the plots of the checks (SVG). */
  readonly plots?: string;
  readonly onStep?: (step: string) => void;
}

/** One product and whether it is good enough to certify. */
export interface ProductVerdict {
  readonly product: string;
  readonly dataId: string;
  readonly checks: readonly ProductCheck[];
  readonly passed: boolean;
  /** What failed. */
  readonly reason?: string;
}

interface ProductStep {
  readonly pipeline: string;
  /** Dataset types to verify and certify; the first decides whether the step was done before. */
  readonly products: readonly string[];
  /** Kind of the exposures; null where only products are read. */
  readonly observation: 'bias' | 'dark' | 'flat' | 'spots' | 'twilight' | 'science' | null;
  /** Whether the exposures can give the product. */
  readonly possible?: (exposures: readonly CalibrationExposure[]) => boolean;
  /** Product without which there is no work. */
  readonly needs?: string;
}

interface CalibrationExposure {
  readonly seconds: number;
  readonly filter: string;
}

/** Exposure times of the filter with most of them, and how many exposures have each. */
function timesOf(exposures: readonly CalibrationExposure[]): readonly number[] {
  const byFilter = Map.groupBy(exposures, ({ filter }) => filter);
  const counts = [...byFilter.values()].map((each) => [...Map.groupBy(each, ({ seconds }) => seconds).values()].map((same) => same.length));
  return counts.toSorted((a, b) => b.length - a.length)[0] ?? [];
}

/** Levels that a curve needs. */
const FEWEST_LEVELS = 6;

const STEPS: readonly ProductStep[] = [
  { pipeline: 'bias', products: ['bias'], observation: 'bias' },
  { pipeline: 'dark', products: ['dark'], observation: 'dark' },
  {
    pipeline: 'linearizer',
    products: ['linearizer'],
    observation: 'flat',
    possible: (exposures) => timesOf(exposures).length >= FEWEST_LEVELS,
  },
  {
    pipeline: 'ptc',
    products: ['ptc', 'bfk', 'cti'],
    observation: 'flat',
    possible: (exposures) => timesOf(exposures).filter((count) => count >= 2).length >= FEWEST_LEVELS,
  },
  { pipeline: 'crosstalk', products: ['crosstalk'], observation: 'spots' },
  { pipeline: 'flat', products: ['flat'], observation: 'flat' },
  { pipeline: 'defects', products: ['defects'], observation: null, needs: 'dark' },
  {
    pipeline: 'sky-flat',
    products: ['skyFlat', 'illumination'],
    observation: 'twilight',
    needs: 'flat',
    possible: (all) => all.length >= 3,
  },
];

const SCIENCE_STEPS: readonly ProductStep[] = [
  { pipeline: 'crosstalk', products: ['crosstalk'], observation: 'science' },
  { pipeline: 'fringe', products: ['fringe'], observation: 'science', needs: 'flat', possible: (all) => all.length >= 3 },
];

/** Products that share the verification of another. */
const JUDGED_BY: Readonly<Record<string, string>> = { illumination: 'skyFlat' };

/**
 * Makes the calibration products of an instrument from its calibration exposures, verifies each, and certifies those that pass in the
 * calibration collection. Kinds without exposures are left out; products that are certified already are kept.
 */
export async function calibrate(butler: Butler, options: CalibrateOptions): Promise<ProductVerdict[]> {
  const { calib } = collectionsOf(options.instrument);
  await butler.registry.registerCollection(calib, 'CALIBRATION');
  const verdicts: ProductVerdict[] = [];
  for (const step of options.fromScience === true ? [...STEPS, ...SCIENCE_STEPS] : STEPS)
    verdicts.push(...(await makeProducts(butler, step, options)));
  return verdicts;
}

async function makeProducts(butler: Butler, step: ProductStep, options: CalibrateOptions): Promise<ProductVerdict[]> {
  const { instrument, cores, timestamp, validity = ALL_TIME, onStep } = options;
  const { raw, calib } = collectionsOf(instrument);
  const [main = ''] = step.products;
  if ((await datasetsOf(butler, main, [calib])).length > 0) return [];
  if (step.needs !== undefined && (await datasetsOf(butler, step.needs, [calib])).length === 0) return [];
  const restriction = options.where === undefined || step.observation === null ? '' : ` AND (${options.where})`;
  const where = `instrument = '${instrument}'${step.observation === null ? '' : ` AND exposure.observation_type = '${step.observation}'`}${restriction}`;
  if (step.observation !== null) {
    const exposures = await exposuresOf(butler, where, raw);
    if (exposures.length === 0 || step.possible?.(exposures) === false) return [];
  }
  onStep?.(step.pipeline);
  const { run } = await runStep(butler, {
    name: step.pipeline,
    pipeline: `calibration/${step.pipeline}.yaml`,
    input: step.observation === null ? [...(await flatRuns(butler, calib)), calib] : [raw, calib],
    output: `${calib}/${step.pipeline}`,
    where,
    cores,
    timestamp,
    config: withSwitches(await isrSwitches(butler, instrument), options.config),
  });
  const verdicts: ProductVerdict[] = [];
  const good: DatasetRef[] = [];
  for (const product of step.products)
    for (const ref of await datasetsOf(butler, product, [run])) {
      const verdict = await judge(butler, ref, { product, run });
      verdicts.push(verdict.verdict);
      if (verdict.verdict.passed) good.push(ref);
      if (options.plots !== undefined) await savePlot(options.plots, verdict);
    }
  // Together, so that an interruption leaves all of them or none.
  if (good.length > 0) await butler.registry.certify(calib, good, validity);
  return verdicts;
}

async function exposuresOf(butler: Butler, where: string, collection: string): Promise<readonly CalibrationExposure[]> {
  const records = await butler.queryDimensionRecords('exposure', { where, collections: [collection], datasets: ['raw'] });
  return records.map(({ fields }) => ({
    seconds: Number(fields['exposure_time'] ?? Number.NaN),
    filter: textOf(fields['physical_filter']),
  }));
}

/** The runs that made the flats, in which they are found without a time. */
async function flatRuns(butler: Butler, calib: string): Promise<string[]> {
  const chain = `${calib}/flat`;
  return (await butler.registry.findCollection(chain)) === undefined ? [] : [chain];
}

interface Judged {
  readonly verdict: ProductVerdict;
  readonly plot: string;
}

async function judge(butler: Butler, ref: DatasetRef, { product, run }: { product: string; run: string }): Promise<Judged> {
  const name = `${JUDGED_BY[product] ?? product}Verification`;
  const [found] = (await datasetsOf(butler, name, [run])).filter((other) => other.dataId.toString() === ref.dataId.toString());
  const verification = found && ((await butler.get(found)) as Verification);
  const checks = verification?.checks ?? [];
  const failed = checks.filter((check) => !check.passed);
  const reason = verification
    ? failed
        .map(({ name: what, value, unit, limits }) =>
          `${what} ${value.toPrecision(3)} ${unit} is not within ${limits.join(' to ')}`.replaceAll('  ', ' '),
        )
        .join('; ')
    : 'it was not verified';
  const passed = verification?.passed ?? false;
  return {
    verdict: { product, dataId: ref.dataId.toString(), checks, passed, ...(passed ? {} : { reason }) },
    plot: verification?.plot ?? '',
  };
}

async function savePlot(folder: string, { verdict, plot }: Judged): Promise<void> {
  makeFolder(folder);
  const name = `${verdict.product}-${verdict.dataId.replaceAll(/[^\w.-]+/g, '_').replaceAll(/^_+|_+$/g, '')}.svg`;
  if (plot !== '') await writeFile(join(folder, name), plot);
}
