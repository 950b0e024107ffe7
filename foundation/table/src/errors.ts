import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** A column name is asked for that the table does not have. Use one of the names listed in the message. */
export class ColumnNotFoundError extends AlmagestError<{ name: string; known: readonly string[] }> {
  static override readonly code: string = 'table.column-not-found';
  static override readonly fault: ErrorFault = 'caller';
}

/** Columns, rows or cells that must agree in number or shape do not. Give arrays of the lengths that the message names. */
export class TableShapeError extends AlmagestError<{ column?: string; expected: number; found: number }> {
  static override readonly code: string = 'table.shape';
  static override readonly fault: ErrorFault = 'caller';
}

/** A value cannot be held by its column's data type. Convert the value or choose a wider type. */
export class CellValueError extends AlmagestError<{ column: string; row: number; value: string }> {
  static override readonly code: string = 'table.cell-value';
  static override readonly fault: ErrorFault = 'data';
}

/** A table, column or option is asked for in a form that the target format cannot express. Convert the column first or choose another format. */
export class UnsupportedTableError extends AlmagestError<{ format: string; column?: string }> {
  static override readonly code: string = 'table.unsupported';
  static override readonly fault: ErrorFault = 'caller';
}

/** A file is not a valid table of its format. Repair the file at the place that the message names, or fetch it again. */
export class TableFormatError extends AlmagestError<{ format: string; line?: number; column?: string; row?: number; offset?: number }> {
  static override readonly code: string = 'table.format';
  static override readonly fault: ErrorFault = 'data';
}

/** A file asks for more memory or nesting than the reader's limits allow. Raise the limit in the reader's options if the file is trusted. */
export class TableLimitError extends AlmagestError<{ limit: string; value: number; maximum: number }> {
  static override readonly code: string = 'table.limit';
  static override readonly fault: ErrorFault = 'data';
}
