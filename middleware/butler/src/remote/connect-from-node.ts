import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openFile } from '@almagest/resources';
import type { CoreButler } from '../butler/core-butler.ts';
import { ArtifactMissingError } from '../errors.ts';
import { connectButler as connect, type RemoteButlerOptions } from './connect-butler.ts';
import type { LocalFiles } from './local-files.ts';

/** Files of this machine. */
const NODE_FILES: LocalFiles = {
  open: async (path) => {
    try {
      return await openFile(pathOf(path));
    } catch (error) {
      throw new ArtifactMissingError(`the file ${path} cannot be read: ${(error as Error).message}`, { cause: error });
    }
  },
  remove: async (path) => rmSync(pathOf(path), { force: true }),
  withBytes: async (name, bytes) => {
    const folder = mkdtempSync(join(tmpdir(), 'almagest-artifact-'));
    const path = join(folder, basename(name));
    writeFileSync(path, bytes);
    return { path, close: async () => rmSync(folder, { recursive: true, force: true }) };
  },
};

function pathOf(address: string): string {
  return address.startsWith('file:') ? fileURLToPath(address) : address;
}

/**
 * Opens a repository that a butler server serves; the butler has the same methods as a local one, transactions and ingest included.
 *
 * Files that are ingested with the modes 'auto', 'copy' and 'move' are sent; the other modes name files that the server sees.
 *
 * @example
 * const butler = await connectButler('https://survey.example/api/butler', { token, run: 'u/me/notes' });
 * const visits = await butler.queryDataIds(['visit'], { where: "band = 'r'", limit: 10 });
 *
 * @throws {DatabaseConnectionError} if the server cannot be reached.
 * @throws {RemoteRefusedError} if it wants a sign-in.
 */
export async function connectButler(address: string, options: RemoteButlerOptions = {}): Promise<CoreButler> {
  return await connect(address, { files: NODE_FILES, ...options });
}
