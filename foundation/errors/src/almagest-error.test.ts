import { expect, test } from 'vitest';
import { AlmagestError, assert, BugError, type ErrorFault, errorFromWire, type ErrorWire } from './index.ts';

class SampleError extends AlmagestError<{ hdu: number }> {
  static override readonly code: string = 'fits.sample';
  static override readonly fault: ErrorFault = 'data';
}

test('survives the wire with code, fault, message and details', () => {
  const wire = JSON.parse(JSON.stringify(new SampleError('BITPIX must be 8; found 9 (HDU 3)', { details: { hdu: 3 } }))) as ErrorWire;
  const back = errorFromWire(wire);
  expect(back).toBeInstanceOf(AlmagestError);
  expect(back).toMatchObject({ code: 'fits.sample', fault: 'data', retryable: false, details: { hdu: 3 } });
  expect(back.message).toBe('BITPIX must be 8; found 9 (HDU 3)');
});

test('keeps the cause', () => {
  const cause = new Error('disk');
  expect(new SampleError('x', { cause }).cause).toBe(cause);
});

test('assert throws a bug that is no AlmagestError', () => {
  expect(() => assert(false, 'never')).toThrow(BugError);
});
