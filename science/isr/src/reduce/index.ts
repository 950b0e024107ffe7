/** The reduction and what finds cosmic rays, without the task: for programs that run no pipeline and should start fast. */
export { type CosmicRayRequest, type CosmicRayResult, DEFAULT_LAPLACIAN, findCosmicRaysByLaplacian } from '../cosmic-ray/laplacian.ts';
export { DEFAULT_SHARPNESS, findCosmicRaysBySharpness, gaussianRatios } from '../cosmic-ray/sharpness.ts';
export { CalibrationMismatchError } from '../errors.ts';
export { measureOverscan, MEDIAN_PER_ROW, type OverscanOptions } from '../overscan/overscan.ts';
export { DEFAULT_ISR } from './isr-config.ts';
export type { RawAmplifierPixels } from './isr-data.ts';
export { type AmplifierPlanes, BAND_ROWS, reduceRawByAmplifier } from './reduce-raw.ts';
