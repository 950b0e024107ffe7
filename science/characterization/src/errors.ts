import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when no cell of an image has enough usable pixels to measure a sky level. Look at the mask, or whether the image holds data at all. */
export class NoBackgroundError extends AlmagestError<{ readonly width: number; readonly height: number }> {
  static override readonly code: string = 'characterization.no-background';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when too few stars can be used to model the PSF. Lower the least signal-to-noise ratio of stars, or use a constant PSF of a given width. */
export class TooFewStarsError extends AlmagestError<{ readonly found: number }> {
  static override readonly code: string = 'characterization.too-few-stars';
  static override readonly fault: ErrorFault = 'data';
}
