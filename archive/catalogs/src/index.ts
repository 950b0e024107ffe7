export { createDuckdbEngine, type DuckdbEngine, type DuckdbEngineOptions } from './engine/duckdb-engine.ts';
export { QueryAbortedError, QueryFailedError } from './engine/errors.ts';
export type { QueryEngine, QueryResult, RunOptions } from './engine/query-engine.ts';
export { CatalogDamagedError, CatalogExistsError, CatalogInputError, CatalogNotFoundError } from './errors.ts';
export { catalogRelation, indexedRelation, rangeCondition, regionRelation, type ScanOptions } from './hats/catalog-relation.ts';
export {
  catalogColumns,
  type HatsCatalog,
  type HatsCollection,
  indexFiles,
  openCatalog,
  openCollection,
  tileFiles,
  tilesOfRanges,
} from './hats/hats-catalog.ts';
export { marginCells, marginOrder, tileMarginOrder } from './hats/margin-cells.ts';
export { canJoinNear, type NearJoin, nearNeighbourRelation, nearOwnerRelation } from './hats/near-relations.ts';
export { countRelation, type FirstRows, firstRowsRelation, type NarrowedScan } from './hats/partition-statistics.ts';
export { type CountRows, planTiles, type PlannedTile, type TilePlanOptions } from './hats/plan-tiles.ts';
export {
  formatProperties,
  type HatsKind,
  type HatsProperties,
  type HatsTile,
  parseProperties,
  tilePath,
  tileRange,
} from './hats/properties.ts';
export { type CatalogIssue, verifyCollection, type VerifyResult } from './hats/verify-catalog.ts';
export { registerHealpix } from './ingest/healpix-function.ts';
export { ingestCatalog, type IngestSummary } from './ingest/ingest-catalog.ts';
export type { IngestOptions } from './ingest/ingest-options.ts';
export { type ArchiveTransaction, beginTransaction, recoverArchive } from './ingest/transaction.ts';
export { type CatalogRecord, describeCatalog, listCatalogs } from './registry/archive.ts';
