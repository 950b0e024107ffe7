export {
  booleanField,
  choiceField,
  type ConfigOf,
  type ConfigShape,
  type FieldDoc,
  integerField,
  listField,
  mapField,
  numberField,
  type NumberFieldOptions,
  sectionField,
  stringField,
} from './config/fields.ts';
export {
  type AlgorithmChoice,
  type AlgorithmDeclaration,
  type AlgorithmEntry,
  algorithmField,
  algorithmRegistry,
  type AlgorithmRegistry,
} from './config/algorithms.ts';
export { type ConfigValues, parseConfig } from './config/parse.ts';
export {
  AlgorithmFailedError,
  ConfigError,
  InvalidQuantumError,
  NoWorkError,
  PartialOutputsError,
  TaskDeclarationError,
  TaskNotFoundError,
  TaskOutputError,
  UnprocessableDataError,
} from './errors.ts';
export {
  type Connection,
  type ConnectionKind,
  type Deferred,
  initInput,
  initOutput,
  input,
  type InputOptions,
  output,
  type OutputOptions,
  prerequisite,
  type PrerequisiteLookup,
  type PrerequisiteOptions,
} from './task/connections.ts';
export { type DataId, formatDataId, quantumSeed, type TaskContext, type TaskMetadata } from './task/context.ts';
export { type MetadataRecord, metadataRecorder, type Stopwatch } from './task/metadata.ts';
export { loadTask, registeredTasks, registerTask } from './task/registry.ts';
export { runTask, type RunTaskOptions } from './task/run-task.ts';
export {
  type Connections,
  DEFAULT_RESOURCES,
  defineTask,
  type InitInputsOf,
  type InitOutputsOf,
  type InputsOf,
  type OutputsOf,
  type QuantumInputs,
  type ResourceRequest,
  type Task,
  type TaskSpec,
  type Values,
} from './task/task.ts';
export { compareConfigs, type CompareOptions, type ConfigDifference } from './config/compare.ts';
export { formatConfig, type FormatConfigOptions, parseConfigText, parseFlatConfig } from './config/dump.ts';
export { type ConfigLayer, formatHistory, type HistoryEntry, parseOverride, type ResolvedConfig, resolveConfig } from './config/layers.ts';
export { describeFields, type FieldInfo } from './config/schema-walk.ts';
export { ContractError, ExpressionError, PipelineFileError, PipelineGraphError } from './errors.ts';
export { evaluateContract, type NameLookup, UNKNOWN_LABEL } from './pipeline/contract.ts';
export type { ConfigBlock, Contract, PipelineDocument, Subset, TaskEntry } from './pipeline/document.ts';
export { drawMermaid, type DrawOptions, drawSvg, drawText } from './pipeline/draw.ts';
export { formatPipeline } from './pipeline/format-pipeline.ts';
export {
  buildPipelineGraph,
  type DatasetRole,
  type DatasetTypeNode,
  type PipelineGraph,
  type PipelineGraphOptions,
} from './pipeline/pipeline-graph.ts';
export {
  configFor,
  type Pipeline,
  type PipelineTask,
  type ResolvedConnection,
  resolvePipeline,
  type ResolvePipelineOptions,
} from './pipeline/pipeline.ts';
export { parsePipelineDocument, readPipelineDocument } from './pipeline/read-pipeline.ts';
export { restrictPipeline, selectTasks } from './pipeline/select-tasks.ts';
export { EmptyGraphError, GraphFileError, OutputExistsError, PrerequisiteMissingError } from './errors.ts';
export { buildQuantumGraph, type BuildGraphOptions } from './quantum-graph/build.ts';
export { type CostOptions, type GraphCost, predictCost, type TaskCost } from './quantum-graph/cost.ts';
export { describeReport, splitTerms } from './quantum-graph/explain.ts';
export { type GraphFile, openGraphFile, writeGraphFile } from './quantum-graph/graph-file.ts';
export { type MemoryDatasets, memorySource, type MemorySourceOptions, type MemoryTable } from './quantum-graph/memory-source.ts';
export {
  type ExistingDataset,
  type GraphConnection,
  type GraphDatasets,
  type GraphHeader,
  type GraphReport,
  type GraphSummary,
  type GraphTask,
  type QuantumGraph,
  summarizeGraph,
  taskOfQuantum,
  type TaskReport,
} from './quantum-graph/quantum-graph.ts';
export {
  accessOf,
  type DatasetRef,
  datasetRef,
  formatQuantumId,
  type GraphAccess,
  predictedId,
  type Quantum,
  quantumAt,
  quantumDataId,
} from './quantum-graph/quantum.ts';
export {
  columnsOf,
  dataIdAt,
  type DataIdColumns,
  type DataIdQuery,
  type DatasetColumns,
  type DimensionValue,
  type GraphSource,
} from './quantum-graph/source.ts';
export {
  DatasetMissingError,
  OutOfMemoryError,
  ProvenanceFileError,
  QuantumTimeoutError,
  RunConflictError,
  WorkerLostError,
  WorkerSetupError,
} from './errors.ts';
export { fileStoreSpec, openFileStore } from './execution/file-store.ts';
export { configDatasetType } from './execution/init-outputs.ts';
export type { MockOptions, MockRule } from './execution/mock.ts';
export {
  formatSeconds,
  jsonView,
  liveView,
  plainView,
  type ProgressEvent,
  type ProgressOptions,
  type ProgressSink,
  type ProgressView,
} from './execution/progress.ts';
export { type Assignment, openQuantumRunner, type QuantumRunner, type RunnerOptions } from './execution/quantum-runner.ts';
export {
  describeError,
  isDone,
  type OutputDataset,
  type QuantumError,
  type QuantumResult,
  type QuantumStatus,
  type UsedDataset,
} from './execution/result.ts';
export { graphDigest, runGraph, type RunGraphOptions, type RunSummary } from './execution/run-graph.ts';
export { makeSchedule, type Schedule, type Written } from './execution/schedule.ts';
export { openStore, type QuantumStore, type ReadOptions, type Registrar, type StoreSpec, type WrittenDataset } from './execution/store.ts';
export { startWorker, type Worker, type WorkerKind, type WorkerLimits } from './execution/worker.ts';
export {
  openProvenance,
  type ProvenanceBlock,
  type ProvenanceWriter,
  type QuantaBlock,
  readProvenance,
  type SessionBlock,
} from './provenance/provenance-file.ts';
export { type DatasetProvenance, provenanceHeader } from './execution/store.ts';
export { codeVersion, type CodeVersion, codeVersionOf } from './provenance/code-version.ts';
export { buildLineage, findDatasets, formatLineage, type Lineage, lineageFrom, type LineageNode, lineageOf } from './provenance/lineage.ts';
export {
  type FailureGroup,
  formatReportHtml,
  measuredSeconds,
  type Percentiles,
  type RunReport,
  summarizeRun,
  summarizeRuns,
  type TaskRunReport,
} from './provenance/run-report.ts';
export { butlerRegistrar } from './butler/butler-registrar.ts';
export { butlerSource } from './butler/butler-source.ts';
export { type ButlerStoreOptions, butlerStoreSpec, openButlerStore } from './butler/butler-store.ts';
export { type CollectionOptions, defineCollections, planCollections, type RunCollections } from './session/collections.ts';
export {
  beginRun,
  type BuildOptions,
  currentPackages,
  executeRun,
  type ExecuteOptions,
  graphPipeline,
  runFiles,
  type RunFiles,
  runPipeline,
} from './session/run-pipeline.ts';
export { type AggregateOptions, aggregateParts, countStatuses } from './execution/aggregate.ts';
export { beginOutputs, finalResults, type RunPart } from './execution/run-graph.ts';
