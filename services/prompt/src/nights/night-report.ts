import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Butler, DatasetRef, DimensionRecord } from '@almagest/butler';
import { type QuantumResult, readProvenance, runFiles } from '@almagest/pipeline';
import { mjdFromTaiNs } from '@almagest/time';
import type { UnitStore } from '../units/unit-store.ts';
import { BUDGET_SEC, latencyOf, type UnitRecord } from '../units/unit.ts';
import type { Night, NightMetric, NightPrompt, NightStep, NightVisit } from './night.ts';

/** Longer than this is no latency but a reprocessing [s]. */
const LONGEST_LATENCY = 86_400;
const UNIX_EPOCH_MJD = 40_587;
const TAI_MINUS_UTC = 37;

/** Reads nights of a repository; what is read of a run's provenance is kept until its file changes. */
export class NightReports {
  readonly #butler: Butler;
  readonly #runs = new Map<string, { readonly stamp: number; readonly results: readonly QuantumResult[] }>();

  readonly #findUnits: () => UnitStore | undefined;

  /** @param units - Memory of prompt processing, if there is one; a function where it may come later. */
  constructor(butler: Butler, units?: UnitStore | (() => UnitStore | undefined)) {
    this.#butler = butler;
    this.#findUnits = typeof units === 'function' ? units : () => units;
  }

  /** Nights with visits, newest first. */
  async list(): Promise<readonly { readonly day: number; readonly visits: number }[]> {
    const visits = await this.#butler.queryDimensionRecords('visit');
    const days = Map.groupBy(visits, ({ fields }) => Number(fields['day_obs']));
    return [...days].map(([day, list]) => ({ day, visits: list.length })).toSorted((a, b) => b.day - a.day);
  }

