import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import { QueryError } from '../errors.ts';

/** Ways of making visits of exposures, by the field's names. */
export const GROUPINGS = ['one-to-one', 'by-group-metadata', 'one-to-one-and-by-counter'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** Ids of the visit systems, as {@link registerInstrument} registers them. */
const ONE_TO_ONE = 0;
const BY_GROUP = 1;
const BY_COUNTER = 2;

/** Exposures that are one visit. */
export interface VisitDefinition {
  readonly id: number;
  readonly name: string;
  /** In the order in which they were taken. */
  readonly exposures: readonly [DimensionRecord, ...DimensionRecord[]];
  /** Visit systems that it belongs to. */
  readonly systems: readonly number[];
}

/**
 * Makes visits of the exposures of one instrument.
 *
 * `one-to-one` takes each for itself, `by-group-metadata` those with one group name.
 * `one-to-one-and-by-counter` makes a visit of each exposure, and one more of those of a day that have one start and end of the
 * sequence. A series has the id and name of its first exposure, whose own visit is then called `NAME_first` and has a 9 before its id.
 * A series whose first exposure is not there yet is left for later, since nothing else can name it.
 *
 * @param exposures - Records, ordered by id.
 * @throws {QueryError} for another grouping.
 */
export function groupExposures(exposures: readonly DimensionRecord[], grouping: Grouping): readonly VisitDefinition[] {
  switch (grouping) {
    case 'one-to-one':
      return exposures.map((exposure) => alone(exposure, [ONE_TO_ONE]));
    case 'by-group-metadata':
      return groupsOf(exposures, (exposure) => text(exposure, 'group')).map((members) => ({
        id: members[0].fields['id'] as number,
        name: text(members[0], members.length === 1 ? 'obs_id' : 'group'),
        exposures: members,
        systems: [BY_GROUP],
      }));
    case 'one-to-one-and-by-counter':
      return groupsOf(exposures, sequenceOf).flatMap(bySequence);
    default:
      throw new QueryError(`visits are grouped ${GROUPINGS.join(', ')}; found ${String(grouping)}`);
  }
}

/** Exposures without counters belong to no series. */
function sequenceOf(exposure: DimensionRecord): string {
  const key = ['day_obs', 'seq_start', 'seq_end'];
  const isCounted = key.every((name) => (exposure.fields[name] ?? null) !== null);
  return isCounted ? key.map((name) => text(exposure, name)).join(' ') : `alone ${text(exposure, 'id')}`;
}

function bySequence(members: VisitDefinition['exposures']): readonly VisitDefinition[] {
  const [first] = members;
  if (members.length === 1) return [alone(first, [ONE_TO_ONE, BY_COUNTER])];
  const isWhole = first.fields['seq_num'] === first.fields['seq_start'];
  const each = members.map((exposure): VisitDefinition => {
    const visit = alone(exposure, [ONE_TO_ONE]);
    return isWhole && exposure === first ? { ...visit, id: Number(`9${visit.id}`), name: `${visit.name}_first` } : visit;
  });
  return isWhole ? [...each, { ...alone(first, [BY_COUNTER]), exposures: members }] : each;
}

function alone(exposure: DimensionRecord, systems: readonly number[]): VisitDefinition {
  return { id: exposure.fields['id'] as number, name: text(exposure, 'obs_id'), exposures: [exposure], systems };
}

/** Groups in the order of their first members; members as they were taken, where they are counted. */
function groupsOf(
  exposures: readonly DimensionRecord[],
  key: (exposure: DimensionRecord) => string,
): readonly VisitDefinition['exposures'][] {
  const order = ({ fields }: DimensionRecord): number => (fields['seq_num'] ?? fields['id']) as number;
  return [...Map.groupBy(exposures, key).values()].map(
    (members) => members.toSorted((a, b) => order(a) - order(b)) as [DimensionRecord, ...DimensionRecord[]],
  );
}

function text({ fields }: DimensionRecord, name: string): string {
  return String(fields[name] as string | number);
}
