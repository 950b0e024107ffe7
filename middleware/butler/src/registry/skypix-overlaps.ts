import { sql } from 'kysely';
import type { DimensionRecord } from '../dimensions/dimension-record.ts';
import type { DimensionElement } from '../dimensions/universe.ts';
import { skypixEnvelope } from '../dimensions/region.ts';
import type { SqlValue } from '../sql/database.ts';
import { keyFields } from './key-fields.ts';
import { recordFields } from '../dimensions/dimension-record.ts';
import type { RegistryContext } from './registry-context.ts';

/** Relates records with regions to the pixels of the common skypix system that may overlap them. */
export async function writeSkypixOverlaps(
  context: RegistryContext,
  element: DimensionElement,
  records: readonly DimensionRecord[],
  options: { readonly replace: boolean },
): Promise<void> {
  const { db, universe } = context;
  const common = universe.get(universe.commonSkypix).skypix!;
  const key = keyFields(element, recordFields(universe, element));
  const governors = element.required.filter((name) => universe.get(name).isGovernor);
  const governorFields = key.filter((field) => governors.includes(field.dimension!));
  const summaries = new Map<string, readonly SqlValue[]>();
  const rows: (readonly SqlValue[])[] = [];
  for (const record of records) {
    const values = key.map((field) => record.fields[field.name] as SqlValue);
    const governorValues = governorFields.map((field) => record.fields[field.name] as SqlValue);
    summaries.set(JSON.stringify(governorValues), [common.system, common.level, ...governorValues]);
    if (options.replace) {
      const match = key.map((field, i) => sql`${sql.ref(field.dimension!)} = ${values[i]!}`);
      await db.run(sql`DELETE FROM ${sql.table(`${element.name}_skypix_overlap`)} WHERE ${sql.join(match, sql` AND `)}`);
    }
    const region = record.fields['region'];
    if (!(region instanceof Uint8Array)) continue;
    for (const pixel of skypixEnvelope(region, common)) rows.push([common.system, common.level, ...values, pixel]);
  }
  await db.insert(`${element.name}_skypix_overlap_summary`, ['skypix_system', 'skypix_level', ...governors], summaries.values(), {
    onConflict: 'ignore',
  });
  await db.insert(`${element.name}_skypix_overlap`, ['skypix_system', 'skypix_level', ...element.required, 'skypix_index'], rows, {
    onConflict: 'ignore',
  });
}
