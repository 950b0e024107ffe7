import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when no image has the identifier that was asked for. List the images, or query ObsCore, for those that there are. */
export class ImageNotFoundError extends AlmagestError<{ readonly id: string }> {
  static override readonly code: string = 'images.not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a cutout does not touch the image. Ask for a position inside its footprint, `s_region` in ObsCore. */
export class CutoutOutsideError extends AlmagestError<{ readonly id: string }> {
  static override readonly code: string = 'images.cutout-outside';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when an answer would hold more pixels than the service gives at once. Ask for a smaller region, or take the whole file. */
export class CutoutTooLargeError extends AlmagestError<{ readonly pixels: number; readonly limit: number }> {
  static override readonly code: string = 'images.cutout-too-large';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when an image has no world coordinates, so that no position can be cut out of it. Take the whole file instead. */
export class NoWcsError extends AlmagestError<{ readonly id: string }> {
  static override readonly code: string = 'images.no-wcs';
  static override readonly fault: ErrorFault = 'data';
}
