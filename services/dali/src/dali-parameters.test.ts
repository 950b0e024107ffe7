import { expect, test } from 'vitest';
import { availabilityXml, DaliParameterError, DaliParameters, errorDocument, parseInterval } from './index.ts';

test('names come in any letters, and an empty value is none', () => {
  const parameters = new DaliParameters([
    ['Query', 'SELECT 1'],
    ['query', 'SELECT 1'],
    ['LANG', ' '],
    ['MAXREC', '7'],
  ]);
  expect(parameters.find('QUERY')).toBe('SELECT 1');
  expect(parameters.find('LANG')).toBeUndefined();
  expect(parameters.names).toEqual(['QUERY', 'MAXREC']);
  expect(parameters.findCount('MAXREC')).toBe(7);
  expect(parameters.entries()).toHaveLength(4);
});

test.each([
  ['is missing', () => new DaliParameters([]).get('ID'), /^ID is missing/],
  [
    'is given twice',
    () =>
      new DaliParameters([
        ['ID', 'a'],
        ['id', 'b'],
      ]).find('ID'),
    /^ID must be given once; found 2 values/,
  ],
  ['is no count', () => new DaliParameters([['MAXREC', '-1']]).findCount('MAXREC'), /whole number; found "-1"/],
  ['is beyond what counts hold', () => new DaliParameters([['MAXREC', '9'.repeat(20)]]).findCount('MAXREC'), /whole number/],
  [
    'is given without end',
    () => new DaliParameters(Array.from({ length: 1001 }, () => ['POS', 'x'] as const)),
    /^POS may be given 1000 times/,
  ],
])('a parameter that %s is named', (_case, work, message) => {
  expect(work).toThrow(DaliParameterError);
  expect(work).toThrow(message);
});

test('intervals have open ends, and no others that are not numbers', () => {
  expect(parseInterval('1 2', 'BAND')).toEqual([1, 2]);
  expect(parseInterval('5', 'TIME')).toEqual([5, 5]);
  expect(parseInterval('-Inf 3e-7', 'BAND')).toEqual([-Infinity, 3e-7]);
  for (const wrong of ['', '2 1', 'NaN NaN', '1 2 3', '0x10', '1e']) expect(() => parseInterval(wrong, 'BAND')).toThrow(/^BAND must be/);
});

test('messages cannot end the document that they are in', () => {
  const text = errorDocument('</INFO> & "quotes" \0');
  expect(text).toContain('<INFO name="QUERY_STATUS" value="ERROR">&lt;/INFO&gt; &amp; &quot;quotes&quot; \uFFFD</INFO>');
  expect(availabilityXml(new Date(0))).toContain('<vosi:upSince>1970-01-01T00:00:00.000Z</vosi:upSince>');
});
