import type { Butler, DatasetRef, DimensionRecord } from '@almagest/butler';
import { mjdFromTaiNs, type Timespan } from '@almagest/time';
import { ImageNotFoundError } from '../errors.ts';

/** One kind of product of a visit: how many datasets of it there are. */
export interface NightStep {
  readonly task: string;
  readonly done: number;
  readonly failed: number;
  readonly seconds: number | null;
}

export interface NightVisit {
  readonly visit: number;
  readonly band: string | null;
  readonly target: string | null;
  readonly beginMjdTai: number | null;
  readonly exposureSec: number | null;
  readonly steps: readonly NightStep[];
  /** Null: a repository does not record when its products were asked for. */
  readonly latencySec: number | null;
  readonly failures: readonly never[];
}

export interface NightMetric {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly visit: number | null;
}

export interface Night {
  readonly day: number;
  readonly visits: readonly NightVisit[];
  readonly metrics: readonly NightMetric[];
}

/** Nights that have visits, newest first. */
export async function listNights(butler: Butler): Promise<readonly { readonly day: number; readonly visits: number }[]> {
  const days = Map.groupBy(await butler.queryDimensionRecords('visit'), (record) => Number(record.fields['day_obs']));
  return [...days].map(([day, visits]) => ({ day, visits: visits.length })).toSorted((a, b) => b.day - a.day);
}

/** The visits of one night with what has been made of each. @throws {ImageNotFoundError} if the night has no visits. */
export async function getNight(butler: Butler, day: number): Promise<Night> {
  const records = (await butler.queryDimensionRecords('visit')).filter((record) => Number(record.fields['day_obs']) === day);
  if (records.length === 0) throw new ImageNotFoundError(`there are no visits on ${day}`, { details: { id: String(day) } });
  const bands = new Map(
    (await butler.queryDimensionRecords('physical_filter')).map(({ fields }) => [
      keyOf(fields['instrument'], fields['name']),
      textOf(fields['band']),
    ]),
  );
  const products = await readProducts(butler);
  const visits = records.map((record) => visitOf(record, bands, products)).toSorted((a, b) => (a.beginMjdTai ?? 0) - (b.beginMjdTai ?? 0));
  return { day, visits, metrics: await readMetrics(butler, products, new Set(visits.map((each) => each.visit))) };
}

interface Product {
  readonly type: string;
  readonly storageClass: string;
  readonly byVisit: ReadonlyMap<string, readonly DatasetRef[]>;
}

/** A name or number of a record or data ID as text; other values do not name anything. */
function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' ? String(value) : '';
}

const keyOf = (instrument: unknown, member: unknown): string => `${textOf(instrument)}/${textOf(member)}`;

/** Datasets of every type that belongs to visits; those that only describe a run are left out. */
async function readProducts(butler: Butler): Promise<readonly Product[]> {
  const types = (await butler.registry.queryDatasetTypes()).filter(
    ({ name, dimensions }) => dimensions.names.includes('visit') && !/_(config|metadata|log)$/.test(name),
  );
  const collections = (await butler.registry.queryCollections(undefined, { types: ['RUN'] })).map((each) => each.name);
  if (collections.length === 0) return [];
  return await Promise.all(
    types.map(async ({ name, storageClass }) => {
      const refs = await butler.query().datasets({ type: name, collections, findFirst: false }).toArray();
      return {
        type: name,
        storageClass,
        byVisit: Map.groupBy(refs, ({ dataId }) => keyOf(dataId.find('instrument'), dataId.find('visit'))),
      };
    }),
  );
}

function visitOf({ fields }: DimensionRecord, bands: ReadonlyMap<string, string>, products: readonly Product[]): NightVisit {
  const span = fields['timespan'] as Timespan | null | undefined;
  const steps = products.flatMap(({ type, storageClass, byVisit }): NightStep[] => {
    const done = new Set(byVisit.get(keyOf(fields['instrument'], fields['id']))?.map(({ dataId }) => String(dataId.find('detector')))).size;
    return done === 0 || storageClass === 'MetricValue' ? [] : [{ task: type, done, failed: 0, seconds: null }];
  });
  return {
    visit: Number(fields['id']),
    band: bands.get(keyOf(fields['instrument'], fields['physical_filter'])) ?? null,
    target: typeof fields['target_name'] === 'string' ? fields['target_name'] : null,
    beginMjdTai: span?.begin === undefined ? null : mjdFromTaiNs(span.begin, 'tai'),
    exposureSec: typeof fields['exposure_time'] === 'number' ? fields['exposure_time'] : null,
    steps,
    latencySec: null,
    failures: [],
  };
}

/** Most metrics of one night; more are for a query. */
const MOST_METRICS = 500;

async function readMetrics(butler: Butler, products: readonly Product[], visits: ReadonlySet<number>): Promise<readonly NightMetric[]> {
  const refs = products
    .filter(({ storageClass }) => storageClass === 'MetricValue')
    .flatMap(({ byVisit }) => [...byVisit.values()].flat())
    .filter(({ dataId }) => visits.has(Number(dataId.find('visit'))))
    .slice(0, MOST_METRICS);
  const metrics: NightMetric[] = [];
  for (const ref of refs) {
    const { value, unit } = (await butler.get(ref)) as { readonly value?: unknown; readonly unit?: unknown };
    if (typeof value === 'number')
      metrics.push({
        name: ref.datasetType.name,
        value,
        unit: typeof unit === 'string' ? unit : '',
        visit: Number(ref.dataId.find('visit')),
      });
  }
  return metrics;
}
