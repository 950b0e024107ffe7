import { isoFromTaiNs, taiNsFromMjd } from '@almagest/time';
import { type Column, makeColumn, type Table } from '@almagest/table';
import { schemaTable } from './schema-table.ts';

/** One detector of a visit: what summarizeDetector found, and who it is. */
export interface DetectorSummary {
  readonly visit: bigint;
  readonly detector: number;
  readonly band: string;
  readonly physicalFilter: string;
  readonly values: Readonly<Record<string, number>>;
}

/** Room for the detector in the identifier of a detector's image. */
const DETECTORS = 1000n;

/** One row a detector, in the columns of the survey's CcdVisit table. */
export function ccdVisitTable(detectors: readonly DetectorSummary[]): Table {
  const rows = detectors.length;
  const given = new Map<string, Column>(
    [
      int64('ccdVisitId', detectors, ({ visit, detector }) => visit * DETECTORS + BigInt(detector)),
      int64('visitId', detectors, ({ visit }) => visit),
      int64('detector', detectors, ({ detector }) => BigInt(detector)),
      text('band', detectors, ({ band }) => band),
      text('physical_filter', detectors, ({ physicalFilter }) => physicalFilter),
      text('expMidpt', detectors, ({ values }) => isoOf(values['expMidptMJD'])),
      text('obsStart', detectors, ({ values }) => isoOf(values['obsStartMJD'])),
    ].map((column) => [column.name, column]),
  );
  return schemaTable('CcdVisit', (name) => given.get(name) ?? numbers(name, name, detectors), rows);
}

/** Names of the Visit table and where a detector's summary has them. */
const VISIT_VALUES: Readonly<Record<string, string>> = { ra: 'boresightRa', dec: 'boresightDec', skyRotation: 'boresightRotation' };

/** One row a visit, in the columns of the survey's Visit table; what is the same for all detectors comes from the first. */
export function visitTable(detectors: readonly DetectorSummary[]): Table {
  const firsts = [...new Map(detectors.toReversed().map((detector) => [detector.visit, detector])).values()].toSorted((a, b) =>
    Number(a.visit - b.visit),
  );
  const given = new Map<string, Column>(
    [
      int64('visit', firsts, ({ visit }) => visit),
      text('band', firsts, ({ band }) => band),
      text('physical_filter', firsts, ({ physicalFilter }) => physicalFilter),
      text('expMidpt', firsts, ({ values }) => isoOf(values['expMidptMJD'])),
      text('obsStart', firsts, ({ values }) => isoOf(values['obsStartMJD'])),
    ].map((column) => [column.name, column]),
  );
  return schemaTable('Visit', (name) => given.get(name) ?? numbers(name, VISIT_VALUES[name] ?? name, firsts), firsts.length);
}

function numbers(name: string, from: string, rows: readonly DetectorSummary[]): Column | undefined {
  if (!rows.some(({ values }) => values[from] !== undefined)) return undefined;
  return makeColumn({ name, datatype: 'float64', data: Float64Array.from(rows, ({ values }) => values[from] ?? Number.NaN) });
}

function int64(name: string, rows: readonly DetectorSummary[], of: (row: DetectorSummary) => bigint): Column {
  return makeColumn({ name, datatype: 'int64', data: BigInt64Array.from(rows, of) });
}

function text(name: string, rows: readonly DetectorSummary[], of: (row: DetectorSummary) => string): Column {
  return makeColumn({ name, datatype: 'string', data: rows.map(of) });
}

function isoOf(mjd: number | undefined): string {
  return mjd === undefined || !Number.isFinite(mjd) ? '' : isoFromTaiNs(taiNsFromMjd(mjd, 'tai'), { scale: 'tai', digits: 6 });
}
