import { AlmagestError } from '@almagest/errors';
import { type Header, openFits } from '@almagest/fits';
import { openFile } from '@almagest/resources';
import { HeaderFileError } from '../errors.ts';
import { headerFromEntries, type HeaderRecord, parseHeaderText } from './header-record.ts';

/** The headers of one file, pixels left alone. */
export interface FileHeaders {
  readonly primary: HeaderRecord;
  /** Extensions in order; empty for a saved header. */
  readonly extensions: readonly HeaderRecord[];
}

const COMMENTARY: ReadonlySet<string> = new Set(['COMMENT', 'HISTORY', '']);

/**
 * The cards of a FITS header as translation sees them.
 *
 * A card that is no legal FITS, such as `EXPTIME = 6,4E-05`, keeps its text, so that a rule can still make sense of it.
 */
export function headerFromFits(header: Header): HeaderRecord {
  const entries: [string, unknown][] = [];
  const seen = new Set<string>();
  for (const card of header) {
    // A keyword that repeats keeps its first value, as the FITS room's own lookup does.
    if (COMMENTARY.has(card.keyword) || seen.has(card.keyword)) continue;
    seen.add(card.keyword);
    if (card.kind === 'malformed') entries.push([card.keyword, malformedText(card.text ?? '')]);
    else if (card.kind === 'value') entries.push([card.keyword, typeof card.value === 'string' ? card.value.trim() : card.value]);
  }
  return headerFromEntries(entries);
}

function malformedText(record: string): string | null {
  const equals = record.indexOf('=');
  if (equals < 0) return null;
  return (
    record
      .slice(equals + 1)
      .split('/')[0]
      ?.trim()
      .replace(/^'|'$/g, '')
      .trim() ?? null
  );
}

/**
 * Reads all headers of a FITS file (compressed or not), or one header saved as YAML or JSON.
 *
 * @throws {FileNotFoundError | FileAccessError} if the file cannot be read.
 * @throws {FitsError | HeaderFileError} if it is neither.
 */
export async function readHeaders(path: string): Promise<FileHeaders> {
  if (/\.(?:ya?ml|json)$/i.test(path)) return { primary: parseHeaderText(await readText(path), path), extensions: [] };
  await using file = await openFile(path);
  const fits = await openFits(file);
  const hdus = await fits.hdus();
  const [primary = new Map<string, never>(), ...extensions] = hdus.map((hdu) => headerFromFits(hdu.header));
  return { primary, extensions };
}

const decoder = new TextDecoder();

/** Reads a text file, with the errors of this project. */
export async function readText(path: string): Promise<string> {
  try {
    await using file = await openFile(path);
    return decoder.decode(await file.read(0, file.size));
  } catch (error) {
    if (error instanceof AlmagestError) throw error;
    throw new HeaderFileError(`cannot read ${path}`, { cause: error, details: { file: path } });
  }
}
