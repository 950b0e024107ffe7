import { sql } from 'kysely';
import { DataCoordinate, type DataId, type DataIdValue } from '../dimensions/data-coordinate.ts';
import type { DimensionGroup } from '../dimensions/dimension-group.ts';
import { type DimensionRecord, fieldOfDimension, recordFields } from '../dimensions/dimension-record.ts';
import type { DimensionElement } from '../dimensions/universe.ts';
import { DataIdError, UnknownDimensionError } from '../errors.ts';
import { fetchRecordsByKey } from './dimension-records.ts';
import type { RegistryContext } from './registry-context.ts';

/**
 * Turns what a caller wrote into a data ID of the given dimensions: alternate keys such as `detector.full_name`, `full_name`
 * or `day_obs` + `seq_num` are looked up, and values that records give are filled in.
 *
 * @throws {DataIdError} if a dimension stays unknown, or several records match an alternate key.
 * @throws {UnknownDimensionError} for a name that is neither a dimension nor a field.
 */
export async function resolveDataId(
  context: RegistryContext,
  dimensions: DimensionGroup,
  values: DataId | DataCoordinate,
): Promise<DataCoordinate> {
  if (values instanceof DataCoordinate && dimensions.required.every((name) => values.find(name) !== undefined))
    return DataCoordinate.of(dimensions, values, values.dimensions === dimensions ? values.records : undefined);
  const plain = values instanceof DataCoordinate ? values.toJSON() : values;
  const known = new Map<string, DataIdValue>();
  const alternates: { element: DimensionElement; field: string; value: DataIdValue }[] = [];
  for (const [name, value] of Object.entries(plain)) {
    if (value === undefined || value === null) continue;
    if (context.universe.find(name)?.isDimension) known.set(name, value);
    else alternates.push({ ...alternateOf(context, dimensions, name), value });
  }
  takeFullNames(context, dimensions, known, alternates);
  for (const name of dimensions.required) {
    if (known.has(name)) continue;
    const element = context.universe.get(name);
    const own = alternates.filter((alternate) => alternate.element.name === name);
    // An implied dimension given instead of its field narrows too: day_obs + seq_num name an exposure.
    const narrowing = element.implied.filter((need) => known.has(need)).map((need) => ({ element, field: need, value: known.get(need)! }));
    if (own.length > 0) known.set(name, await findByFields(context, element, known, [...own, ...narrowing]));
  }
  return DataCoordinate.of(dimensions, Object.fromEntries(known));
}

/** `detector: 'Aa'` means the full name where ids are integers. */
function takeFullNames(
  context: RegistryContext,
  dimensions: DimensionGroup,
  known: Map<string, DataIdValue>,
  alternates: { element: DimensionElement; field: string; value: DataIdValue }[],
): void {
  for (const [name, value] of known) {
    const element = context.universe.get(name);
    if (!dimensions.names.includes(name) || element.primaryKey?.type !== 'int' || typeof value !== 'string' || /^[+-]?\d+$/.test(value))
      continue;
    const alternate = element.alternateKeys.find((column) => column.type === 'string');
    if (!alternate) continue;
    known.delete(name);
    alternates.push({ element, field: alternate.name, value });
  }
}

function alternateOf(context: RegistryContext, dimensions: DimensionGroup, name: string): { element: DimensionElement; field: string } {
  const [dimension = '', field] = name.split('.');
  if (field !== undefined) {
    const element = context.universe.get(dimension);
    if (!recordFields(context.universe, element).some((known) => known.name === field))
      throw new UnknownDimensionError(`${dimension} has no field ${JSON.stringify(field)}`);
    return { element, field };
  }
  const holders = dimensions.required
    .map((candidate) => context.universe.get(candidate))
    .filter((element) => recordFields(context.universe, element).some((known) => known.name === name && known.dimension === undefined));
  if (holders.length === 1) return { element: holders[0]!, field: name };
  if (holders.length > 1)
    throw new DataIdError(
      `${name} is a field of ${holders.map((element) => element.name).join(' and ')}; write ${holders[0]!.name}.${name}`,
    );
  context.universe.get(name);
  throw new UnknownDimensionError(`${JSON.stringify(name)} is neither a dimension nor a field of ${dimensions.names.join(', ')}`);
}

