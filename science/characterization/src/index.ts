export { type Background, type BackgroundOptions, evaluateBackground, measureBackground, subtractBackground } from './background/mesh.ts';
export { detectPeaks, type PeakList, type PeakOptions } from './detection/detect-peaks.ts';
export {
  computeSignificance,
  createMatchedFilter,
  type MatchedFilter,
  type SignificanceMap,
  type SignificanceOptions,
} from './detection/significance.ts';
export { NoBackgroundError } from './errors.ts';
