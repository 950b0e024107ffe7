import { expect, test } from 'vitest';
import { BadArgumentError, BadCardError, Header, headerFromText } from '../index.ts';
import { assert, constantFrom, double, integer, oneof, property, string } from 'fast-check';

function parse(...cards: readonly string[]): Header {
  return headerFromText(cards.join('\n'));
}

test.each([
  ['T', true],
  ['F', false],
  ['42', 42],
  ['-0042', -42],
  ['+7', 7],
  ['1.5', 1.5],
  ['1.', 1],
  ['.5E-3', 0.0005],
  ['1.25D+02', 125],
  ['12345678901234567890', 12345678901234567890n],
  ["'it''s   '", "it's"],
  ["'  lead'", '  lead'],
  ["''", ''],
  ['(1.5, -2)', { re: 1.5, im: -2 }],
  ['', null],
])('the value %s is read as %o', (text, value) => {
  expect(parse(`KEY     = ${text} / comment`).get('key')).toEqual(value);
});

test('a malformed value is kept, reads as undefined, and is written back as it was', () => {
  const line = 'EXPTIME = 6,4E-05 / [s]';
  const header = parse(line);
  expect(header.get('EXPTIME')).toBeUndefined();
  expect(header.card('EXPTIME')?.kind).toBe('malformed');
  expect(header.toText().startsWith(line)).toBe(true);
  expect(() => header.requireInteger('EXPTIME')).toThrow(BadCardError);
});

test('long strings, HIERARCH, INHERIT, repeated keywords and commentary', () => {
  const header = parse(
    "SVALUE  = 'This is a long string &'",
    "CONTINUE  'over &'",
    "CONTINUE  'three cards' / with a comment",
    'HIERARCH ESO DET OUT1 GAIN = 1.7 / [e-/ADU]',
    'INHERIT =                    T',
    'FILTER  = 1',
    'FILTER  = 2',
    'HISTORY first',
    'HISTORY second = no value',
    'COMMENT = also text',
    'END',
  );
  expect(header.get('SVALUE')).toBe('This is a long string over three cards');
  expect(header.card('SVALUE')?.comment).toBe('with a comment');
  expect(header.get('ESO DET OUT1 GAIN')).toBe(1.7);
  expect(header.get('HIERARCH ESO DET OUT1 GAIN')).toBe(1.7);
  expect(header.get('FILTER')).toBe(1);
  expect(header.all('FILTER')).toHaveLength(2);
  expect(header.commentary('HISTORY')).toEqual(['first', 'second = no value']);
  expect(header.commentary('COMMENT')).toEqual(['= also text']);
  const primary = Header.of({ SIMPLE: true, NAXIS: 0, OBJECT: 'M13', FILTER: 9 });
  const whole = header.withInherited(primary);
  expect(whole.get('OBJECT')).toBe('M13');
  expect(whole.get('FILTER')).toBe(1);
  expect(whole.has('SIMPLE')).toBe(false);
});

test('unchanged cards come back character by character, changed ones keep their comment', () => {
  const odd = 'EQUINOX = 2000.0 / free format, odd spacing';
  const header = parse(odd, "OBJECT  = 'M13     '           / target").set('OBJECT', 'M92');
  expect(header.toText().startsWith(odd)).toBe(true);
  expect(header.card('OBJECT')).toMatchObject({ value: 'M92', comment: 'target' });
  expect(header.toText().length % 2880).toBe(0);
});

test('law, seed 51: what is set is read back', () => {
  const text = string({ unit: constantFrom(..."ab c'&/=XYZ09.".split('')), maxLength: 200 }).map((value) => value.trimEnd());
  const value = oneof(text, integer(), double({ noNaN: true, noDefaultInfinity: true }), constantFrom(true, false, null));
  const keyword = constantFrom('KEY', 'LONGKEYW', 'ESO DET LONG NAME', 'A-B_C');
  assert(
    property(keyword, value, string({ unit: constantFrom('a', 'b', ' ', '/'), maxLength: 20 }), (key, set, comment) => {
      const back = headerFromText(new Header().set(key, set, comment).toText()).get(key);
      if (typeof set === 'number') expect(Number(back)).toBe(set === 0 ? 0 : set);
      else expect(back).toBe(set);
    }),
    { seed: 51, numRuns: 500 },
  );
});

test('what no card can hold is refused', () => {
  expect(() => new Header().set('KEY', Number.NaN).toText()).toThrow(BadArgumentError);
  expect(() => new Header().set('KEY', 'größe').toText()).toThrow('printable ASCII');
  expect(() => new Header().set('lower-case?', 1).toText()).toThrow('is no keyword');
});

test('setReal keeps the decimal point', () => {
  expect(new Header().setReal('CRPIX1', 128, 'centre').toText()).toContain('CRPIX1  =                128.0 / centre');
});
