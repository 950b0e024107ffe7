import { DaliParameterError } from '@almagest/dali';

export type FormatName = 'votable' | 'votable/td' | 'votable/b2' | 'csv' | 'tsv' | 'json' | 'fits' | 'parquet' | 'arrow';

export interface ResponseFormat {
  readonly name: FormatName;
  readonly contentType: string;
  readonly aliases: readonly string[];
}

/** Formats that results come in; the first is the default. */
export const FORMATS: readonly ResponseFormat[] = [
  {
    name: 'votable',
    contentType: 'application/x-votable+xml',
    aliases: ['votable', 'text/xml', 'application/x-votable+xml;serialization=binary2', 'votable/b2'],
  },
  { name: 'votable/td', contentType: 'application/x-votable+xml;serialization=tabledata', aliases: ['votable/td'] },
  { name: 'csv', contentType: 'text/csv;header=present', aliases: ['csv', 'text/csv', 'text/csv;header=present'] },
  { name: 'tsv', contentType: 'text/tab-separated-values', aliases: ['tsv', 'text/tab-separated-values'] },
  { name: 'fits', contentType: 'application/fits', aliases: ['fits', 'application/fits'] },
  {
    name: 'parquet',
    contentType: 'application/vnd.apache.parquet',
    aliases: ['parquet', 'application/vnd.apache.parquet', 'application/parquet', 'application/x-parquet'],
  },
  {
    name: 'arrow',
    contentType: 'application/vnd.apache.arrow.stream',
    aliases: ['arrow', 'application/vnd.apache.arrow.stream'],
  },
  { name: 'json', contentType: 'application/json', aliases: ['json', 'application/json'] },
];

/** The format that RESPONSEFORMAT (or FORMAT) asks for. @throws {DaliParameterError} naming those that are offered. */
export function findFormat(requested: string | undefined): ResponseFormat {
  if (requested === undefined) return FORMATS[0] as ResponseFormat;
  const wanted = requested.toLowerCase().replaceAll(/\s+/g, '').replaceAll('"', '');
  const exact = FORMATS.find((format) => format.contentType === wanted || format.aliases.includes(wanted));
  if (exact) return exact;
  const names = FORMATS.map((format) => format.aliases[0]).join(', ');
  throw new DaliParameterError(`RESPONSEFORMAT must be one of ${names}; found ${JSON.stringify(requested.slice(0, 80))}`, {
    details: { parameter: 'RESPONSEFORMAT' },
  });
}
