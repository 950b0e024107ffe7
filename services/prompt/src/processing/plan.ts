import {
  buildPipelineGraph,
  type DatasetTypeNode,
  type Pipeline,
  readPipelineDocument,
  resolvePipeline,
  restrictPipeline,
} from '@almagest/pipeline';
import type { Fallback } from '../units/unit.ts';
import type { FoundInput } from './find-inputs.ts';

/** A pipeline that may be taken, the longest first. */
export interface PlanSpec {
  readonly name: string;
  /** Path of the pipeline file. */
  readonly pipeline: string;
  /** Tasks of it, as `almagest run -t` has them; all where absent. */
  readonly tasks?: string;
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Configuration of tasks over that of the pipeline, by label; labels that the pipeline does not have are passed over. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A pipeline with what it reads that no task of it makes. */
export interface Plan {
  readonly name: string;
  readonly pipeline: Pipeline;
  readonly inputs: readonly DatasetTypeNode[];
  /** Types that its tasks read in vain at their peril. */
  readonly needed: ReadonlySet<string>;
}

/** Calibrations that a task can do without by its declaration and that a night should not go without. */
export const NEEDED_CALIBRATIONS: readonly string[] = ['bias', 'dark', 'flat'];

/** Reads a pipeline, keeps the tasks that one detector is enough for, and finds out what they need from elsewhere. */
export async function loadPlan(spec: PlanSpec, neededCalibrations: readonly string[]): Promise<Plan> {
  const { name, tasks, parameters } = spec;
  const document = readPipelineDocument(spec.pipeline);
  const known = Object.fromEntries(Object.entries(parameters ?? {}).filter(([key]) => key in document.parameters));
  const overrides = Object.entries(spec.config ?? {})
    .filter(([label]) => document.tasks.has(label))
    .map(([label, values]) => ({ label, source: 'plan', values }));
  const whole = await resolvePipeline(document, { parameters: known, overrides });
  const chosen = tasks === undefined ? whole : restrictPipeline(whole, tasks);
  // What takes a whole visit together waits for its last detector, and is for the day after.
  const labels = [...chosen.tasks.values()].filter(({ task }) => task.dimensions.includes('detector')).map(({ label }) => label);
  const pipeline = restrictPipeline(chosen, labels.join(', '));
  const graph = buildPipelineGraph(pipeline);
  const inputs = [...graph.datasetTypes.values()].filter(
    ({ role, dimensions }) => (role === 'overall-input' || role === 'prerequisite') && !dimensions.includes('exposure'),
  );
  const needed = inputs.filter((node) => neededCalibrations.includes(node.name) || isRequired(pipeline, node));
  return { name, pipeline, inputs, needed: new Set(needed.map((node) => node.name)) };
}

function isRequired(pipeline: Pipeline, { consumers }: DatasetTypeNode): boolean {
  return consumers.some(({ label, key }) => (pipeline.tasks.get(label)?.connections.find((each) => each.key === key)?.minimum ?? 0) > 0);
}

/** What a plan lacks. */
export interface Lack {
  readonly code: string;
  readonly reason: string;
}

export interface Choice {
  /** Absent where no plan has what it needs. */
  readonly plan?: Plan;
  readonly fallbacks: readonly Fallback[];
  /** What the shortest plan lacks, where none can run. */
  readonly lacks: readonly Lack[];
}

/** Takes the first plan that has everything it needs, and says why not those before it. */
export function choosePlan(plans: readonly Plan[], inputs: readonly FoundInput[]): Choice {
  const fallbacks: Fallback[] = [];
  let lacks: readonly Lack[] = [];
  for (const [place, plan] of plans.entries()) {
    lacks = lacksOf(plan, inputs);
    if (lacks.length === 0) return { plan, fallbacks, lacks };
    const to = plans[place + 1]?.name ?? 'nothing';
    for (const { code, reason } of lacks) fallbacks.push({ from: plan.name, to, code, reason });
  }
  return { fallbacks, lacks };
}

function lacksOf({ needed }: Plan, inputs: readonly FoundInput[]): readonly Lack[] {
  return inputs
    .filter(({ type, refs }) => needed.has(type) && refs.length === 0)
    .map(({ type, node }) => {
      const { code, what } = kindOf(node);
      return { code, reason: `there is no ${what} "${type}" for this detector, place and time` };
    });
}

function kindOf({ calibration, dimensions }: DatasetTypeNode): { readonly code: string; readonly what: string } {
  if (calibration) return { code: 'prompt.no-calibration', what: 'valid calibration' };
  if (dimensions.includes('patch')) return { code: 'prompt.no-template', what: 'template' };
  if (dimensions.some((name) => /^htm\d+$/.test(name))) return { code: 'prompt.no-reference', what: 'reference catalogue' };
  return { code: 'prompt.no-input', what: 'dataset' };
}
