export { KernelArgumentError, KernelMemoryError, KernelThreadsError } from './errors.ts';
export { KernelArena, kernelBytesInUse } from './memory/arena.ts';
export type { KernelArray, Plane } from './memory/frame.ts';
export { type KernelThreadOptions, kernelThreads, type KernelWorker, type KernelWorkerStart, setKernelThreads } from './threads/threads.ts';
export {
  type BlockKernel,
  convolveDense,
  convolveSeparable,
  convolveVarying,
  type DenseKernel,
  type EdgeRule,
} from './convolution/convolve.ts';
export { type MappingGrid, resample, type ResampleRequest } from './resampling/resample.ts';
export type { ResamplingKernel } from './resampling/weights.ts';
