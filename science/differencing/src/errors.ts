import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Occurs when an image pair has too few isolated stars to find the kernel from. Lower the limit on their brightness, or check that both images show the same sky. */
export class TooFewCandidatesError extends AlmagestError<{ readonly found: number; readonly needed: number }> {
  static override readonly code: string = 'differencing.too-few-candidates';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when science image and template have no common area worth subtracting. Find a template that covers the image. */
export class NoOverlapError extends AlmagestError<{ readonly fraction: number }> {
  static override readonly code: string = 'differencing.no-overlap';
  static override readonly fault: ErrorFault = 'data';
}

/** Occurs when two images that should lie on one grid have different sizes. Resample one of them onto the other. */
export class GridMismatchError extends AlmagestError<{ readonly science: readonly number[]; readonly template: readonly number[] }> {
  static override readonly code: string = 'differencing.grid-mismatch';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when next to no pixel of the pair is below the saturation levels. Check the levels given, or take an exposure that is not saturated. */
export class SaturatedImageError extends AlmagestError<{ readonly fraction: number }> {
  static override readonly code: string = 'differencing.saturated-image';
  static override readonly fault: ErrorFault = 'data';
}
