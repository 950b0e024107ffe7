import type { Butler } from '@almagest/butler';
import { openFile } from '@almagest/resources';
import { concatTables, filterRows, getColumn, readParquet, type Table } from '@almagest/table';
import {
  catalogColumnsOf,
  compareToTruth,
  compareTransients,
  detectionsOf,
  evaluateMetrics,
  type EvaluatedMetric,
  type KindRecovery,
  matchedCatalogOf,
  type Measurement,
  measureKpm,
  measurementsOfTransients,
  plantedChanges,
  TRUTH_THRESHOLDS,
  SCIENCE_THRESHOLDS,
  type TransientComparison,
  truthOfExposure,
} from '@almagest/verification';
import { nightCollections } from '../survey/night.ts';
import { datasetsOf, textOf } from '../survey/repository.ts';

/** What was planted and what was found. */
export interface DemoVerdict {
  /** Differences of all bands together. */
  readonly kinds: readonly KindRecovery[];
  /** On the differences, before the cut in reliability. */
  readonly detections: number;
  /** After the cut, and those of them that no planted change explains. */
  readonly alerts: number;
  readonly falseAlerts: number;
  readonly metrics: readonly EvaluatedMetric[];
  /** Completeness of the catalogues by true magnitude, of all detectors together. */
  readonly completeness50Mag: number;
}

/** Detections below are not sent as alerts; the parameter of `alert-production.yaml`. */
const MIN_RELIABILITY = 0.5;
/** Least true signal to noise of what has to be found. */
const SNR_MIN = 7;
const RADIUS_ARCSEC = 0.6;

/** Compares catalogues and differences of a simulated survey with its truth. */
export async function verifyDemo(
  butler: Butler,
  instrument: string,
  truthFolder: string,
  templateNights: readonly number[],
): Promise<DemoVerdict> {
  await using file = await openFile(`${truthFolder}/sources.parquet`);
  const truth = await readParquet(file);
  const { singleFrame, alerts } = nightCollections(instrument);
  const sources = await tablesOf(butler, 'source', singleFrame);
  const limits = sources.map(({ visit, detector, table }) => {
    const seen = truthOfExposure(truth, { exposureId: BigInt(visit), detector });
    return compareToTruth(catalogColumnsOf(table), seen, { radiusArcsec: RADIUS_ARCSEC, magTolerance: 1 }).completeness50Mag;
  });
  const kpm = measureKpm(matchedCatalogOf(concatTables(sources.map(({ table }) => table))));
  const bands = await bandsOfVisits(butler, instrument);
  const dia = await tablesOf(butler, 'dia_sources', alerts);
  const sent = dia.map((each) => ({ ...each, table: reliableRows(each.table) })).filter(({ table }) => table.nrows > 0);
  const comparisons: TransientComparison[] = [];
  for (const band of new Set(bands.values())) {
    const ofBand = sent.filter(({ visit }) => bands.get(visit) === band && !templateNights.includes(nightOf(visit)));
    if (ofBand.length === 0) continue;
    const templateVisits = [...bands]
      .filter(([visit, each]) => each === band && templateNights.includes(nightOf(visit)))
      .map(([visit]) => visit);
    const visits = [...new Set(ofBand.map(({ visit }) => visit))];
    comparisons.push(
      compareTransients(detectionsOf(concatTables(ofBand.map(({ table }) => table))), plantedChanges(truth, { visits, templateVisits }), {
        radiusArcsec: RADIUS_ARCSEC,
        snrMin: SNR_MIN,
      }),
    );
  }
  const measurements: Measurement[] = [...kpm, ...comparisons.flatMap((comparison) => measurementsOfTransients(comparison))];
  return {
    kinds: sumOfKinds(comparisons),
    detections: sum(dia.map(({ table }) => table.nrows)),
    alerts: sum(comparisons.map((each) => each.detections)),
    falseAlerts: sum(comparisons.map((each) => each.falseDetections)),
    metrics: evaluateMetrics(measurements, [...SCIENCE_THRESHOLDS, ...TRUTH_THRESHOLDS]),
    completeness50Mag: median(limits.filter(Number.isFinite)),
  };
}

interface DetectorTable {
  readonly visit: string;
  readonly detector: number;
  readonly table: Table;
}

async function tablesOf(butler: Butler, type: string, collection: string): Promise<DetectorTable[]> {
  const tables: DetectorTable[] = [];
  for (const ref of await datasetsOf(butler, type, [collection])) {
    const table = (await butler.get(ref)) as Table;
    if (table.nrows > 0) tables.push({ visit: String(ref.dataId.get('visit')), detector: Number(ref.dataId.get('detector')), table });
  }
  return tables;
}

function reliableRows(table: Table): Table {
  const reliability = getColumn(table, 'reliability');
  return filterRows(table, (_, i) => Number(reliability.data[i]) >= MIN_RELIABILITY);
}

async function bandsOfVisits(butler: Butler, instrument: string): Promise<Map<string, string>> {
  const filters = await butler.queryDimensionRecords('physical_filter', { dataId: { instrument } });
  const bands = new Map(filters.map(({ fields }) => [textOf(fields['name']), textOf(fields['band'])]));
  const visits = await butler.queryDimensionRecords('visit', { dataId: { instrument } });
  return new Map(visits.map(({ fields }) => [`${Number(fields['id'])}`, bands.get(textOf(fields['physical_filter'])) ?? '']));
}

/** Exposures of the simulator are numbered by night. */
function nightOf(visit: string): number {
  return Number(visit.slice(0, 8));
}

function sumOfKinds(comparisons: readonly TransientComparison[]): KindRecovery[] {
  const byKind = Map.groupBy(
    comparisons.flatMap(({ kinds }) => kinds),
    ({ kind }) => kind,
  );
  return [...byKind].map(([kind, list]) => {
    const [planted, found] = [sum(list.map((each) => each.planted)), sum(list.map((each) => each.found))];
    const [plantedThings, foundThings] = [
      Math.max(...list.map((each) => each.plantedThings)),
      Math.max(...list.map((each) => each.foundThings)),
    ];
    return { kind, planted, found, completeness: found / planted, plantedThings, foundThings, bySnr: [] };
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
