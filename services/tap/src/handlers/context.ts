import type { Authenticator, UsageLimits } from '@almagest/auth';
import type { JobLimits, JobService } from '../services/job-service.ts';
import type { QueryService } from '../services/query-service.ts';

/** One example query for people and clients. */
export interface TapExample {
  readonly id: string;
  readonly title: string;
  readonly text: string;
  readonly query: string;
}

/** What every handler needs. */
export interface TapContext {
  /** Path under which the service is, such as `/tap`. */
  readonly prefix: string;
  readonly authenticate: Authenticator;
  readonly queries: QueryService;
  readonly jobs: JobService;
  readonly limits: JobLimits;
  readonly syncSeconds: number;
  readonly examples: readonly TapExample[];
  readonly startedAt: Date;
  readonly uploadHosts: readonly string[];
  readonly usage?: UsageLimits;
  /** Synchronous queries that are open, by user or address. */
  readonly openSyncs: Map<string, number>;
}
