import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a repository holds no camera, or several where one has to be meant. Register one, or name it with --instrument. */
export class WhichInstrumentError extends AlmagestError<{ readonly found: readonly string[] }> {
  static override readonly code: string = 'cli.which-instrument';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a folder or file list holds no FITS file. Give the folder that holds the raw frames. */
export class NoRawsError extends AlmagestError<{ readonly paths: readonly string[] }> {
  static override readonly code: string = 'cli.no-raws';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a step of a night did not end well. Read the failures that the message names, mend them, and run the step again: what is done is kept. */
export class StepFailedError extends AlmagestError<{ readonly step: string; readonly failed: number }> {
  static override readonly code: string = 'cli.step-failed';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a sky map is wanted and no visit has a region on the sky. Define visits with a camera that has a plate scale, or register a sky map. */
export class NothingToMapError extends AlmagestError {
  static override readonly code: string = 'cli.nothing-to-map';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a folder is not a survey. Give the folder that `almagest night` or the demo made, or make one with `almagest init FOLDER/repo`. */
export class SurveyNotFoundError extends AlmagestError<{ readonly path: string }> {
  static override readonly code: string = 'cli.survey-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the archive cannot answer a query. Mend the query at the place that the message names; `SELECT * FROM tap_schema.columns` lists what there is. */
export class QueryRefusedError extends AlmagestError {
  static override readonly code: string = 'cli.query-refused';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a reference catalogue lacks a column or has no usable row. Name the columns with --ra, --dec and --magnitude band=column. */
export class BadReferenceError extends AlmagestError<{ readonly column: string }> {
  static override readonly code: string = 'cli.bad-reference';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when `services.yaml` of a survey has a key or value that the server does not take. Mend the key that the message names. */
export class BadSettingsError extends AlmagestError<{ readonly path: string }> {
  static override readonly code: string = 'cli.bad-settings';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the survey file of a folder of frames is missing or not as it should be. Begin with one of `examples/*-survey-*`, and mend the field that the message names. */
export class SurveyFileError extends AlmagestError<{ readonly path: string }> {
  static override readonly code: string = 'cli.bad-survey-file';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when frames in a folder are of another camera than its survey file names. Move them elsewhere, name the folder of one camera under `frames`, or make a survey file for each camera. */
export class MixedCamerasError extends AlmagestError<{ readonly expected: string; readonly found: Readonly<Record<string, number>> }> {
  static override readonly code: string = 'cli.mixed-cameras';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the stars that place a series on the sky are not recognized in it. Check the pointing of the headers, the scale of the camera file, and that the stars lie in the field; raise `pointingErrorArcmin`. */
export class NotAnchoredError extends AlmagestError<{ readonly matched: number; readonly anchors: number }> {
  static override readonly code: string = 'cli.not-anchored';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the disk has too little room for what is to be made, or ran full while it was made. Free some space, or name a folder on another disk; started again, a survey goes on where it was. */
export class NoSpaceError extends AlmagestError<{ readonly folder?: string; readonly freeBytes?: number; readonly neededBytes?: number }> {
  static override readonly code: string = 'cli.no-space';
  static override readonly fault: ErrorFault = 'environment';
}

/** Occurs when a command is stopped by Ctrl-C or a signal. Repeat it: what was finished is kept, and it goes on from there. */
export class InterruptedError extends AlmagestError {
  static override readonly code: string = 'cli.interrupted';
  static override readonly fault: ErrorFault = 'caller';
}
