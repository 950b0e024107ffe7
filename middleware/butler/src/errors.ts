import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Thrown when a name that should be a dimension, or a field of one, is not in the repository's universe. Correct the spelling; `Butler.universe.dimensions` lists what exists. */
export class UnknownDimensionError extends AlmagestError {
  static override readonly code: string = 'butler.unknown-dimension';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a universe definition (YAML or the JSON kept in a repository) is malformed. Repair the named entry of the definition. */
export class UniverseConfigError extends AlmagestError {
  static override readonly code: string = 'butler.bad-universe';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a data ID lacks a required dimension, has a value of the wrong type, or contradicts the records. Give every required dimension with its proper value. */
export class DataIdError extends AlmagestError {
  static override readonly code: string = 'butler.bad-data-id';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a dimension record lacks a required dependency, has an unknown field or contradicts the stored record. Insert the records it depends on first, or ask for an update. */
export class DimensionRecordError extends AlmagestError {
  static override readonly code: string = 'butler.bad-dimension-record';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a timespan or region value cannot be understood. Use half-open TAI spans with begin before end, and regions in the documented encodings. */
export class TimespanError extends AlmagestError {
  static override readonly code: string = 'butler.bad-timespan';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when an encoded sky region is malformed or of a kind that is not supported. Re-create the record that holds it. */
export class RegionEncodingError extends AlmagestError {
  static override readonly code: string = 'butler.bad-region';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a dataset type name is not registered. Register it with `registerDatasetType`, or correct the name. */
export class UnknownDatasetTypeError extends AlmagestError {
  static override readonly code: string = 'butler.unknown-dataset-type';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a dataset type is registered again with another definition, or its definition is not valid. Use the registered definition or another name. */
export class DatasetTypeConflictError extends AlmagestError {
  static override readonly code: string = 'butler.dataset-type-conflict';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when no dataset answers a lookup. Check the data ID and the collections searched; `almagest butler query-datasets --explain` says which term excludes it. */
export class DatasetNotFoundError extends AlmagestError {
  static override readonly code: string = 'butler.dataset-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a dataset with the same type and data ID is already in the collection, or the same id means something else. Write to a new RUN, or prune the old dataset first. */
export class DatasetConflictError extends AlmagestError {
  static override readonly code: string = 'butler.dataset-conflict';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a collection name does not exist. Register the collection, or correct the name. */
export class UnknownCollectionError extends AlmagestError {
  static override readonly code: string = 'butler.unknown-collection';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a collection is of another type than the operation needs, or a chain would contain itself. Use a collection of the named type. */
export class CollectionTypeError extends AlmagestError {
  static override readonly code: string = 'butler.wrong-collection-type';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a collection or dataset type cannot be removed because something still refers to it. Remove the named parents or datasets first. */
export class StillReferencedError extends AlmagestError {
  static override readonly code: string = 'butler.still-referenced';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a certification would overlap an existing validity range for the same dataset type and data ID. Decertify the old range first. */
export class ValidityConflictError extends AlmagestError {
  static override readonly code: string = 'butler.validity-overlap';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a storage class is unknown, or a value or a read does not fit the storage class. Use the storage class of the dataset type or one that converts to it. */
export class StorageClassError extends AlmagestError {
  static override readonly code: string = 'butler.wrong-storage-class';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a read parameter or component is not offered by the storage class. Use one of the parameters that the message lists. */
export class ReadParameterError extends AlmagestError {
  static override readonly code: string = 'butler.bad-read-parameter';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when no formatter can read or write a stored format. Register one with `FormatterRegistry.add`. */
export class FormatterNotFoundError extends AlmagestError {
  static override readonly code: string = 'butler.no-formatter';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a file template cannot be parsed or leaves a required field unfilled. Correct the template or give the data ID the field. */
export class FileTemplateError extends AlmagestError {
  static override readonly code: string = 'butler.bad-template';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when the registry knows a dataset but its artifact is missing or cannot be read. Run `almagest butler fsck`; restore or prune the dataset. */
export class ArtifactMissingError extends AlmagestError {
  static override readonly code: string = 'butler.artifact-missing';
  static override readonly fault: ErrorFault = 'environment';
}

/** Thrown when the size or checksum of an artifact differs from the record. Restore the file from another copy; run `almagest butler fsck`. */
export class ArtifactCorruptError extends AlmagestError {
  static override readonly code: string = 'butler.artifact-corrupt';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a file cannot be written because the disk is full, not writable or disconnected. Free space or correct permissions and repeat; nothing was registered. */
export class ArtifactWriteError extends AlmagestError {
  static override readonly code: string = 'butler.artifact-not-written';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Thrown when a folder or address holds no butler repository, or its configuration is malformed. Give the folder that contains `butler.yaml`, or create a repository. */
export class RepositoryNotFoundError extends AlmagestError {
  static override readonly code: string = 'butler.no-repository';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a repository would be created where one exists. Choose an empty folder. */
export class RepositoryExistsError extends AlmagestError {
  static override readonly code: string = 'butler.repository-exists';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a repository uses a manager, manager version or universe that this release does not support. Migrate the repository with the tool that the message names. */
export class IncompatibleRepositoryError extends AlmagestError {
  static override readonly code: string = 'butler.incompatible-repository';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a write is asked of a repository that was opened for reading. Open it with `{ writeable: true }`. */
export class ReadOnlyRepositoryError extends AlmagestError {
  static override readonly code: string = 'butler.read-only';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when an object store cannot be reached, or refuses who asks. Check address, credentials and network and repeat; nothing was lost. */
export class ArtifactStoreError extends AlmagestError {
  static override readonly code: string = 'butler.store-unreachable';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Thrown when the database stays locked by other writers for longer than the time allowed. Repeat later. */
export class DatabaseBusyError extends AlmagestError {
  static override readonly code: string = 'butler.database-busy';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Thrown when the database cannot be reached, or the connection is lost in the middle of an operation. Check the server and repeat; unfinished transactions were undone. */
export class DatabaseConnectionError extends AlmagestError {
  static override readonly code: string = 'butler.database-unreachable';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/** Thrown when a `where` expression cannot be parsed. Correct it at the position that the message shows. */
export class ExpressionSyntaxError extends AlmagestError<{ expression: string; position: number }> {
  static override readonly code: string = 'butler.where-syntax';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a `where` expression parses but names an unknown field, compares unlike types or lacks a bound value. Correct the named part. */
export class ExpressionMeaningError extends AlmagestError<{ expression: string; position: number }> {
  static override readonly code: string = 'butler.where-meaning';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when a query cannot be built, such as a dataset search without collections or an unknown order key. Correct the named argument. */
export class QueryError extends AlmagestError {
  static override readonly code: string = 'butler.bad-query';
  static override readonly fault: ErrorFault = 'caller';
}

/** Thrown when an export file, a bundle or its index cannot be understood. Make it again with a supported release. */
export class ExchangeFormatError extends AlmagestError {
  static override readonly code: string = 'butler.bad-exchange-file';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a raw's header lacks what identifies its exposure, or the raw names an instrument that is not registered. Correct the header by a corrections file, or register the instrument. */
export class RawHeaderError extends AlmagestError {
  static override readonly code: string = 'butler.bad-raw-header';
  static override readonly fault: ErrorFault = 'data';
}

/** Thrown when a butler server refuses a request: not signed in, not allowed, or too many streams at once. Sign in, or repeat after the time that the message names. */
export class RemoteRefusedError extends AlmagestError<{ status: number }> {
  static override readonly code: string = 'butler.remote-refused';
  static override readonly fault: ErrorFault = 'caller';
  static override readonly retryable: boolean = true;
}

/** Thrown when a transaction over HTTP was undone on the server: its client was not heard of for the lease, it took too long, or the server was restarted. Repeat the whole transaction. */
export class TransactionLostError extends AlmagestError {
  static override readonly code: string = 'butler.transaction-lost';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}
