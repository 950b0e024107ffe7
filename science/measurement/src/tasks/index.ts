export { calibrateImage, type CalibratedImage, type CalibrateOptions } from '../calibrate/calibrate-image.ts';
export {
  calibrateVisit,
  type CalibrateVisitOptions,
  type MeasuredDetector,
  type VisitCalibration,
  type VisitDetectorCalibration,
  type VisitMatch,
} from '../visit/calibrate-visit.ts';
export { calibrateImageTask } from './calibrate-image-task.ts';
export { calibrateVisitTask, type VisitCalibrationData } from './calibrate-visit-task.ts';
export { characterizeImageTask } from './characterize-image-task.ts';
export { fieldOfDetector } from './field-of-detector.ts';
export { finishDetectorTask } from './finish-detector-task.ts';
export { sourceIdOf, sourceTable, type SourceTableIds } from './source-table.ts';
export { visitSkyTask } from './visit-sky-task.ts';
export { visitTablesTask } from './visit-tables-task.ts';
export { ccdVisitTable, type DetectorSummary, visitTable } from './visit-tables.ts';
