import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when there are too few frames to combine or to fit. Take more, or lower the least number in the configuration. */
export class TooFewFramesError extends AlmagestError<{ readonly found: number; readonly needed: number }> {
  static override readonly code: string = 'calibration.too-few-frames';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when frames that are to be combined differ in size. Leave out those of another detector or binning. */
export class FrameShapeError extends AlmagestError<{ readonly expected: readonly number[]; readonly found: readonly number[] }> {
  static override readonly code: string = 'calibration.frame-shape';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a frame cannot be scaled: a flat without light, a dark without exposure time. Look at the frame; leave it out. */
export class UnscalableFrameError extends AlmagestError<{ readonly index: number; readonly value: number }> {
  static override readonly code: string = 'calibration.unscalable-frame';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the covariances of flat pairs do not show the brighter-fatter effect. Take more pairs at higher levels, or leave the step off. */
export class KernelNotFoundError extends AlmagestError<{ readonly a00: number; readonly imbalance: number }> {
  static override readonly code: string = 'calibration.kernel-not-found';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when exposures lack the bright pixels that a product is measured from. Take exposures of brighter light, or lower the threshold. */
export class NoBrightPixelsError extends AlmagestError<{ readonly exposures: number; readonly threshold: number }> {
  static override readonly code: string = 'calibration.no-bright-pixels';
  static override readonly fault: ErrorFault = 'data';
}
