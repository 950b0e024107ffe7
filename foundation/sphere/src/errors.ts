import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a coordinate, angle, order or index is NaN, infinite or outside its range. Check units (radians inside, degrees at the edges) and missing values. */
export class SphereRangeError extends AlmagestError<{ value: string }> {
  static override readonly code: string = 'sphere.out-of-range';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when vertices make no polygon: fewer than three, repeated, crossing, or not in one hemisphere. Reorder them counter-clockwise as seen from outside, or split the area. */
export class PolygonError extends AlmagestError<{ vertices: number }> {
  static override readonly code: string = 'sphere.bad-polygon';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when region bytes or base64 text are cut short or of an unknown kind. Read the value again from its registry; it was not written by sphgeom or by this room. */
export class RegionDecodeError extends AlmagestError<{ offset: number }> {
  static override readonly code: string = 'sphere.bad-region-bytes';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a MOC in ASCII, JSON or FITS breaks the IVOA standard. Check the file with its maker; the message names the place. */
export class MocFormatError extends AlmagestError<{ where: string }> {
  static override readonly code: string = 'sphere.bad-moc';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when a tract or patch is asked for that the sky map does not have. Ask findTract or findPatch which one holds the position. */
export class SkyMapLookupError extends AlmagestError<{ index: number }> {
  static override readonly code: string = 'sphere.no-such-tract';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when columns that must be of one length are not. Give one longitude and one latitude for every point. */
export class SphereShapeError extends AlmagestError<{ lengths: readonly number[] }> {
  static override readonly code: string = 'sphere.shape-mismatch';
  static override readonly fault: ErrorFault = 'caller';
}
