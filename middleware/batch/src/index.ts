export {
  type BatchReport,
  cancelRun,
  type ClusterReport,
  reportRun,
  restartRun,
  type SubmitOptions,
  submitRun,
  waitForRun,
  type WaitOptions,
} from './batch-run.ts';
export { type BatchSystem, isEnded, type JobRequest, type JobState, type JobStatus } from './batch-system.ts';
export { openButlerRegistrar } from './butler-registrar.ts';
export { type Cluster, clusterGraph } from './cluster.ts';
export { type BatchConfig, type ClusterRule, parseBatchConfig, readBatchConfig, type TaskRequest } from './config.ts';
export { BatchConfigError, BatchSystemError, ClusterCycleError, SubmissionNotFoundError } from './errors.ts';
export { localBatch } from './local-batch.ts';
export { parseDuration, parseJob, slurm, type SlurmOptions } from './slurm.ts';
export { type JobMarker, type JobRecord, readJobs, readSubmission, type RegistrarSpec, type Submission } from './submission.ts';
