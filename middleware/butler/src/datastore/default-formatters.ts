import { readRaw } from '@almagest/instrument';
import { builtInFormatters } from './built-in-formatters.ts';
import type { FormatterRegistry } from './formatter.ts';

/** The built-in formats, with raw frames in standard form by the cameras that ship. */
export function defaultFormatters(): FormatterRegistry {
  return builtInFormatters(readRaw);
}
