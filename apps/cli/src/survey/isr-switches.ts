import type { Butler } from '@almagest/butler';
import type { StepRequest } from './run-step.ts';
import { cameraOf, collectionsOf, datasetsOf } from './repository.ts';

/** Steps of the reduction that are off unless their product is certified for every detector: the product that each needs. */
const PRODUCT_OF = { linearity: 'linearizer', crosstalk: 'crosstalk', transfer: 'cti', brighterFatter: 'bfk' } as const;

export type IsrStep = keyof typeof PRODUCT_OF;

export interface IsrSwitch {
  readonly step: IsrStep;
  readonly product: string;
  readonly on: boolean;
  /** Why it is off. */
  readonly reason?: string;
}

/** What the calibration collection has products for: a step is on where every detector has one that passed its checks. */
export async function isrSwitches(butler: Butler, instrument: string): Promise<readonly IsrSwitch[]> {
  const { calib } = collectionsOf(instrument);
  const { detectors } = await cameraOf(butler, instrument);
  const wanted = await detectorsWithBias(butler, calib);
  const switches: IsrSwitch[] = [];
  for (const [step, product] of Object.entries(PRODUCT_OF)) {
    const certified = new Set((await datasetsOf(butler, product, [calib])).map(({ dataId }) => Number(dataId.get('detector'))));
    const lacking = detectors.filter(({ id }) => wanted.has(id) && !certified.has(id)).map(({ name }) => name);
    const on = certified.size > 0 && lacking.length === 0;
    const reason = certified.size === 0 ? `no ${product} is certified` : `no ${product} is certified for ${lacking.join(', ')}`;
    switches.push({ step: step as IsrStep, product, on, ...(on ? {} : { reason }) });
  }
  return switches;
}

/** Detectors that are calibrated at all. */
async function detectorsWithBias(butler: Butler, calib: string): Promise<ReadonlySet<number>> {
  return new Set((await datasetsOf(butler, 'bias', [calib])).map(({ dataId }) => Number(dataId.get('detector'))));
}

/** Steps that each reduction of the pipelines may switch on: a flat tells of the brighter-fatter effect only where light is uneven. */
const REDUCTIONS: Readonly<Record<string, readonly IsrStep[]>> = {
  isr: ['linearity', 'crosstalk', 'transfer', 'brighterFatter'],
  flatIsr: ['linearity', 'crosstalk', 'transfer'],
  skyIsr: ['linearity', 'crosstalk', 'transfer'],
  fringeIsr: ['linearity', 'crosstalk', 'transfer'],
};

/** Configuration of the reductions with what is certified, under what the caller says. */
export function withSwitches(switches: readonly IsrSwitch[], config: StepRequest['config'] = {}): NonNullable<StepRequest['config']> {
  const on = new Set(switches.filter((each) => each.on).map(({ step }) => step));
  const switched = Object.entries(REDUCTIONS).map(
    ([label, steps]) => [label, Object.fromEntries(steps.filter((step) => on.has(step)).map((step) => [step, true]))] as const,
  );
  const merged: Record<string, Readonly<Record<string, unknown>>> = { ...config };
  for (const [label, values] of switched) if (Object.keys(values).length > 0) merged[label] = { ...values, ...config[label] };
  return merged;
}

/** One line that says what is on and, for the rest, why not. */
export function describeSwitches(switches: readonly IsrSwitch[]): string {
  const on = switches.filter((each) => each.on).map(({ step }) => step);
  const off = switches.filter((each) => !each.on).map(({ step, reason }) => `${step} (${reason})`);
  return [on.length > 0 ? `on: ${on.join(', ')}` : '', off.length > 0 ? `off: ${off.join(', ')}` : ''].filter(Boolean).join('; ');
}
