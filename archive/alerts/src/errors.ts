import { AlmagestError, type ErrorFault } from '@almagest/errors';

/**
 * Bytes are not a valid Avro file or packet: cut off, damaged, or of another format.
 * Fetch the file again; the message says where reading stopped.
 */
export class PacketFormatError extends AlmagestError<{ offset?: number }> {
  static override readonly code: string = 'alerts.bad-packet';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * A packet names a schema id that is not known here.
 * Give the schema of that id, or ask the schema registry that the sender uses.
 */
export class UnknownSchemaError extends AlmagestError<{ schemaId: number }> {
  static override readonly code: string = 'alerts.unknown-schema';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * A schema is not valid Avro, or packets of one schema cannot be read as another.
 * Correct the schema, or read with the schema that the packets were written with.
 */
export class AlertSchemaError extends AlmagestError<{ schema?: string }> {
  static override readonly code: string = 'alerts.bad-schema';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * A value cannot be put into a packet: it is missing where the schema wants one, or of the wrong type.
 * Correct the row that the message names.
 */
export class PacketValueError extends AlmagestError<{ field: string }> {
  static override readonly code: string = 'alerts.bad-value';
  static override readonly fault: ErrorFault = 'data';
}

/**
 * The alert log cannot be read where it should hold packets: a segment is missing or damaged before its end.
 * Restore the segment from a copy; packets after it are intact and can be read by their offset.
 */
export class LogDamagedError extends AlmagestError<{ segment: string; offset: string }> {
  static override readonly code: string = 'alerts.log-damaged';
  static override readonly fault: ErrorFault = 'environment';
}

/**
 * The alert log cannot be written, because the disk is full or fails.
 * Free space and send again: what was refused is not in the log, and what is there already is skipped.
 */
export class LogWriteError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'alerts.log-write-failed';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}

/**
 * Another process writes to this alert log.
 * Stop it, or send the alerts to it.
 */
export class LogLockedError extends AlmagestError<{ path: string }> {
  static override readonly code: string = 'alerts.log-locked';
  static override readonly fault: ErrorFault = 'environment';
}

/**
 * A filter has a mistake: a word out of place, an unknown function, a wrong type.
 * Correct it at the place that the message shows.
 */
export class FilterSyntaxError extends AlmagestError<{ position: number }> {
  static override readonly code: string = 'alerts.bad-filter';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * A filter took more steps for one alert than it may.
 * Use fewer nested aggregates, or ask for a larger limit.
 */
export class FilterLimitError extends AlmagestError<{ limit: number }> {
  static override readonly code: string = 'alerts.filter-limit';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * There is no alert with this id in the archive.
 * Check the id; alerts are archived under the id of the source that caused them.
 */
export class AlertNotFoundError extends AlmagestError<{ diaSourceId: string }> {
  static override readonly code: string = 'alerts.not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/**
 * The Kafka broker or schema registry cannot be reached, or refused what was sent.
 * Packets stay in the spool and are sent when it answers again; check the address and the broker's log.
 */
export class BrokerUnavailableError extends AlmagestError<{ address: string }> {
  static override readonly code: string = 'alerts.broker-unavailable';
  static override readonly fault: ErrorFault = 'environment';
  static override readonly retryable: boolean = true;
}