  /** A night, or undefined where nothing was observed. */
  async get(day: number): Promise<Night | undefined> {
    const visits = (await this.#butler.queryDimensionRecords('visit')).filter(({ fields }) => fields['day_obs'] === day);
    if (visits.length === 0) return undefined;
    const bands = await this.#bands();
    const results = Map.groupBy(await this.#results(), visitOf);
    const products = visits.every(({ fields }) => results.has(Number(fields['id']))) ? [] : await this.#products();
    const store = this.#findUnits();
    const units = Map.groupBy(store?.list({ day }) ?? [], ({ exposure }) => exposure);
    const prompt = new Map([...units].map(([visit, records]) => [visit, records.map((record) => promptOf(record, store))] as const));
    const reports = visits
      .map((record) => {
        const report = reportVisit(record, bands, results.get(Number(record.fields['id'])) ?? []);
        const steps = report.steps.length > 0 ? report.steps : productsOf(report.visit, products);
        const seen = prompt.get(report.visit) ?? [];
        const latencies = seen.flatMap(({ latencySec }) => latencySec ?? []);
        const latencySec = latencies.length > 0 ? Math.max(...latencies) : report.latencySec;
        return { ...report, steps, latencySec, prompt: seen };
      })
      .toSorted((a, b) => a.visit - b.visit);
    const metrics = reports.flatMap(({ visit }) => metricsOf(visit, results.get(visit) ?? []));
    return { day, visits: reports, metrics };
  }

  async #bands(): Promise<ReadonlyMap<unknown, string>> {
    const filters = await this.#butler.queryDimensionRecords('physical_filter');
    return new Map(filters.map(({ fields }) => [fields['name'], fields['band'] as string]));
  }

  /** Datasets that belong to visits, for what was processed elsewhere and has no provenance here. */
  async #products(): Promise<readonly DatasetRef[]> {
    const collections = (await this.#butler.registry.queryCollections(undefined, { types: ['RUN'] })).map(({ name }) => name);
    const types = (await this.#butler.registry.queryDatasetTypes()).filter(
      ({ name, dimensions }) => dimensions.names.includes('visit') && !/_(config|metadata|log)$/.test(name),
    );
    const found: DatasetRef[] = [];
    if (collections.length > 0)
      for (const { name } of types)
        found.push(...(await this.#butler.query().datasets({ type: name, collections, findFirst: false }).toArray()));
    return found;
  }

  /** The newest result of every quantum of all runs, in order of their start. */
  async #results(): Promise<readonly QuantumResult[]> {
    const newest = new Map<string, QuantumResult>();
    for (const { name, type } of await this.#butler.registry.queryCollections()) {
      if (type !== 'RUN') continue;
      for (const result of this.#read(name)) {
        const key = `${result.label} ${JSON.stringify(result.dataId)}`;
        const known = newest.get(key);
        if (!known || known.endedMs <= result.endedMs) newest.set(key, result);
      }
    }
    return [...newest.values()].toSorted((a, b) => a.startedMs - b.startedMs);
  }

  #read(run: string): readonly QuantumResult[] {
    const { dir } = runFiles(this.#butler.root ?? '.', run);
    // Prompt processing keeps a folder for each detector of each visit below its run.
    const paths = existsSync(dir)
      ? readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => /(^|\/)run\.prov$/.test(name))
      : [];
    return paths.flatMap((name) => {
      const path = join(dir, name);
      const { mtimeMs: stamp } = statSync(path);
      const known = this.#runs.get(path);
      if (known?.stamp === stamp) return known.results;
      const results = readProvenance(path).flatMap((block) => (block.kind === 'quanta' ? block.results : []));
      this.#runs.set(path, { stamp, results });
      return results;
    });
  }
}

/** What the page shows of a unit. */
function promptOf(record: UnitRecord, units: UnitStore | undefined): NightPrompt {
  const { instrument, detector, state, source, attempts, outcome, rawSeenMs, shutterCloseMs, stages } = record;
  const latency = latencyOf(record);
  const zeroMs = latency?.from === 'shutter' ? (shutterCloseMs ?? rawSeenMs) : rawSeenMs;
  const transfer = zeroMs < rawSeenMs ? [{ stage: 'transfer', startedMs: zeroMs, endedMs: rawSeenMs }] : [];
  const name = units?.announcedAs(record);
  const preload =
    name === undefined
      ? undefined
      : units?.findAnnouncement(instrument, name)?.arrivals.find((each) => each.detector === detector)?.preload;
  return {
    detector,
    state,
    source,
    plan: outcome?.plan ?? null,
    fallbacks: outcome?.fallbacks ?? [],
    alerts: outcome?.alerts ?? 0,
    attempts,
    latencySec: latency?.sec ?? null,
    latencyFrom: latency?.from ?? null,
    budgetSec: BUDGET_SEC,
    preloadSec: preload ? (preload.endedMs - preload.startedMs) / 1000 : null,
    stages: [...transfer, ...stages].map(({ stage, startedMs, endedMs }) => ({
      stage,
      beginSec: (startedMs - zeroMs) / 1000,
      seconds: (endedMs - startedMs) / 1000,
    })),
    error: outcome?.error ?? null,
  };
}

/** Kinds of product of a visit as steps: how many detectors have each. */
function productsOf(visit: number, products: readonly DatasetRef[]): NightStep[] {
  const ofVisit = products.filter(({ dataId }) => Number(dataId.find('visit')) === visit);
  return [...Map.groupBy(ofVisit, ({ datasetType }) => datasetType.name)].map(([task, refs]) => ({
    task,
    done: new Set(refs.map(({ dataId }) => dataId.find('detector'))).size,
    failed: 0,
    seconds: null,
  }));
}

/** Visits carry the number of their exposure, or of the first of them. */
function visitOf({ dataId }: QuantumResult): number {
  return Number(dataId['visit'] ?? dataId['exposure'] ?? -1);
}

function reportVisit(
  { fields }: DimensionRecord,
  bands: ReadonlyMap<unknown, string>,
  results: readonly QuantumResult[],
): Omit<NightVisit, 'prompt'> {
  const span = fields['timespan'];
  const known = typeof span === 'object' && span !== null && 'begin' in span && 'end' in span ? span : undefined;
  const lastMs = Math.max(...results.map(({ endedMs }) => endedMs));
  const endMs = known?.end === undefined ? Number.NaN : unixMsOfMjdTai(mjdFromTaiNs(known.end, 'tai'));
  const latencySec = (lastMs - endMs) / 1000;
  return {
    visit: Number(fields['id']),
    band: bands.get(fields['physical_filter']) ?? null,
    target: typeof fields['target_name'] === 'string' ? fields['target_name'] : null,
    beginMjdTai: known?.begin === undefined ? null : mjdFromTaiNs(known.begin, 'tai'),
    exposureSec: typeof fields['exposure_time'] === 'number' ? fields['exposure_time'] : null,
    steps: [...Map.groupBy(results, ({ label }) => label)].map(([task, list]) => ({
      task,
      done: list.filter(({ status }) => status !== 'failed' && status !== 'blocked').length,
      failed: list.filter(({ status }) => status === 'failed' || status === 'blocked').length,
      seconds: Math.max(...list.map(({ startedMs, endedMs }) => endedMs - startedMs)) / 1000,
    })),
    latencySec: latencySec > 0 && latencySec < LONGEST_LATENCY ? latencySec : null,
    failures: results
      .filter(({ error }) => error !== null)
      .map(({ label, dataId, error }) => ({
        task: label,
        dataId: Object.fromEntries(
          Object.entries(dataId).map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value]),
        ),
        message: error?.message ?? '',
      })),
  };
}

function unixMsOfMjdTai(mjd: number): number {
  return (mjd - UNIX_EPOCH_MJD) * 86_400_000 - TAI_MINUS_UTC * 1000;
}

function metricsOf(visit: number, results: readonly QuantumResult[]): NightMetric[] {
  const values = new Map<string, { sum: number; count: number; unit: string }>();
  for (const { label, metadata } of results)
    for (const [metric, { value, unit }] of Object.entries(metadata?.metrics ?? {})) {
      if (value === null) continue;
      const name = `${label}.${metric}`;
      const known = values.get(name) ?? { sum: 0, count: 0, unit };
      values.set(name, { sum: known.sum + value, count: known.count + 1, unit });
    }
  return [...values].map(([name, { sum, count, unit }]) => ({ name, value: sum / count, unit, visit }));
}
