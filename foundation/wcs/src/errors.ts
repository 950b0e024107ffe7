import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a header has no pair of celestial axes in its CTYPE cards. Give the file that carries the WCS, or another HDU or alternate letter. */
export class NoCelestialWcsError extends AlmagestError<{ ctype: readonly string[] }> {
  static override readonly code: string = 'wcs.no-celestial-axes';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a WCS card has a value that it cannot have (wrong type, not finite, out of range). Correct the card named in the message. */
export class BadWcsCardError extends AlmagestError<{ keyword: string; found: string }> {
  static override readonly code: string = 'wcs.bad-card';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when CTYPE names a projection or distortion that is not implemented. Reproject the file to one of the projections listed in the README of wcs. */
export class UnsupportedProjectionError extends AlmagestError<{ projection: string }> {
  static override readonly code: string = 'wcs.unsupported-projection';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when the linear transformation of a header cannot be inverted. Correct the CD or PC matrix and CDELT. */
export class SingularWcsError extends AlmagestError<{ matrix: readonly number[] }> {
  static override readonly code: string = 'wcs.singular-matrix';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when CRVAL, LONPOLE and LATPOLE allow no place for the celestial pole. Correct LONPOLE or LATPOLE. */
export class NoNativePoleError extends AlmagestError<{ crval: readonly number[] }> {
  static override readonly code: string = 'wcs.no-native-pole';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a header refers to a distortion table that the caller did not supply. Pass the extension named in the message to `readWcs`. */
export class MissingDistortionTableError extends AlmagestError<{ extname: string; extver: number }> {
  static override readonly code: string = 'wcs.missing-distortion-table';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a WCS has a part that FITS header cards cannot express. Fit a TAN-SIP approximation and write that. */
export class NotWritableError extends AlmagestError<{ part: string }> {
  static override readonly code: string = 'wcs.not-writable';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a serialized transform is not of a known kind or misses a field. Give JSON made of the `spec` of a transform. */
export class BadTransformError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'wcs.bad-transform';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a conversion between celestial frames is asked for that is not defined for the frame (helioecliptic, unknown). Use a WCS in ICRS, FK5, FK4, galactic or ecliptic coordinates. */
export class UnknownFrameError extends AlmagestError<{ frame: string }> {
  static override readonly code: string = 'wcs.unknown-frame';
  static override readonly fault: ErrorFault = 'data';
}