async function findByFields(
  context: RegistryContext,
  element: DimensionElement,
  known: ReadonlyMap<string, DataIdValue>,
  alternates: readonly { readonly field: string; readonly value: DataIdValue }[],
): Promise<DataIdValue> {
  const key = fieldOfDimension(context.universe, element, element.name);
  const conditions = [
    ...element.required
      .filter((name) => name !== element.name && known.has(name))
      .map((name) => ({ field: name, value: known.get(name)! })),
    ...alternates,
  ];
  const rows = await context.db.all(
    sql`SELECT DISTINCT ${sql.ref(key)} AS value FROM ${sql.table(element.name)} WHERE ${sql.join(
      conditions.map(({ field, value }) => sql`${sql.ref(field)} = ${value}`),
      sql` AND `,
    )} LIMIT 3`,
  );
  const shown = conditions.map(({ field, value }) => `${field} = ${JSON.stringify(value)}`).join(', ');
  if (rows.length === 0) throw new DataIdError(`no ${element.name} has ${shown}`);
  if (rows.length > 1) throw new DataIdError(`several ${element.name} records have ${shown}; give more values`);
  return rows[0]!['value'] as DataIdValue;
}

/**
 * Attaches records and fills implied values of many data IDs of one shape, with one query per element.
 *
 * @throws {DataIdError} if a record is missing or contradicts a value.
 */
export async function expandDataIds(context: RegistryContext, dataIds: readonly DataCoordinate[]): Promise<readonly DataCoordinate[]> {
  const first = dataIds[0];
  if (!first) return [];
  const { dimensions } = first;
  const values = dataIds.map(
    (dataId) => new Map(dimensions.names.flatMap((name) => (dataId.find(name) === undefined ? [] : [[name, dataId.find(name)!] as const]))),
  );
  const records = dataIds.map(() => new Map<string, DimensionRecord>());
  // Implied dimensions become known from records of elements that come later in universe order, so those go first.
  for (const name of dimensions.elements.toReversed()) {
    const element = context.universe.get(name);
    const keys = values.map((known) => keyOf(element, known));
    const wanted = new Map(keys.filter((key) => key !== undefined).map((key) => [JSON.stringify(key), key]));
    const found = await fetchRecordsByKey(context, element, [...wanted.values()]);
    for (let i = 0; i < dataIds.length; i += 1) {
      const key = keys[i];
      const record = key && found.get(JSON.stringify(key));
      if (!record) {
        if (key && element.isDimension && element.hasTable && dimensions.required.includes(name))
          throw new DataIdError(`no ${name} record for ${dataIds[i]!.toString()}`, {
            details: { dimension: name, dataId: dataIds[i]!.toJSON() },
          });
        continue;
      }
      records[i]!.set(name, record);
      for (const implied of element.implied) checkImplied(implied, record.fields[implied] as DataIdValue, values[i]!, dataIds[i]!);
    }
  }
  return dataIds.map((_, i) => DataCoordinate.of(dimensions, Object.fromEntries(values[i]!), records[i]!));
}

function checkImplied(name: string, value: DataIdValue, known: Map<string, DataIdValue>, dataId: DataCoordinate): void {
  const given = known.get(name);
  if (given !== undefined && given !== value)
    throw new DataIdError(
      `data ID ${dataId.toString()} says ${name} = ${JSON.stringify(given)}, but its records say ${JSON.stringify(value)}`,
      {
        details: { dimension: name },
      },
    );
  known.set(name, value);
}

function keyOf(element: DimensionElement, known: ReadonlyMap<string, DataIdValue>): readonly DataIdValue[] | undefined {
  const values = element.required.map((name) => known.get(name));
  return values.every((value) => value !== undefined) ? values : undefined;
}
