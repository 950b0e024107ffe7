export { calibrateImage, type CalibratedImage, type CalibrateOptions } from '../calibrate/calibrate-image.ts';
export { calibrateImageTask } from './calibrate-image-task.ts';
export { characterizeImageTask } from './characterize-image-task.ts';
export { sourceIdOf, sourceTable, type SourceTableIds } from './source-table.ts';
export { visitTablesTask } from './visit-tables-task.ts';
export { ccdVisitTable, type DetectorSummary, visitTable } from './visit-tables.ts';
