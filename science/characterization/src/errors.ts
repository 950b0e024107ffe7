import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when no cell of an image has enough usable pixels to measure a sky level. Look at the mask, or whether the image holds data at all. */
export class NoBackgroundError extends AlmagestError<{ readonly width: number; readonly height: number }> {
  static override readonly code: string = 'characterization.no-background';
  static override readonly fault: ErrorFault = 'data';
}
