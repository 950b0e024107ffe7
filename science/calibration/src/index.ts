export { combineBias, combineDark, combineFlat, type FrameNoise } from './combine/calibration-frames.ts';
export { combineFrames, type CombineOptions, rowFrameOf, type RowFrame } from './combine/combine-frames.ts';
export type { CombinableFrame, FrameSource } from './combine/frame-source.ts';
export { combineBiasTask, combineDarkTask, combineFlatTask, findDefectsTask } from './tasks/combine-tasks.ts';
export { linearizerTask, type PhotonTransferProduct, photonTransferTask, transferTask } from './tasks/flat-series-tasks.ts';
export { crosstalkTask, fringeTask, skyFlatTask } from './tasks/sky-tasks.ts';
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
export { measureCovariances, type PairCovariances } from './brighter-fatter/measure-covariances.ts';
export { type KernelOptions, solveBrighterFatterKernel, type SolvedKernel } from './brighter-fatter/solve-kernel.ts';
export { type CrosstalkExposure, type CrosstalkFit, type CrosstalkOptions, fitCrosstalk } from './crosstalk/fit-crosstalk.ts';
export { KernelNotFoundError, NoBrightPixelsError } from './errors.ts';
export {
  fitIllumination,
  type IlluminationCorrection,
  type IlluminationOptions,
  illuminationPlane,
  type StarObservation,
} from './illumination/fit-illumination.ts';
export { fitLinearizer, type LinearityPoint, type LinearizerFit, type LinearizerOptions } from './linearity/fit-linearizer.ts';
export { type CovarianceModel, type CovarianceOptions, fitCovarianceModel } from './photon-transfer/covariance-model.ts';
export { combineFringeFrame, combineSkyFlat, type SkyFrameOptions } from './sky/sky-frames.ts';
export { fitTransfer, type TransferFit, type TransferOptions } from './transfer/fit-transfer.ts';
export { drawPlot, type Plot, type PlotSeries } from './verify/draw-plot.ts';
export {
  type CurveWithPoints,
  type ProductCheck,
  type Verification,
  verifyBias,
  verifyCrosstalk,
  verifyDark,
  verifyDefects,
  verifyFlat,
  verifyFringe,
  verifyKernel,
  verifyLinearizer,
  verifyPhotonTransfer,
  verifyTransfer,
} from './verify/verify-products.ts';
