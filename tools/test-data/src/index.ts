import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The folder of real observations: ALMAGEST_DATA, or `shared/data` beside the checkout. */
const DATA: string = process.env['ALMAGEST_DATA'] ?? join(import.meta.dirname, '../../../../shared/data');

/** True where the folder of real observations is present; tests that need it use `test.skipIf(!haveData)`. */
export const haveData: boolean = existsSync(join(DATA, 'manifest.json'));

/** Path of one file or folder of real observations, such as `dataPath('fits-zoo', 'golden.json')`. */
export function dataPath(...parts: readonly string[]): string {
  return join(DATA, ...parts);
}
