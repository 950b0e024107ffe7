import type { DimensionUniverse } from '../dimensions/universe.ts';
import { recordFields } from '../dimensions/dimension-record.ts';

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
    if ((record['day_obs'] ?? null) !== null) yield ['day_obs', { instrument, id: record['day_obs'] }];
    const group = record['group'] ?? record['group_name'];
    if (element === 'exposure' && (group ?? null) !== null) yield ['group', { instrument, name: group }];
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
  return element === 'exposure' && timed['group'] === undefined && timed['group_name'] !== undefined
    ? { ...timed, group: timed['group_name'] }
    : timed;
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
