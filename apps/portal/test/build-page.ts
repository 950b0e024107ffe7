import { join } from 'node:path';
import { build } from 'vite';

let built: Promise<unknown> | undefined;

/** Builds the page once for all tests of one run, so that they see the sources as they are. */
export async function buildPage(): Promise<void> {
  built ??= build({ configFile: join(import.meta.dirname, '../vite.config.ts'), logLevel: 'error' });
  await built;
}
