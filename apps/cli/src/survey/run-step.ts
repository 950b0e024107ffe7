import { join } from 'node:path';
import type { Butler } from '@almagest/butler';
import {
  type ProgressView,
  readPipelineDocument,
  resolvePipeline,
  restrictPipeline,
  runPipeline,
  type RunSummary,
} from '@almagest/pipeline';
import { noSpaceError, tellsOfFullDisk } from './disk-full.ts';
import { StepFailedError } from './errors.ts';

export interface StepRequest {
  /** For messages: "bias". */
  readonly name: string;
  /** Path below `pipelines/`. */
  readonly pipeline: string;
  readonly input: readonly string[];
  readonly output: string;
  readonly where: string;
  readonly cores: number;
  /** Name of the run below `output`. */
  readonly timestamp: string;
  readonly view?: ProgressView;
  readonly signal?: AbortSignal;
  /** Values of the pipeline's parameters. */
  readonly parameters?: Readonly<Record<string, string | number>>;
  /** Labels of the tasks that are run, with commas; default: all of the pipeline. */
  readonly tasks?: string;
  /** Configuration of tasks over that of the pipeline, by label; labels that the pipeline does not have are passed over. */
  readonly config?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** Fail if any quantum fails, or only where all that were tried did; default true. */
  readonly strict?: boolean | 'unless-some-succeed';
  /** Leave out what the output chain holds already, and end at once if that is everything. */
  readonly resume?: boolean;
}

export interface StepResult {
  readonly name: string;
  readonly run: string;
  readonly summary: RunSummary;
}

/** The folder of the pipelines that ship. */
export const PIPELINES: string = join(import.meta.dirname, '../../../../pipelines');

/**
 * Runs one shipped pipeline over a part of the repository.
 *
 * @throws {StepFailedError} naming the first failure. {NoSpaceError} if the disk ran full, whatever else is tolerated.
 */
export async function runStep(butler: Butler, request: StepRequest): Promise<StepResult> {
  const { name, input, output, where, cores, timestamp, strict = true } = request;
  const done = request.resume && (await butler.registry.findCollection(output)) !== undefined;
  const document = readPipelineDocument(join(PIPELINES, request.pipeline));
  const overrides = Object.entries(request.config ?? {})
    .filter(([label]) => document.tasks.has(label))
    .map(([label, values]) => ({ label, source: 'survey file', values }));
  const whole = await resolvePipeline(document, { overrides, ...(request.parameters ? { parameters: request.parameters } : {}) });
  const pipeline = request.tasks === undefined ? whole : restrictPipeline(whole, request.tasks);
  const { summary, run } = await runPipeline(butler, pipeline, {
    input,
    output,
    where,
    timestamp,
    rebase: true,
    // A survey goes on with what it has; what was left out is in the report of the graph.
    missingPrerequisites: 'leave-out',
    ...(request.resume ? { allowEmpty: true } : {}),
    ...(done ? { skipExistingIn: [output] } : {}),
    execute: {
      cores,
      workers: cores > 1 ? 'thread' : 'in-process',
      ...(request.view ? { view: request.view } : {}),
      ...(request.signal ? { signal: request.signal } : {}),
    },
  });
  const full = summary.failures.find(({ error }) => tellsOfFullDisk(error?.message ?? ''));
  if (full) throw noSpaceError(`${name}: ${describe(full)}`);
  const failed = summary.counts.failed;
  const first = summary.failures[0];
  const intolerable = strict === 'unless-some-succeed' ? summary.counts.success === 0 && !done : strict;
  if (intolerable && failed > 0)
    throw new StepFailedError(`${name}: ${failed} of ${summary.total} quanta failed; the first: ${describe(first)}`, {
      details: { step: name, failed },
    });
  return { name, run, summary };
}

function describe(failure: RunSummary['failures'][number] | undefined): string {
  if (!failure) return 'no message';
  const values = Object.entries(failure.dataId).map(([name, value]) => `${name} ${String(value)}`);
  return `${failure.label} of ${values.join(', ')}: ${failure.error?.message ?? 'no message'}`;
}
