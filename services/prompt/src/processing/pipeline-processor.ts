import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Butler, defineVisits, detectorFootprints, ingestRaws } from '@almagest/butler';
import type { Camera } from '@almagest/instrument';
import {
  beginOutputs,
  butlerRegistrar,
  butlerStoreSpec,
  codeVersion,
  currentPackages,
  finalResults,
  graphPipeline,
  isDone,
  openGraphFile,
  type QuantumGraph,
  type QuantumResult,
  readProvenance,
  runFiles,
  type RunSummary,
  type StoreSpec,
  writeGraphFile,
  type WrittenDataset,
} from '@almagest/pipeline';
import { mjdFromTaiNs, taiNsFromUnixNs, unixNsFromTaiNs } from '@almagest/time';
import type { NextVisit } from '../announcements/next-visit.ts';
import type { PreloadReport, ProcessOptions, UnitProcessor } from '../daemon/unit-processor.ts';
import { NoCalibrationError, RawRejectedError, VisitFailedError } from '../errors.ts';
import { formatUnit, type RawUnit, type StageTime, type UnitOutcome } from '../units/unit.ts';
import { cachedStoreSpec } from './cached-store.ts';
import { findInputs, type FoundInput, type Place } from './find-inputs.ts';
import { choosePlan, loadPlan, NEEDED_CALIBRATIONS, type Plan, type PlanSpec } from './plan.ts';
import type { PreloadItem, PreloadResult } from './warm-worker-main.ts';
import { WarmWorkers, WorkerFailure } from './warm-workers.ts';

export interface PipelineProcessorOptions {
  /** Opened for writing; closed by whoever opened it. */
  readonly butler: Butler;
  readonly instrument: string;
  readonly camera: Camera;
  /** RUN of the raws. */
  readonly rawRun: string;
  /** Where inputs are looked for, in this order: calibrations, reference shards, templates. */
  readonly inputs: readonly string[];
  /** Chain that the runs of each night and plan become part of. */
  readonly output: string;
  readonly skymap: string;
  /** Longest first. */
  readonly plans: readonly PlanSpec[];
  readonly neededCalibrations?: readonly string[];
  /** Address of the alert database, whose history is read ahead. */
  readonly apdb?: string;
  readonly workers: number;
  /** Memory for kept inputs of each worker [MiB]. */
  readonly cacheMib?: number;
  /** How raws come into the repository; `direct` leaves them where they are. */
  readonly ingestMode?: 'direct' | 'copy' | 'move' | 'symlink' | 'hardlink';
  /** Nights of the backlog, counted back from the newest; 1 unless told. */
  readonly backlogNights?: number;
  /** Datasets of a visit and detector that say that it was processed by other means: the backlog leaves it alone. */
  readonly doneBy?: readonly { readonly type: string; readonly collection: string }[];
}

/** Takes raws through the pipelines of a repository, in warm workers. */
export async function openPipelineProcessor(options: PipelineProcessorOptions): Promise<UnitProcessor> {
  const { butler, plans: specs, neededCalibrations = NEEDED_CALIBRATIONS, workers: count, cacheMib = 1024 } = options;
  const plans: Plan[] = [];
  // oxlint-disable-next-line no-await-in-loop -- few
  for (const spec of specs) plans.push(await loadPlan(spec, neededCalibrations));
  const store = cachedStoreSpec({
    store: await butlerStoreSpec(butler.root ?? '.', butler.universe.source),
    limitMib: cacheMib,
  });
  const tasks = [...(plans[0]?.pipeline.tasks.values() ?? [])].map(({ specifier, baseDir }) => ({ specifier, baseDir }));
  const workers = new WarmWorkers(count, { kind: 'warm', tasks, store });
  await workers.start();
  return new PipelineProcessor(options, plans, { workers, store });
}

const PADDING_ARCSEC = 60;

