export { combineBias, combineDark, combineFlat, type FrameNoise } from './combine/calibration-frames.ts';
export { combineFrames, type CombineOptions, rowFrameOf, type RowFrame } from './combine/combine-frames.ts';
export { combineBiasTask, combineDarkTask, combineFlatTask, findDefectsTask } from './combine-tasks.ts';
export { type DefectOptions, findDefects } from './defects/find-defects.ts';
export { FrameShapeError, TooFewFramesError, UnscalableFrameError } from './errors.ts';
export {
  buildMaster,
  type Master,
  type MasterFrame,
  type MasterKind,
  type MasterOptions,
  type MasterPlanes,
} from './masters/build-master.ts';
export { type FlatPairPoint, measureFlatPair, type PairPlanes } from './photon-transfer/flat-pair.ts';
export { fitPhotonTransfer, type PhotonTransferCurve } from './photon-transfer/photon-transfer-curve.ts';
export { photonTransferTask } from './photon-transfer-task.ts';
