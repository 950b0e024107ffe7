import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** A folder that is asked for as a catalogue is not one, or lacks a part of one. Give the folder that holds `hats.properties` or `collection.properties`. */
export class CatalogNotFoundError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'catalogs.not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** A catalogue's files contradict each other or the HATS layout. Run `almagest catalog verify`, then ingest it again. */
export class CatalogDamagedError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'catalogs.damaged';
  static override readonly fault: ErrorFault = 'data';
}

/** A catalogue of that name is there already. Choose another name, or say that it may be replaced or added to. */
export class CatalogExistsError extends AlmagestError<{ name: string }> {
  static override readonly code: string = 'catalogs.exists';
  static override readonly fault: ErrorFault = 'caller';
}

/** The rows to ingest cannot become a catalogue: a column is missing, or positions are not on the sky. Mend the input or name the right columns. */
export class CatalogInputError extends AlmagestError<{ column?: string; rows?: number }> {
  static override readonly code: string = 'catalogs.input';
  static override readonly fault: ErrorFault = 'data';
}
