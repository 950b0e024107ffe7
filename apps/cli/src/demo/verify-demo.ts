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
  medianNoise,
  measurementsOfTransients,
  plantedChanges,
  TRUTH_THRESHOLDS,
  SCIENCE_THRESHOLDS,
  type PlantedChanges,
  truthOfExposure,
} from '@almagest/verification';
import { MIN_RELIABILITY, nightCollections } from '../survey/night.ts';
import { bandsOfVisits, datasetsOf } from '../survey/repository.ts';

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
  const sent = dia.map((each) => ({ ...each, table: reliableRows(each.table) }));
  const visits = [...new Set(dia.map(({ visit }) => visit))];
  const planted = [...new Set(bands.values())].map((band) => {
    const ofBand = [...bands].filter(([, each]) => each === band).map(([visit]) => visit);
    const templateVisits = ofBand.filter((visit) => templateNights.includes(nightOf(visit)));
    return plantedChanges(truth, { visits: ofBand.filter((visit) => visits.includes(visit)), templateVisits });
  });
  const comparison = compareTransients(detectionsOf(concatTables(sent.map(({ table }) => table))), joinChanges(planted), {
    radiusArcsec: RADIUS_ARCSEC,
    snrMin: SNR_MIN,
    noiseNjy: medianNoise(detectionsOf(concatTables(dia.map(({ table }) => table)))),
  });
  const measurements: Measurement[] = [...kpm, ...measurementsOfTransients(comparison)];
  return {
    kinds: comparison.kinds,
    detections: sum(dia.map(({ table }) => table.nrows)),
    alerts: comparison.detections,
    falseAlerts: comparison.falseDetections,
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

/** Exposures of the simulator are numbered by night. */
function nightOf(visit: string): number {
  return Number(visit.slice(0, 8));
}

/** Changes of several bands as one; an object that changes in two of them is one object. */
function joinChanges(parts: readonly PlantedChanges[]): PlantedChanges {
  const all = (name: 'ra' | 'dec' | 'flux'): Float64Array => Float64Array.from(parts.flatMap((part) => Array.from(part[name])));
  return {
    visit: parts.flatMap(({ visit }) => Array.from(visit)),
    id: parts.flatMap(({ id }) => Array.from(id)),
    kind: parts.flatMap(({ kind }) => kind),
    ra: all('ra'),
    dec: all('dec'),
    flux: all('flux'),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}
