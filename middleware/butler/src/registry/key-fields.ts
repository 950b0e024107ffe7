import type { RecordField } from '../dimensions/dimension-record.ts';
import type { DimensionElement } from '../dimensions/universe.ts';

/** Fields that identify a record of the element. */
export function keyFields(element: DimensionElement, fields: readonly RecordField[]): readonly RecordField[] {
  return fields.filter((field) => field.dimension !== undefined && element.required.includes(field.dimension));
}
