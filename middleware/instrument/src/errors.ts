import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a camera file is not YAML or does not follow the camera schema. Correct the field that the message names. */
export class CameraFileError extends AlmagestError<{ camera: string; issues: readonly string[] }> {
  static override readonly code: string = 'instrument.camera-file';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when no camera of that name ships and no such file exists. Use a name that the message lists, or give the path of a camera file. */
export class CameraNotFoundError extends AlmagestError<{ camera: string; known: readonly string[] }> {
  static override readonly code: string = 'instrument.camera-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a camera has no detector or amplifier of the name or number asked for. Choose one that the message lists. */
export class DetectorNotFoundError extends AlmagestError<{ camera: string; wanted: string }> {
  static override readonly code: string = 'instrument.detector-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when an expression in a camera file cannot be parsed. Correct it at the position shown. */
export class ExpressionSyntaxError extends AlmagestError<{ expression: string; position: number }> {
  static override readonly code: string = 'instrument.expression-syntax';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when an expression meets a value that it cannot use. Correct the header with a corrections file, or the rule in the camera file. */
export class ExpressionValueError extends AlmagestError<{ expression: string }> {
  static override readonly code: string = 'instrument.expression-value';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when no camera recognizes a header. Name the camera, or write a camera file whose `match` accepts the header. */
export class UnknownInstrumentError extends AlmagestError<{ file: string | null; instrume: string | null }> {
  static override readonly code: string = 'instrument.unknown-instrument';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a header does not give a property that the camera requires. Add a correction for the observation, or give the rule a default. */
export class PropertyMissingError extends AlmagestError<{ property: string; camera: string; observation: string | null }> {
  static override readonly code: string = 'instrument.property-missing';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a translated property has the wrong type or lies outside its physical range. Correct the header with a corrections file. */
export class PropertyValueError extends AlmagestError<{ property: string; value: unknown }> {
  static override readonly code: string = 'instrument.property-value';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a saved header, sidecar, index or corrections file is not in its documented form. Write the file again. */
export class HeaderFileError extends AlmagestError<{ file: string | null }> {
  static override readonly code: string = 'instrument.header-file';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when raw pixels do not have the shape or extensions that the camera file describes. Use the right camera file or repair the raw. */
export class RawGeometryError extends AlmagestError<{ camera: string; detector: string; amplifier: string | null }> {
  static override readonly code: string = 'instrument.raw-geometry';
  static override readonly fault: ErrorFault = 'data';
}
