export { JobNotFoundError, JobPhaseError, QuotaError, ResultFormatError, TapParameterError, UploadError } from './errors.ts';
export type { TapExample } from './handlers/context.ts';
export type { ForeignKey, TapColumn, TapContent, TapSchema, TapTable } from './models/tap-table.ts';
export type { JobLimits } from './services/job-service.ts';
export type { LoadingEngine } from './services/query-service.ts';
export { DEFAULT_LIMITS, registerTap, type TapOptions } from './tap-plugin.ts';
export { publishCatalog } from './models/publish-catalog.ts';
