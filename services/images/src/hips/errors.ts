import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when a HiPS is asked for from images that have no world coordinates, or from none. Give images with a WCS, and check the band and dataset type. */
export class HipsInputError extends AlmagestError<{ readonly images: number }> {
  static override readonly code: string = 'images.hips-input';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a file of a HiPS is not what its standard wants. Make the HiPS again. */
export class HipsDamagedError extends AlmagestError<{ readonly path: string }> {
  static override readonly code: string = 'images.hips-damaged';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when there is no HiPS of the name. List those that there are at `/hips/list`. */
export class HipsNotFoundError extends AlmagestError<{ readonly name: string }> {
  static override readonly code: string = 'images.hips-not-found';
  static override readonly fault: ErrorFault = 'caller';
}