class PipelineProcessor implements UnitProcessor {
  readonly #options: PipelineProcessorOptions;
  readonly #plans: readonly Plan[];
  readonly #workers: WarmWorkers;
  readonly #store: StoreSpec;
  readonly #begun = new Map<string, Promise<void>>();
  /** The repository is written by one at a time. */
  #writing: Promise<unknown> = Promise.resolve();

  constructor(
    options: PipelineProcessorOptions,
    plans: readonly Plan[],
    parts: { readonly workers: WarmWorkers; readonly store: StoreSpec },
  ) {
    this.#options = options;
    this.#plans = plans;
    this.#workers = parts.workers;
    this.#store = parts.store;
  }

  async detectorsOf(): Promise<readonly number[]> {
    return this.#options.camera.detectors.filter(({ purpose }) => purpose === 'science').map(({ id }) => id);
  }

  async ingest(path: string): Promise<readonly RawUnit[]> {
    const { butler, instrument, camera, rawRun, ingestMode = 'direct' } = this.#options;
    const { translateFile } = await import('@almagest/instrument');
    let found: Awaited<ReturnType<typeof translateFile>>;
    try {
      found = await translateFile(path, { cameras: [camera] });
    } catch (cause) {
      throw new RawRejectedError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
    const sky = found.filter(({ info }) => info.observation_type === 'science' && info.can_see_sky !== false);
    await this.#write(async () => {
      const report = await ingestRaws(butler, [path], { mode: ingestMode, cameras: [camera], run: rawRun });
      const [failure] = report.failures;
      if (failure) throw new RawRejectedError(`${path}: ${failure.message} [${failure.code}]`, { details: { path, code: failure.code } });
      for (const exposure of new Set(sky.map(({ info }) => Number(info.exposure_id))))
        // oxlint-disable-next-line no-await-in-loop -- one connection
        await defineVisits(butler, { instrument, camera, where: `exposure = ${exposure}` });
    });
    return sky.map(({ info }) => ({
      instrument,
      exposure: Number(info.exposure_id),
      detector: Number(info.detector_num),
      group: textOf(info.exposure_group),
      observation: textOf(info.observation_id),
      day: Number(info.observing_day),
      shutterCloseMs: closeOf((info.datetime_end as { readonly taiNs?: bigint } | null)?.taiNs),
    }));
  }

  async preload(visit: NextVisit, detector: number): Promise<PreloadReport> {
    const { camera, apdb, skymap, instrument } = this.#options;
    const begin = visit.startsAt === undefined ? Date.now() : Date.parse(visit.startsAt);
    const place: Place = {
      instrument,
      detector,
      physicalFilter: visit.physicalFilter,
      band: this.#bandOf(visit.physicalFilter),
      corners: detectorFootprints(camera, visit, PADDING_ARCSEC).find(({ id }) => id === detector)?.corners ?? [],
      timeTaiNs: taiNsFromUnixNs(BigInt(Math.round(begin)) * 1_000_000n),
      skymap,
    };
    const found = await this.#findInputs(place);
    const items = found.flatMap(({ node, refs }) => refs.map((ref): PreloadItem => ({ ref, storageClass: node.storageClass })));
    const history =
      apdb === undefined ? null : { address: apdb, corners: place.corners, untilMjdTai: mjdFromTaiNs(place.timeTaiNs, 'tai') };
    const { bytes, objects, sources } = (await this.#workers.preload(detector, {
      kind: 'preload',
      store: this.#store,
      inputs: items,
      history,
    })) as PreloadResult;
    return { datasets: Object.fromEntries(found.map(({ type, refs }) => [type, refs.length])), bytes, objects, sources };
  }

  async process(unit: RawUnit, { onStage, signal }: ProcessOptions): Promise<UnitOutcome> {
    const timed = async <T>(stage: string, work: () => Promise<T>): Promise<T> => {
      const startedMs = Date.now();
      const value = await work();
      onStage({ stage, startedMs, endedMs: Date.now() });
      return value;
    };
    const { plan, fallbacks, lacks } = await timed('inputs', async () =>
      choosePlan(this.#plans, await this.#findInputs(await this.#placeOf(unit))),
    );
    if (!plan) {
      const code = lacks[0]?.code ?? NoCalibrationError.code;
      const message = `${formatUnit(unit)}: ${lacks.map(({ reason }) => reason).join('; ')}`;
      return { state: 'refused', plan: null, fallbacks, run: null, alerts: 0, finishedMs: Date.now(), error: { code, message } };
    }
    signal.throwIfAborted();
    const { graph, files } = await timed('graph', () => this.#graphOf(unit, plan));
    const run = graph.header.outputRun;
    signal.throwIfAborted();
    const version = codeVersion();
    const summary = (await this.#workers
      .run(
        unit.detector,
        {
          kind: 'run',
          ...files,
          store: this.#store,
          command: `prompt ${formatUnit(unit)}`,
          codeVersion: version.text,
          packages: currentPackages(),
        },
        signal,
      )
      .catch((error: unknown) => {
        throw error instanceof WorkerFailure ? new VisitFailedError(`${formatUnit(unit)}: ${error.message} [${error.error.code}]`) : error;
      })) as RunSummary;
    const results = finalResults(readProvenance(files.provenancePath));
    for (const stage of stagesOf(results)) onStage(stage);
    const registeredFrom = Date.now();
    await this.#register(graph, results);
    onStage({ stage: 'register', startedMs: registeredFrom, endedMs: Date.now() });
    if (summary.interrupted) signal.throwIfAborted();
    return outcomeOf(unit, { plan, fallbacks, run, results, alerts: await this.#alertsOf(results) });
  }

  async backlog(): Promise<readonly RawUnit[]> {
    const { butler, instrument, rawRun, backlogNights = 1 } = this.#options;
    if ((await butler.registry.findCollection(rawRun)) === undefined) return [];
    const records = (await butler.queryDimensionRecords('exposure', { dataId: { instrument } })).filter(
      ({ fields }) => fields['observation_type'] === 'science' && fields['can_see_sky'] !== false,
    );
    const nights = [...new Set(records.map(({ fields }) => Number(fields['day_obs'])))].toSorted((a, b) => b - a).slice(0, backlogNights);
    const recent = new Map(
      records
        .filter(({ fields }) => nights.includes(Number(fields['day_obs'])))
        .map(({ fields }) => [Number(fields['id']), fields] as const),
    );
    if (recent.size === 0) return [];
    const done = await this.#doneElsewhere();
    const raws = await butler
      .query()
      .where(`instrument = '${instrument}' AND exposure.day_obs IN (${nights.join(', ')}) AND exposure.observation_type = 'science'`)
      .datasets({ type: 'raw', collections: [rawRun], findFirst: true })
      .toArray();
    await this.#write(() =>
      defineVisits(butler, { instrument, camera: this.#options.camera, where: `exposure.day_obs IN (${nights.join(', ')})` }),
    );
    return raws
      .map(({ dataId }) => ({ exposure: Number(dataId.get('exposure')), detector: Number(dataId.get('detector')) }))
      .filter(({ exposure, detector }) => recent.has(exposure) && !done.has(`${exposure}/${detector}`))
      .map(({ exposure, detector }): RawUnit => {
        const fields = recent.get(exposure) ?? {};
        const span = fields['timespan'] as { readonly end?: bigint } | null;
        return {
          instrument,
          exposure,
          detector,
          group: textOf(fields['group']),
          observation: textOf(fields['obs_id']),
          day: Number(fields['day_obs']),
          shutterCloseMs: closeOf(span?.end),
        };
      })
      .toSorted((a, b) => b.exposure - a.exposure || a.detector - b.detector);
  }

  async close(): Promise<void> {
    await this.#workers.close();
    await this.#writing;
  }

  /** Visits and detectors that were processed by other means, as `visit/detector`. */
  async #doneElsewhere(): Promise<ReadonlySet<string>> {
    const { butler, doneBy = [] } = this.#options;
    const done = new Set<string>();
    for (const { type, collection } of doneBy) {
      // oxlint-disable-next-line no-await-in-loop -- one connection
      if (!(await butler.registry.findCollection(collection)) || !(await butler.registry.findDatasetType(type))) continue;
      // oxlint-disable-next-line no-await-in-loop
      for (const { dataId } of await butler
        .query()
        .datasets({ type, collections: [collection], findFirst: true })
        .toArray())
        done.add(`${String(dataId.get('visit'))}/${String(dataId.get('detector'))}`);
    }
    return done;
  }

  #bandOf(physicalFilter: string): string {
    return this.#options.camera.filters.find(({ name }) => name === physicalFilter)?.band ?? physicalFilter;
  }

  async #placeOf({ instrument, exposure, detector }: RawUnit): Promise<Place> {
    const { butler, camera, skymap } = this.#options;
    const [record] = await butler.queryDimensionRecords('exposure', { dataId: { instrument, exposure } });
    const fields = record?.fields ?? {};
    const [ra, dec, skyAngle] = [fields['tracking_ra'], fields['tracking_dec'], fields['sky_angle'] ?? 0];
    const pointed = typeof ra === 'number' && typeof dec === 'number' && typeof skyAngle === 'number';
    const filter = fields['physical_filter'];
    const physicalFilter = typeof filter === 'string' ? filter : '';
    return {
      instrument,
      detector,
      physicalFilter,
      band: this.#bandOf(physicalFilter),
      corners: pointed
        ? (detectorFootprints(camera, { ra, dec, skyAngle }, PADDING_ARCSEC).find(({ id }) => id === detector)?.corners ?? [])
        : [],
      timeTaiNs: (fields['timespan'] as { readonly begin?: bigint } | null)?.begin ?? 0n,
      skymap,
    };
  }

  #findInputs(place: Place): Promise<readonly FoundInput[]> {
    const nodes = new Map(this.#plans.flatMap(({ inputs }) => inputs.map((node) => [node.name, node] as const)));
    return findInputs(this.#options.butler, nodes.values(), place, this.#options.inputs);
  }

  /** The graph of a unit: built now, or as an attempt before a crash left it. */
  async #graphOf(
    unit: RawUnit,
    plan: Plan,
  ): Promise<{ readonly graph: QuantumGraph; readonly files: { readonly graphPath: string; readonly provenancePath: string } }> {
    const { butler, instrument, rawRun, inputs, output, skymap } = this.#options;
    const { exposure, detector, day } = unit;
    const outputRun = `${output}/${day}/${plan.name}`;
    const dir = join(runFiles(butler.root ?? '.', outputRun).dir, `${exposure}-${detector}`);
    const files = { graphPath: join(dir, 'graph.qgraph'), provenancePath: join(dir, 'run.prov') };
    if (!existsSync(files.graphPath)) {
      const spatial = plan.inputs.some(({ dimensions }) => dimensions.includes('skymap'));
      const { graph } = await graphPipeline(butler, plan.pipeline, {
        input: [rawRun, ...(await this.#existing(inputs))],
        outputRun,
        where: `instrument = '${instrument}' AND exposure = ${exposure} AND detector = ${detector}${spatial ? ` AND skymap = '${skymap}'` : ''}`,
        timestamp: '',
        missingPrerequisites: 'leave-out',
      });
      mkdirSync(dir, { recursive: true });
      writeGraphFile(graph, files.graphPath);
    }
    const file = openGraphFile(files.graphPath);
    const graph = file.load();
    file.close();
    await this.#begin(outputRun, graph);
    return { graph, files };
  }

  async #existing(names: readonly string[]): Promise<readonly string[]> {
    const { registry } = this.#options.butler;
    return (await Promise.all(names.map((name) => registry.findCollection(name)))).flatMap((found) => (found ? [found.name] : []));
  }

  /** Does once per run what is done once per run: collection, configurations, versions. */
  #begin(run: string, graph: QuantumGraph): Promise<void> {
    let begun = this.#begun.get(run);
    if (!begun) {
      begun = this.#write(async () => {
        const { butler, output } = this.#options;
        const registrar = await butlerRegistrar(butler, graph);
        const store = await butlerStoreSpec(butler.root ?? '.', butler.universe.source);
        await registrar.register(await beginOutputs(graph, { store, packages: currentPackages(), clobber: true }));
        await butler.registry.registerCollection(output, 'CHAINED');
        const children = (await butler.registry.flattenCollections([output], { keepChains: true })).map(({ name }) => name);
        if (!children.includes(run)) await butler.registry.editChain(output, 'prepend', [run]);
      });
      this.#begun.set(run, begun);
      begun.catch(() => this.#begun.delete(run));
    }
    return begun;
  }

  /** Alerts of a unit that are in the stream, whichever attempt sent them. */
  async #alertsOf(results: readonly QuantumResult[]): Promise<number> {
    const sent = results.flatMap(({ outputs }) => outputs.filter(({ type }) => type === 'alert_summary'));
    let alerts = 0;
    for (const { id } of sent) {
      // oxlint-disable-next-line no-await-in-loop -- one for a detector
      const ref = await this.#options.butler.findDatasetById(id);
      // oxlint-disable-next-line no-await-in-loop
      const summary = ref && ((await this.#options.butler.get(ref)) as { readonly alerts: number; readonly duplicates: number });
      alerts += (summary?.alerts ?? 0) + (summary?.duplicates ?? 0);
    }
    return alerts;
  }

  async #register(graph: QuantumGraph, results: readonly QuantumResult[]): Promise<void> {
    const written = results
      .filter(({ status }) => isDone(status))
      .flatMap(({ outputs }) =>
        outputs.map(({ id, type, dataId, run, storageClass, dimensions, record }): WrittenDataset => ({
          ref: { id, datasetType: type, dataId, run, storageClass, dimensions },
          record,
        })),
      );
    await this.#write(async () => (await butlerRegistrar(this.#options.butler, graph)).register(written));
  }

  #write<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#writing.then(work);
    this.#writing = result.catch(() => undefined);
    return result;
  }
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function closeOf(taiNs: bigint | undefined): number | null {
  return taiNs === undefined ? null : Number(unixNsFromTaiNs(taiNs) / 1000n) / 1000;
}

