import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder = '';

/** Gives a run of the tests one temporary folder, so that what a test leaves behind goes with the run, however it ended. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'almagest-'));
  // A server that runs as a user of its own, as PostgreSQL does, must get to its folder in here.
  chmodSync(folder, 0o711);
  process.env['TMPDIR'] = folder;
}

/** Removes that folder. */
export function teardown(): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
