import { fileURLToPath } from 'node:url';
import type { Butler, DatasetRef } from '@almagest/butler';
import { type FileSource, openFile } from '@almagest/resources';
import { ImageNotFoundError } from '../errors.ts';

/** Opens the file of a dataset; the address comes from the repository, never from a request. @throws {ImageNotFoundError} */
export async function openArtifact(butler: Butler, ref: DatasetRef): Promise<FileSource> {
  const [address] = await butler.getUris(ref);
  if (address === undefined || !address.startsWith('file:'))
    throw new ImageNotFoundError(`the file of image ${ref.id} is not on this machine`, { details: { id: ref.id } });
  return await openFile(fileURLToPath(address.split('#')[0]!));
}
