import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';

let built: Promise<string> | undefined;

/** Builds the page as it is published, once for the tests of a thread, into a folder of its own, which it returns. */
export async function buildPage(): Promise<string> {
  built ??= buildInto(mkdtempSync(join(tmpdir(), 'almagest-page-')));
  return await built;
}

async function buildInto(outDir: string): Promise<string> {
  // A test runner's environment would give the libraries' slower builds for developers.
  const { NODE_ENV } = process.env;
  process.env['NODE_ENV'] = 'production';
  try {
    await build({ configFile: join(import.meta.dirname, '../vite.config.ts'), logLevel: 'error', mode: 'production', build: { outDir } });
  } finally {
    process.env['NODE_ENV'] = NODE_ENV;
  }
  return outDir;
}
