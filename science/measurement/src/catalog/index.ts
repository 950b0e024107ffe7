export { DETECT_FLAGS, type DetectedSources, detectSources, type DetectOptions } from './detect-sources.ts';
