import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Two planes that must cover the same pixels have different shapes. Give planes of one width and height, cut to the same box first. */
export class ShapeMismatchError extends AlmagestError<{ expected: readonly [number, number]; found: readonly [number, number] }> {
  static override readonly code: string = 'image.shape-mismatch';
  static override readonly fault: ErrorFault = 'caller';
}

/** A box reaches outside the image, or an image is asked for with a size that cannot exist. Intersect the box with the image's bounds first. */
export class PixelBoundsError extends AlmagestError<{ x0: number; y0: number; width: number; height: number }> {
  static override readonly code: string = 'image.out-of-bounds';
  static override readonly fault: ErrorFault = 'caller';
}

/** A mask plane is asked for by a name that the mask does not define. Use one of the names that the message lists, or add the plane first. */
export class UnknownMaskPlaneError extends AlmagestError<{ plane: string }> {
  static override readonly code: string = 'image.unknown-mask-plane';
  static override readonly fault: ErrorFault = 'caller';
}

/** All 31 bits of a mask are taken. Reuse or remove a plane before adding another. */
export class MaskPlanesFullError extends AlmagestError<{ plane: string }> {
  static override readonly code: string = 'image.mask-planes-full';
  static override readonly fault: ErrorFault = 'caller';
}

/** A file's mask does not say which bit a plane has. Correct the MP_ card that the message names. */
export class MaskPlanesError extends AlmagestError<{ card: string }> {
  static override readonly code: string = 'image.bad-mask-planes';
  static override readonly fault: ErrorFault = 'data';
}

/** A file or HDU holds no two-dimensional image where one is needed. Name an HDU that has one. */
export class NoImageError extends AlmagestError {
  static override readonly code: string = 'image.no-image';
  static override readonly fault: ErrorFault = 'data';
}

/** An exposure has a WCS that is composed of functions and has no header cards. Fit a TAN-SIP to it and write that. */
export class UnwritableWcsError extends AlmagestError {
  static override readonly code: string = 'image.unwritable-wcs';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * An extension that holds a part of an exposure (PSF, PHOTOCALIB, APCORR, VALIDPOLY) is not laid out as its cards say.
 * Write the file again, or remove the extension.
 */
export class ExposurePartError extends AlmagestError {
  static override readonly code: string = 'image.exposure-part';
  static override readonly fault: ErrorFault = 'data';
}
