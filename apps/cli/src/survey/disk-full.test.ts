import { expect, test } from 'vitest';
import { noSpaceErrorOf } from './disk-full.ts';

test('a full disk is recognized whoever tells of it, and anything else is not', () => {
  const errno = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  for (const error of [
    errno,
    new Error('an artifact could not be written', { cause: errno }),
    new Error('SQLITE_FULL: database or disk is full'),
    new Error('IO Error: Could not write file "a.parquet": No space left on device'),
    Object.assign(new Error('write'), { code: 'EDQUOT' }),
  ])
    expect(noSpaceErrorOf(error)).toMatchObject({
      code: 'cli.no-space',
      fault: 'environment',
      message: expect.stringContaining('start the same command again'),
    });
  expect(noSpaceErrorOf(new Error('there is no camera'))).toBeUndefined();
  expect(noSpaceErrorOf('text')).toBeUndefined();
});
