import { isoFromTaiNs } from '@almagest/time';
import type { DimensionUniverse } from '../dimensions/universe.ts';
import { recordFields } from '../dimensions/dimension-record.ts';

/** Noon to midnight [ns]. */
const HALF_DAY_NS = 43_200_000_000_000n;

type Entry = Readonly<Record<string, unknown>>;

/** Records of one element from an export file. */
export interface ElementRecords {
  readonly element: string;
  readonly records: readonly Entry[];
}

/**
 * Turns records of an older universe into those of the repository's universe: observing days and groups become records of
 * their own (version 6), membership of visits in visit systems becomes a join element (version 2), and fields that the
 * universe no longer has are left out.
 */
export function upgradeRecords(universe: DimensionUniverse, groups: readonly ElementRecords[]): readonly ElementRecords[] {
  const out = new Map<string, Entry[]>();
  const add = (element: string, record: Entry): void => {
    if (!universe.find(element)?.hasTable) return;
    const list = out.get(element) ?? [];
    list.push(record);
    out.set(element, list);
  };
  const seen = new Set<string>();
  const addOnce = (element: string, record: Entry): void => {
    const key = `${element} ${JSON.stringify(record)}`;
    if (!seen.has(key)) add(element, record);
    seen.add(key);
  };
  for (const { element, records } of groups)
    for (const record of records) {
      for (const [derived, value] of derivedRecords(element, record)) addOnce(derived, value);
      add(element, keepKnown(universe, element, renameFields(element, record)));
    }
  return universe.elements
    .filter((element) => out.has(element.name))
    .map((element) => ({ element: element.name, records: unique(out.get(element.name)!) }));
}

/** Records that older universes kept as fields of others. */
function* derivedRecords(element: string, record: Entry): Iterable<readonly [string, Entry]> {
  const { instrument } = record;
  if (element === 'exposure' || element === 'visit') {
    const day = dayOf(record);
    yield ['day_obs', { instrument, id: day }];
    const group = groupOf(record);
    if (element === 'exposure' && group !== undefined) yield ['group', { instrument, name: group }];
  }
  if ((element === 'visit' || element === 'visit_definition') && (record['visit_system'] ?? null) !== null)
    yield [
      'visit_system_membership',
      { instrument, visit_system: record['visit_system'], visit: element === 'visit' ? record['id'] : record['visit'] },
    ];
}

function renameFields(element: string, record: Entry): Entry {
  const { datetime_begin: begin, datetime_end: end, ...rest } = record;
  const timed =
    begin === undefined && end === undefined ? rest : { ...rest, timespan: { begin: begin ?? undefined, end: end ?? undefined } };
  if (element !== 'exposure' && element !== 'visit') return timed;
  const group = element === 'exposure' ? groupOf(timed) : undefined;
  return { ...timed, day_obs: dayOf(timed), ...(group === undefined ? {} : { group }) };
}

/**
 * Observing day of an exposure or visit: its own; where it has none the TAI date half a day before it begins; 0 where that is
 * not known either, because newer universes want one.
 */
function dayOf(record: Entry): unknown {
  if ((record['day_obs'] ?? null) !== null) return record['day_obs'];
  const begin = (record['timespan'] as { readonly begin?: bigint } | null | undefined)?.begin ?? record['datetime_begin'];
  if (typeof begin !== 'bigint') return 0;
  return Number(
    isoFromTaiNs(begin - HALF_DAY_NS, { scale: 'tai' })
      .slice(0, 10)
      .replaceAll('-', ''),
  );
}

/** Group of an exposure: its own, or where it has none the exposure itself. */
function groupOf(record: Entry): unknown {
  return record['group'] ?? record['group_name'] ?? record['obs_id'] ?? undefined;
}

function keepKnown(universe: DimensionUniverse, elementName: string, record: Entry): Entry {
  const element = universe.find(elementName);
  if (!element) return record;
  const names = new Set(recordFields(universe, element).map((field) => field.name));
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));
}

/** Members of a join element can be named twice, by the record itself and by an older field. */
function unique(records: readonly Entry[]): readonly Entry[] {
  const show = (record: Entry): string =>
    JSON.stringify(
      Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)),
      (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}` : value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
    );
  return [...new Map(records.map((record) => [show(record), record])).values()];
}
