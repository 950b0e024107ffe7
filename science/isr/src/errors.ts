import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a step of signature removal is switched on and its calibration is not given. Provide the calibration or switch the step off. */
export class MissingCalibrationError extends AlmagestError<{ step: string; detector: string }> {
  static override readonly code: string = 'isr.missing-calibration';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a calibration has not the shape, detector or amplifiers of the raw. Use the calibration of this detector. */
export class CalibrationMismatchError extends AlmagestError<{ step: string; expected: string; found: string }> {
  static override readonly code: string = 'isr.calibration-mismatch';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a raw or its header cannot be reduced: wrong shape, no exposure time, no overscan where one is asked for. Repair the raw or change the configuration. */
export class RawInputError extends AlmagestError<{ detector: string; reason: string }> {
  static override readonly code: string = 'isr.raw-input';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when no pixel of a detector is left to use. Exclude the exposure, or raise the limits that reject its amplifiers. */
export class NothingUsableError extends AlmagestError<{ detector: string }> {
  static override readonly code: string = 'isr.nothing-usable';
  static override readonly fault: ErrorFault = 'data';
}
