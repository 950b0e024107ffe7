import { UploadError } from '../errors.ts';
import type { DaliParameters } from '../models/dali-parameters.ts';
import { parseUploadParameter, type Upload } from '../services/uploads.ts';

/**
 * The uploads of a request. Only content that came with it is taken: addresses on the network are refused, so that nobody can
 * make the service fetch for them.
 */
export function readUploads(parameters: DaliParameters, files: ReadonlyMap<string, Uint8Array>): Upload[] {
  return parseUploadParameter(parameters.all('UPLOAD')).map(({ name, uri }) => {
    const field = /^param:(.+)$/.exec(uri)?.[1];
    if (field === undefined)
      throw new UploadError(
        `the table ${name} must come with the request (param:FIELD); addresses such as ${JSON.stringify(uri.slice(0, 60))} are not fetched`,
        { details: { table: name } },
      );
    const bytes = files.get(field);
    if (!bytes) throw new UploadError(`the request has no file in the field ${field} for the table ${name}`, { details: { table: name } });
    return { name, bytes };
  });
}