/** Each task as a stage, in order of its start. */
function stagesOf(results: readonly QuantumResult[]): readonly StageTime[] {
  return results
    .filter(({ status }) => status !== 'blocked')
    .map(({ label, startedMs, endedMs }) => ({ stage: label, startedMs, endedMs }))
    .toSorted((a, b) => a.startedMs - b.startedMs);
}

function outcomeOf(
  unit: RawUnit,
  {
    plan,
    fallbacks,
    run,
    results,
    alerts,
  }: Pick<UnitOutcome, 'fallbacks' | 'alerts'> & { readonly plan: Plan; readonly run: string; readonly results: readonly QuantumResult[] },
): UnitOutcome {
  const finishedMs = Math.max(0, ...results.filter(({ status }) => status !== 'blocked').map(({ endedMs }) => endedMs));
  const base = { plan: plan.name, fallbacks, run, alerts, finishedMs };
  const failure = results.find(({ status }) => status === 'failed');
  if (failure) {
    const message = `${formatUnit(unit)}: ${failure.label}: ${failure.error?.message ?? 'no message'} [${failure.error?.code ?? ''}]`;
    return { ...base, state: 'failed', error: { code: VisitFailedError.code, message } };
  }
  const idle = results.find(({ status }) => status === 'no-work' || status === 'unprocessable');
  return {
    ...base,
    state: 'done',
    error: idle ? { code: idle.error?.code ?? '', message: `${idle.label}: ${idle.error?.message ?? ''}` } : null,
  };
}
