import { expect, test } from 'vitest';
import { exitCodeOf } from '../report-error.ts';
import { longWork } from './butler-output.ts';

test('Ctrl-C stops long work between two steps, with the exit code of an interruption', () => {
  const { signal, onProgress } = longWork('copying', { json: true });
  onProgress(1, 2);
  expect(signal.aborted).toBe(false);
  process.emit('SIGINT');
  expect([signal.aborted, exitCodeOf(signal.reason)]).toEqual([true, 130]);
  expect(() => signal.throwIfAborted()).toThrow('what was finished is kept');
});
