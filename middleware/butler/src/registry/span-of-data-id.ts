import { isEmptyTimespan, type Timespan } from '@almagest/time';
import type { DataCoordinate } from '../dimensions/data-coordinate.ts';
import { isTimespan } from '../dimensions/timespan.ts';

/** When a data ID is observed: the span of its finest temporal record, or undefined. */
export function spanOfDataId(dataId: DataCoordinate): Timespan | undefined {
  for (const name of dataId.dimensions.elements.toReversed()) {
    const span = dataId.records?.get(name)?.fields['timespan'];
    if (isTimespan(span) && !isEmptyTimespan(span)) return span;
  }
  return undefined;
}
