import type { Butler, DatasetRef } from '@almagest/butler';
import { computeClippedStatistics, type Exposure, knownPlaneBits } from '@almagest/image';
import { collectionsOf, datasetsOf } from './repository.ts';
import { runStep, type StepRequest } from './run-step.ts';

export interface CalibrateOptions {
  readonly instrument: string;
  readonly cores: number;
  readonly timestamp: string;
  /** Restricts the calibration exposures, as the data query language has it. */
  readonly where?: string;
  /** Configuration of tasks, by label. */
  readonly config?: StepRequest['config'];
  readonly onStep?: (step: string) => void;
}

/** One product and whether it is good enough to certify. */
export interface ProductVerdict {
  readonly product: string;
  readonly dataId: string;
  readonly level: number;
  readonly scatter: number;
  readonly unusable: number;
  readonly passed: boolean;
  readonly reason?: string;
}

interface ProductStep {
  readonly type: string;
  readonly observation: string | undefined;
  /** The level that a good product has, and the largest scatter. */
  readonly check: (level: number, scatter: number) => string | undefined;
}

const STEPS: readonly ProductStep[] = [
  {
    type: 'bias',
    observation: 'bias',
    check: (level) => (Math.abs(level) < 50 ? undefined : 'its level is far from zero: is the overscan right?'),
  },
  {
    type: 'dark',
    observation: 'dark',
    check: (level) => (level > -1 && level < 100 ? undefined : 'its rate is not that of a dark: was there light?'),
  },
  {
    type: 'flat',
    observation: 'flat',
    check: (level, scatter) => (Math.abs(level - 1) < 0.1 && scatter < 0.5 ? undefined : 'it does not lie about 1: was there light?'),
  },
];

/** Most of a product that may be without data. */
const MOST_UNUSABLE = 0.05;

/**
 * Makes bias, dark, flats and defects from the calibration exposures of a repository, checks each, and certifies those that pass for all
 * times in the calibration collection. Kinds without exposures are left out; products that are certified already are kept.
 */
export async function calibrate(butler: Butler, options: CalibrateOptions): Promise<ProductVerdict[]> {
  const { instrument, cores, timestamp, onStep } = options;
  const config = options.config === undefined ? {} : { config: options.config };
  const { raw, calib } = collectionsOf(instrument);
  await butler.registry.registerCollection(calib, 'CALIBRATION');
  const verdicts: ProductVerdict[] = [];
  const restriction = options.where === undefined ? '' : ` AND (${options.where})`;
  for (const { type, observation, check } of STEPS) {
    if ((await datasetsOf(butler, type, [calib])).length > 0) continue;
    const where = `instrument = '${instrument}' AND exposure.observation_type = '${observation}'${restriction}`;
    if (
      (await butler.queryDataIds(['instrument', 'exposure', 'detector'], { where, collections: [raw], datasets: ['raw'] } as never))
        .length === 0
    )
      continue;
    onStep?.(type);
    const { run } = await runStep(butler, {
      name: type,
      pipeline: `calibration/${type}.yaml`,
      input: [raw, calib],
      output: `${calib}/${type}`,
      where,
      cores,
      timestamp,
      ...config,
    });
    const good: DatasetRef[] = [];
    for (const ref of await datasetsOf(butler, type, [run])) {
      const verdict = judge(type, ref.dataId.toString(), (await butler.get(ref)) as Exposure, check);
      verdicts.push(verdict);
      if (verdict.passed) good.push(ref);
    }
    // Together, so that an interruption leaves all of them or none.
    if (good.length > 0) await butler.registry.certify(calib, good);
  }
  if ((await datasetsOf(butler, 'dark', [calib])).length > 0 && (await datasetsOf(butler, 'defects', [calib])).length === 0) {
    onStep?.('defects');
    const where = `instrument = '${instrument}'`;
    const { run } = await runStep(butler, {
      name: 'defects',
      pipeline: 'calibration/defects.yaml',
      input: [calib],
      output: `${calib}/defects`,
      where,
      cores,
      timestamp,
      ...config,
    });
    await butler.registry.certify(calib, await datasetsOf(butler, 'defects', [run]));
  }
  return verdicts;
}

function judge(product: string, dataId: string, exposure: Exposure, check: ProductStep['check']): ProductVerdict {
  const { image, mask } = exposure.maskedImage;
  const bits = knownPlaneBits(mask.planes, ['NO_DATA']);
  const { mean, stdev } = computeClippedStatistics(image, { mask, badBits: bits });
  const unusable = image.data.reduce((n, value) => n + (Number.isFinite(value) ? 0 : 1), 0) / image.data.length;
  const reason = unusable > MOST_UNUSABLE ? `${(100 * unusable).toFixed(1)} % of it has no data` : check(mean, stdev);
  return {
    product,
    dataId,
    level: mean,
    scatter: stdev,
    unusable,
    passed: reason === undefined,
    ...(reason === undefined ? {} : { reason }),
  };
}
