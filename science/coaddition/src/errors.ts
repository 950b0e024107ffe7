import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** A coadd is asked for without a single usable input. Widen the selection, or leave this patch out. */
export class NoInputsError extends AlmagestError {
  static override readonly code: string = 'coaddition.no-inputs';
  static override readonly fault: ErrorFault = 'data';
}

/** Warps that are to be combined differ in their boxes. Warp all of them onto the same patch first. */
export class WarpMismatchError extends AlmagestError<{ id: string }> {
  static override readonly code: string = 'coaddition.warp-mismatch';
  static override readonly fault: ErrorFault = 'caller';
}

/** A PSF cannot be matched to the target because it is the wider of the two. Match to a wider PSF, or leave the input out. */
export class PsfTooWideError extends AlmagestError<{ fwhmPixels: number; targetPixels: number }> {
  static override readonly code: string = 'coaddition.psf-too-wide';
  static override readonly fault: ErrorFault = 'data';
}
