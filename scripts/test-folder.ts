import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let folder = '';

/** Gives a run of the tests one temporary folder, so that what a test leaves behind goes with the run, however it ended. */
export function setup(): void {
  folder = mkdtempSync(join(tmpdir(), 'almagest-'));
  process.env['TMPDIR'] = folder;
}

/** Removes that folder. */
export function teardown(): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
