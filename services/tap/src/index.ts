export {
  JobNotFoundError,
  JobPhaseError,
  QuotaError,
  ResultFormatError,
  SyncTimeError,
  UploadError,
  UserTableNotFoundError,
} from './errors.ts';
export { qualifiedName } from './models/tap-table.ts';
export type { TapExample } from './handlers/context.ts';
export type { ForeignKey, TapColumn, TapContent, TapSchema, TapTable } from './models/tap-table.ts';
export { registerUws, type UwsOptions } from './uws-plugin.ts';
export type { Job, JobResult } from './models/job.ts';
export { identityOf, type JobLimits, type JobRunner, type JobSurroundings, type UwsLimits } from './services/job-service.ts';
export type { LoadingEngine } from './services/query-service.ts';
export type { UserTableLimits } from './storage/user-table-store.ts';
export { DEFAULT_LIMITS, DEFAULT_USER_TABLES, registerTap, type TapOptions } from './tap-plugin.ts';
export { publishCatalog } from './models/publish-catalog.ts';
