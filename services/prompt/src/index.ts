export type { Night, NightFailure, NightMetric, NightPrompt, NightStep, NightVisit } from './nights/night.ts';
export { NightReports } from './nights/night-report.ts';
export { type NightsOptions, registerNights } from './nights/nights-plugin.ts';
export { deadlineOf, type NextVisit, parseNextVisit } from './announcements/next-visit.ts';
export { PromptDaemon, type PromptDaemonOptions, type PromptEvent } from './daemon/prompt-daemon.ts';
export type { PreloadReport, ProcessOptions, UnitProcessor } from './daemon/unit-processor.ts';
export { type Job, WorkQueue } from './daemon/work-queue.ts';
export {
  BadAnnouncementError,
  NoCalibrationError,
  PromptWorkerLostError,
  RawLateError,
  RawRejectedError,
  VisitFailedError,
} from './errors.ts';
export { metricsRegistryOf, type PromptPluginOptions, registerPrompt } from './http/prompt-plugin.ts';
export {
  type BucketOptions,
  pollBucket,
  type Receiver,
  type SourceOptions,
  takeObject,
  takeUpload,
  type UploadOptions,
  watchAnnouncements,
  watchRaws,
} from './intake/raw-sources.ts';
export { filesOf, watchFolder, type WatchOptions } from './intake/watch-folder.ts';
export { type PromptMetrics, promptMetrics } from './metrics.ts';
export { cachedStoreSpec, type CachedStoreOptions, openCachedStore } from './processing/cached-store.ts';
export { findInputs, type FoundInput, type Place } from './processing/find-inputs.ts';
export { openPipelineProcessor, type PipelineProcessorOptions } from './processing/pipeline-processor.ts';
export { choosePlan, type Choice, type Lack, loadPlan, NEEDED_CALIBRATIONS, type Plan, type PlanSpec } from './processing/plan.ts';
export { type Arrival, type ArrivalState, type Claim, UnitStore, type UnitStoreOptions } from './units/unit-store.ts';
export {
  BUDGET_SEC,
  type Fallback,
  formatUnit,
  latencyOf,
  type RawUnit,
  type StageTime,
  type Unit,
  type UnitOutcome,
  type UnitRecord,
  type UnitSource,
  type UnitState,
} from './units/unit.ts';
