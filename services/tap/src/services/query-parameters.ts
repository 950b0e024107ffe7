import { type DaliParameters, DaliParameterError } from '@almagest/dali';
import { findFormat, type ResponseFormat } from '../formats/response-format.ts';

export interface RowLimits {
  readonly defaultMaxRows: number;
  readonly hardMaxRows: number;
}

/** What a request asks for. @see TAP 1.1, section 2.7 */
export interface TapQuery {
  readonly adql: string;
  readonly maxRows: number;
  readonly format: ResponseFormat;
}

const LANGUAGES = /^ADQL(?:-2\.[01])?$/i;

/** @throws {DaliParameterError} naming the parameter that is missing or wrong. */
export function readQuery(parameters: DaliParameters, limits: RowLimits): TapQuery {
  const request = parameters.find('REQUEST');
  if (request !== undefined && request !== 'doQuery')
    throw wrong('REQUEST', `must be doQuery; found ${JSON.stringify(request.slice(0, 40))}`);
  const language = parameters.find('LANG');
  if (language === undefined) throw wrong('LANG', 'is missing: it must be ADQL');
  if (!LANGUAGES.test(language)) throw wrong('LANG', `must be ADQL, ADQL-2.0 or ADQL-2.1; found ${JSON.stringify(language.slice(0, 40))}`);
  const adql = parameters.get('QUERY');
  const format = findFormat(parameters.find('RESPONSEFORMAT') ?? parameters.find('FORMAT'));
  const maxRows = Math.min(parameters.findCount('MAXREC') ?? limits.defaultMaxRows, limits.hardMaxRows);
  return { adql, maxRows, format };
}

function wrong(parameter: string, problem: string): DaliParameterError {
  return new DaliParameterError(`${parameter} ${problem}`, { details: { parameter } });
}
