import type { DatasetTypeNode, Pipeline } from '@almagest/pipeline';
import { expect, test } from 'vitest';
import type { FoundInput } from './find-inputs.ts';
import { choosePlan, type Plan } from './plan.ts';

const node = (name: string, dimensions: readonly string[], calibration = false): DatasetTypeNode => ({
  name,
  dimensions,
  calibration,
  storageClass: 'x',
  role: 'overall-input',
  consumers: [],
});
const NODES = {
  bias: node('bias', ['instrument', 'detector'], true),
  reference: node('reference', ['htm7']),
  template: node('template_coadd', ['skymap', 'tract', 'patch', 'band']),
  mask: node('mask', ['instrument']),
};
const plan = (name: string, ...needed: readonly string[]): Plan => ({
  name,
  pipeline: {} as Pipeline,
  inputs: Object.values(NODES),
  needed: new Set(needed),
});
const PLANS = [plan('alerts', 'bias', 'reference', 'template_coadd'), plan('images', 'bias', 'reference'), plan('signature', 'bias')];
const found = (...names: readonly (keyof typeof NODES)[]): readonly FoundInput[] =>
  Object.entries(NODES).map(([key, each]) => ({ type: each.name, node: each, refs: names.includes(key as never) ? [{} as never] : [] }));

test('takes the longest plan that has what it needs, and records why not a longer one', () => {
  expect(choosePlan(PLANS, found('bias', 'reference', 'template'))).toMatchObject({ plan: { name: 'alerts' }, fallbacks: [] });
  expect(choosePlan(PLANS, found('bias', 'reference'))).toMatchObject({
    plan: { name: 'images' },
    fallbacks: [{ from: 'alerts', to: 'images', code: 'prompt.no-template' }],
  });
  const { plan: chosen, fallbacks } = choosePlan(PLANS, found('bias'));
  expect(chosen?.name).toBe('signature');
  expect(fallbacks.map(({ from, code }) => [from, code])).toEqual([
    ['alerts', 'prompt.no-reference'],
    ['alerts', 'prompt.no-template'],
    ['images', 'prompt.no-reference'],
  ]);
});

test('without calibrations no plan runs, and the reason has a code', () => {
  const choice = choosePlan(PLANS, found('reference', 'template'));
  expect(choice.plan).toBeUndefined();
  expect(choice.lacks).toEqual([{ code: 'prompt.no-calibration', reason: expect.stringContaining('"bias"') as string }]);
  expect(choosePlan([plan('odd', 'mask')], found()).lacks[0]?.code).toBe('prompt.no-input');
});
