import type { TapColumn, TapTable } from '@almagest/tap';
import { type Cell, columnFromCells, makeTable, type Table } from '@almagest/table';
import { bandWavelengths, OBSCORE_TABLE, type Publisher } from './obscore.ts';

/** One visit of the telescope, made or to be made. Angles in degrees, times as MJD in TAI. */
export interface PlannedVisit {
  readonly id: string;
  readonly instrument: string;
  readonly band: string | undefined;
  readonly target: string | undefined;
  readonly beginMjdTai: number | undefined;
  readonly endMjdTai: number | undefined;
  readonly exposureSec: number | undefined;
  readonly ra: number | undefined;
  readonly dec: number | undefined;
  readonly fieldOfViewDeg: number | undefined;
  readonly footprint: readonly (readonly [ra: number, dec: number])[];
  readonly status: 'Planned' | 'Scheduled' | 'Unscheduled' | 'Performed' | 'Aborted';
}

type Value = (visit: PlannedVisit, publisher: Publisher) => Cell;

/** Columns that ObsCore has too, with its types, units and UCDs. */
const SHARED: Readonly<Record<string, Value>> = {
  target_name: (v) => v.target ?? null,
  obs_id: (v) => v.id,
  obs_collection: (_v, publisher) => publisher.collection,
  s_ra: (v) => v.ra ?? null,
  s_dec: (v) => v.dec ?? null,
  s_fov: (v) => v.fieldOfViewDeg ?? null,
  s_region: ({ footprint }) =>
    footprint.length === 0 ? null : `POLYGON ICRS ${footprint.map(([ra, dec]) => `${ra.toFixed(7)} ${dec.toFixed(7)}`).join(' ')}`,
  s_resolution: () => null,
  t_min: (v) => v.beginMjdTai ?? null,
  t_max: (v) => v.endMjdTai ?? null,
  t_exptime: (v) => v.exposureSec ?? null,
  t_resolution: (v) => v.exposureSec ?? null,
  em_min: ({ band }) => (band === undefined ? null : (bandWavelengths(band)?.[0] ?? null)),
  em_max: ({ band }) => (band === undefined ? null : (bandWavelengths(band)?.[1] ?? null)),
  em_res_power: () => null,
  o_ucd: () => 'phot.flux.density',
  pol_states: () => null,
  pol_xel: () => 0n,
  facility_name: (v) => v.instrument,
  instrument_name: (v) => v.instrument,
};

interface PlanColumn extends TapColumn {
  readonly value: Value;
}

const own = (column: Omit<PlanColumn, 'principal' | 'std'>): PlanColumn => ({ ...column, principal: true, std: true });

const OWN: readonly PlanColumn[] = [
  own({
    name: 't_plan_exptime',
    type: 'DOUBLE',
    unit: 's',
    utype: 'Char.TimeAxis.Coverage.Support.Extent',
    ucd: 'time.duration;obs.exposure',
    description: 'Exposure time that was planned',
    value: (v) => v.exposureSec ?? null,
  }),
  own({
    name: 'category',
    type: 'VARCHAR',
    description: 'Fixed, Coordinated, Window or Other: how free the time is',
    value: () => 'Fixed',
  }),
  own({ name: 'priority', type: 'INTEGER', description: '0 (highest), 1 or 2', value: () => 1 }),
  own({
    name: 'execution_status',
    type: 'VARCHAR',
    description: 'Planned, Scheduled, Unscheduled, Performed or Aborted',
    value: (v) => v.status,
  }),
  own({
    name: 'tracking_type',
    type: 'VARCHAR',
    description: 'Sidereal, Solar-system-object-tracking or Fixed-az-el-transit',
    value: () => 'Sidereal',
  }),
];

const PLANNING = own({
  name: 't_planning',
  type: 'DOUBLE',
  unit: 'd',
  description: 'When the plan was made (MJD); for what was performed its begin',
  value: (v) => v.beginMjdTai ?? 0,
});

/** @see ObsLocTAP 1.0, table 1 */
const COLUMNS: readonly PlanColumn[] = [
  PLANNING,
  ...Object.entries(SHARED).map(([name, value]) => {
    const known = OBSCORE_TABLE.columns.find((column) => column.name === name) as TapColumn;
    const { utype = '', ...rest } = known;
    return { ...rest, utype: utype.replace(/^obscore:/, ''), value };
  }),
  ...OWN,
];

/** Name under which an engine holds the rows. */
export const OBSPLAN_ENGINE_TABLE: string = 'almagest_obsplan';

/** `ivoa.obsplan` as a TAP service publishes it, over {@link obsPlanRows} loaded under this name. */
export const OBSPLAN_TABLE: TapTable = {
  schema: 'ivoa',
  name: 'obsplan',
  description: 'Visits of the telescope, those that were made and those that are planned, in the ObsLocTAP data model',
  utype: 'ivo://ivoa.net/std/obsloctap#table-1.0',
  sky: { ra: 's_ra', dec: 's_dec' },
  columns: COLUMNS.map(({ value: _value, ...plain }) => plain),
  sql: () => `"${OBSPLAN_ENGINE_TABLE}"`,
};

const DATATYPES = { VARCHAR: 'string', INTEGER: 'int32', BIGINT: 'int64', DOUBLE: 'float64' } as const;

/** ObsLocTAP rows of visits. */
export function obsPlanRows(visits: readonly PlannedVisit[], publisher: Publisher): Table {
  return makeTable(
    COLUMNS.map(({ name, type, unit, value }) =>
      columnFromCells(
        { name, datatype: DATATYPES[type as keyof typeof DATATYPES], ...(unit === undefined ? {} : { unit }) },
        visits.map((visit) => value(visit, publisher)),
      ),
    ),
    { name: 'ivoa.obsplan' },
  );
}
