import { expect, test } from 'vitest';
import { HeaderFileError } from '../errors.ts';
import { headerFromEntries, mergeHeaders, parseHeaderText } from './header-record.ts';

test('reads a property list and keeps the last of a repeated keyword', () => {
  const header = parseHeaderText(
    "!<lsst.daf.base.PropertyList>\n- [FILTER, String, g, '']\n- - BZERO\n  - Double\n  - 3.5\n  - ''\n- - AXIS\n  - Int\n  - [1, 2]\n  - ''\n",
  );
  expect([...header]).toEqual([
    ['FILTER', 'g'],
    ['BZERO', 3.5],
    ['AXIS', 2],
  ]);
});

test('reads a plain mapping and leaves dates as text', () => {
  const header = parseHeaderText("DATE-OBS: '2013-02-13T09:01:40.9'\nMJD: 56336.5\nNONE: null\nCOMMENT: x\n");
  expect(header.get('DATE-OBS')).toBe('2013-02-13T09:01:40.9');
  expect(header.get('NONE')).toBeNull();
  expect(header.has('COMMENT')).toBe(false);
});

test('refuses what is no header and names the file', () => {
  expect(() => parseHeaderText('"hello"', 'a.yaml')).toThrow(HeaderFileError);
  expect(() => parseHeaderText('- 1\n- 2\n')).toThrow(/keyword, type, value/);
  expect(() => parseHeaderText('a: [1\nb')).toThrow(HeaderFileError);
});

test('a detector header wins over the primary header', () => {
  const merged = mergeHeaders([
    headerFromEntries([
      ['A', 1],
      ['B', 2],
    ]),
    headerFromEntries([['B', 3]]),
  ]);
  expect([...merged]).toEqual([
    ['A', 1],
    ['B', 3],
  ]);
});
