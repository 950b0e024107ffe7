import { UnknownInstrumentError } from '../errors.ts';
import type { HeaderRecord } from '../header/header-record.ts';
import { matchesHeader } from '../translation/translate.ts';
import type { Camera } from './camera.ts';

/**
 * Finds the first camera whose `match` accepts the header.
 *
 * @throws {UnknownInstrumentError} if none does.
 */
export function recognizeCamera(header: HeaderRecord, cameras: Iterable<Camera>, file: string | null = null): Camera {
  for (const camera of cameras) if (matchesHeader(header, camera.translation)) return camera;
  const value = header.get('INSTRUME');
  const instrume = typeof value === 'string' ? value : null;
  throw new UnknownInstrumentError(
    `no camera recognizes the header${instrume === null ? ', which has no INSTRUME' : ` (INSTRUME is "${instrume}")`}`,
    {
      details: { file, instrume },
    },
  );
}
