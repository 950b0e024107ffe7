import type { DimensionUniverse } from '../dimensions/universe.ts';
import type { Database } from '../sql/database.ts';

/** What all parts of the registry work with. */
export interface RegistryContext {
  readonly db: Database;
  readonly universe: DimensionUniverse;
  /** Time now [ns since 1970 TAI]: the ingest date of new datasets. */
  readonly now: () => bigint;
  /** True where ingest dates are UTC text, as repositories before the dataset manager 2.0 have them. */
  readonly textIngestDate: boolean;
}
