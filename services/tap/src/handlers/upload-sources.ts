import type { DaliParameters } from '@almagest/dali';
import { UploadError } from '../errors.ts';
import type { Upload } from '../services/read-upload.ts';
import { parseUploadParameter } from '../services/uploads.ts';

/** Longest time that another server may take to send a table [ms], and the most that it may send [byte]. */
const FETCH_LIMIT = { ms: 30_000, bytes: 256 * 1024 * 1024 };

/**
 * The uploads of a request: files that came with it, or tables on one of the hosts that the owner of the service trusts. No
 * other address is ever fetched and redirects are not followed, so that nobody can make the service ask for them.
 */
export async function readUploads(
  parameters: DaliParameters,
  files: ReadonlyMap<string, Uint8Array>,
  { uploadHosts }: { readonly uploadHosts: readonly string[] },
): Promise<Upload[]> {
  const uploads: Upload[] = [];
  for (const { name, uri } of parseUploadParameter(parameters.all('UPLOAD'))) {
    const field = /^param:(.+)$/.exec(uri)?.[1];
    uploads.push({ name, bytes: field === undefined ? await fetchTable(name, uri, uploadHosts) : fileOf(name, field, files) });
  }
  return uploads;
}

function fileOf(name: string, field: string, files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const bytes = files.get(field);
  if (bytes) return bytes;
  throw new UploadError(`the request has no file in the field ${field} for the table ${name}`, { details: { table: name } });
}

async function fetchTable(name: string, uri: string, hosts: readonly string[]): Promise<Uint8Array> {
  const url = URL.parse(uri);
  const details = { table: name };
  if (!url || !/^https?:$/.test(url.protocol) || !hosts.includes(url.host))
    throw new UploadError(
      `the table ${name} must come with the request (param:FIELD) or from ${hosts.join(', ') || 'nowhere else'}; found ${JSON.stringify(uri.slice(0, 60))}`,
      { details },
    );
  try {
    const response = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(FETCH_LIMIT.ms) });
    if (!response.ok || !response.body) throw new Error(`it answered ${response.status}`);
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body) {
      length += part.length;
      if (length > FETCH_LIMIT.bytes) throw new Error(`it sends more than ${FETCH_LIMIT.bytes} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  } catch (error) {
    throw new UploadError(
      `the table ${name} could not be fetched from ${url.host}: ${error instanceof Error ? error.message : String(error)}`,
      { details, cause: error },
    );
  }
}
