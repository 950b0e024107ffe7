import { AlmagestError, type ErrorFault } from '@almagest/errors';

/** Where in the query text, in UTF-16 offsets and as a person counts. */
export interface SourcePosition {
  readonly offset: number;
  readonly end: number;
  /** One-based. */
  readonly line: number;
  /** One-based. */
  readonly column: number;
}

export interface AdqlErrorDetails {
  readonly position: SourcePosition;
  readonly expected?: readonly string[];
  readonly found?: string;
  readonly hint?: string;
}

/** Occurs when the text is no ADQL. Mend the query at the position given. */
export class AdqlSyntaxError extends AlmagestError<AdqlErrorDetails> {
  static override readonly code: string = 'adql.syntax';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when a table, column or function does not exist or a name fits several. Use one of the names that the message offers, or qualify it. */
export class AdqlNameError extends AlmagestError<AdqlErrorDetails> {
  static override readonly code: string = 'adql.name';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when an operand or argument is of a type that the operation cannot take. Cast it, or give another. */
export class AdqlTypeError extends AlmagestError<AdqlErrorDetails> {
  static override readonly code: string = 'adql.type';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the query is valid but asks for something that this service or language version does not do. Rewrite it as the message says. */
export class AdqlUnsupportedError extends AlmagestError<AdqlErrorDetails> {
  static override readonly code: string = 'adql.unsupported';
  static override readonly fault: ErrorFault = 'caller';
}

/** Occurs when the query touches a table or column that its user may not read. Sign in, or leave the column out. */
export class AdqlPermissionError extends AlmagestError<AdqlErrorDetails> {
  static override readonly code: string = 'adql.permission';
  static override readonly fault: ErrorFault = 'caller';
}

/** Line and column of a span of the query text. */
export function positionOf(text: string, span: { readonly start: number; readonly end: number }): SourcePosition {
  const before = text.slice(0, span.start);
  const line = before.split('\n').length;
  return { offset: span.start, end: span.end, line, column: span.start - before.lastIndexOf('\n') };
}
