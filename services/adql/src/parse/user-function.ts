import { AdqlSyntaxError, positionOf } from '../errors.ts';
import type { UserFunction } from './grammar.ts';

const SIGNATURE = /^\s*([A-Za-z][A-Za-z0-9_]*)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*->\s*([A-Za-z][A-Za-z0-9_ ]*(?:\(\*?\d*\))?)\s*$/;

/**
 * Reads a function signature as services publish it: `name(first DOUBLE, second INTEGER) -> BIGINT`.
 *
 * @throws {AdqlSyntaxError} if it has another form.
 * @see TAPRegExt 1.0, section 2.3
 */
export function parseUserFunction(signature: string): UserFunction {
  const match = SIGNATURE.exec(signature);
  if (!match) {
    const position = positionOf(signature, { start: 0, end: signature.length });
    throw new AdqlSyntaxError(`expected a signature such as name(first DOUBLE) -> INTEGER; found ${JSON.stringify(signature)}`, {
      details: { position },
    });
  }
  const [, name = '', list = '', returns = ''] = match;
  const parameters = list
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [parameter = '', ...type] = part.split(/\s+/);
      return { name: parameter, type: type.join(' ').toUpperCase() };
    });
  return { name, parameters, returns: returns.trim().toUpperCase() };
}
