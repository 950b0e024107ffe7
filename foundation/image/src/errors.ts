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
