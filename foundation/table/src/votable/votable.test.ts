import { expect, test } from 'vitest';
import { TableFormatError, TableLimitError, UnsupportedTableError } from '../errors.ts';
import { columnFromCells } from '../model/builder.ts';
import { rowAt, makeTable } from '../model/table.ts';
import { tablesOf } from './document.ts';
import { parseVotable, parseVotableTable } from './read.ts';
import { writeVotable } from './write.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const wrap = (fields: string, data: string, head = ''): Uint8Array =>
  bytes(`<?xml version="1.0"?>${head}<VOTABLE version="1.4"><RESOURCE><TABLE>${fields}<DATA>${data}</DATA></TABLE></RESOURCE></VOTABLE>`);
const INT = '<FIELD name="a" datatype="int"/>';

test('reads prefixes, comments, CDATA, entities and empty cells', () => {
  const table = parseVotableTable(
    bytes(
      `<v:VOTABLE xmlns:v="x" version="1.3"><v:RESOURCE><v:TABLE><v:FIELD name="s" datatype="char" arraysize="*"/><v:FIELD name="i" datatype="int"/><v:DATA><v:TABLEDATA>
      <v:TR><!-- one --><v:TD>a &lt; &#98; <![CDATA[<&>]]></v:TD><v:TD> 7 </v:TD></v:TR>
      <v:TR><v:TD/><v:TD></v:TD></v:TR></v:TABLEDATA></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>`,
    ),
  );
  expect(rowAt(table, 0)).toEqual({ s: 'a < b <&>', i: 7 });
  expect(rowAt(table, 1)).toEqual({ s: '', i: null });
});

test('reads documents in UTF-16 and Latin-1', () => {
  const text =
    '<VOTABLE><RESOURCE><TABLE><FIELD name="s" datatype="unicodeChar" arraysize="*"/><DATA><TABLEDATA><TR><TD>é</TD></TR></TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>';
  const utf16 = new Uint8Array([0xff, 0xfe, ...new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer)]);
  const latin = Uint8Array.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${text}`, (c) => c.charCodeAt(0));
  for (const document of [utf16, latin]) expect(rowAt(parseVotableTable(document), 0)).toEqual({ s: 'é' });
});

test('keeps metadata: groups, params, systems, links, values and foreign elements', () => {
  const source =
    bytes(`<VOTABLE version="1.4" ID="d"><DESCRIPTION>d</DESCRIPTION><COOSYS ID="sys" system="ICRS" epoch="2015.5"/><TIMESYS ID="t" timeorigin="2400000.5" timescale="TCB" refposition="BARYCENTER"/>
    <INFO name="QUERY_STATUS" value="OK">fine &amp; good</INFO><RESOURCE type="results" name="r"><PARAM name="p" datatype="double" value="1.5" unit="m"/>
    <TABLE name="t1"><FIELD ID="ra" name="ra" datatype="double" unit="deg" ref="sys" width="10" precision="F5"><DESCRIPTION>right ascension</DESCRIPTION><VALUES><MIN value="0"/><MAX value="360"/></VALUES><LINK href="http://x/?a=1&amp;b=2" content-role="doc"/></FIELD>
    <GROUP ID="g" name="pos"><FIELDref ref="ra"/></GROUP><DATA><TABLEDATA/></DATA><INFO name="n" value="v"/></TABLE><VODML a="b"><x>y</x></VODML></RESOURCE></VOTABLE>`);
  const document = parseVotable(source);
  expect(document).toMatchObject({
    id: 'd',
    description: 'd',
    coordinateSystems: [{ id: 'sys', system: 'ICRS', epoch: '2015.5' }],
    timeSystems: [{ timescale: 'TCB' }],
    infos: [{ name: 'QUERY_STATUS', value: 'OK', text: 'fine & good' }],
    resources: [{ type: 'results', params: [{ name: 'p', value: '1.5', unit: 'm' }], foreign: [{ name: 'VODML' }] }],
  });
  const [table] = tablesOf(document);
  expect(table).toMatchObject({
    nrows: 0,
    meta: { name: 't1', groups: [{ id: 'g', fieldRefs: [{ ref: 'ra' }] }], infos: [{ name: 'n' }] },
  });
  expect(table.columns[0]).toMatchObject({
    ref: 'sys',
    width: 10,
    precision: 'F5',
    min: '0',
    max: '360',
    description: 'right ascension',
    links: [{ href: 'http://x/?a=1&b=2', role: 'doc' }],
  });
  expect(parseVotable(writeVotable(document))).toEqual(document);
});

test('refuses entity declarations, unknown entities and deep nesting', () => {
  expect(() => parseVotable(wrap(INT, '<TABLEDATA/>', '<!DOCTYPE x [<!ENTITY a "aaaa">]>'))).toThrow(TableFormatError);
  expect(() => parseVotable(wrap(INT, '<TABLEDATA><TR><TD>&lol;</TD></TR></TABLEDATA>'))).toThrow(/&lol;/);
  expect(() => parseVotable(bytes(`<VOTABLE>${'<GROUP>'.repeat(100)}`))).toThrow(TableLimitError);
});

test('a header cannot claim memory that the rows do not fill', () => {
  const field = '<FIELD name="a" datatype="double" arraysize="90000000"/>';
  expect(() => parseVotable(wrap(field, `<TABLEDATA>${'<TR><TD/></TR>'.repeat(10)}</TABLEDATA>`))).toThrow(TableLimitError);
  expect(() => parseVotable(wrap('<FIELD name="a" datatype="double" arraysize="1000000000"/>', '<TABLEDATA/>'))).toThrow(TableLimitError);
  expect(() => parseVotable(wrap(INT.repeat(20_001), '<TABLEDATA/>'))).toThrow(/columns/);
  expect(() => parseVotable(wrap(INT, `<TABLEDATA>${'<TR><TD>1</TD></TR>'.repeat(11)}</TABLEDATA>`), { maxRows: 10 })).toThrow(/rows/);
});

test('says line, column and row of a bad cell, or makes it null on request', () => {
  const source = wrap('<FIELD name="a" datatype="unsignedByte"/>', '<TABLEDATA>\n<TR><TD>1</TD></TR>\n<TR><TD>256</TD></TR></TABLEDATA>');
  expect(() => parseVotable(source)).toThrow('column "a" holds uint8; found "256" (row 1) (line 3)');
  expect(rowAt(parseVotableTable(source, { onBadCell: 'null' }), 1)).toEqual({ a: null });
});

test('fetches nothing', () => {
  expect(() => parseVotable(wrap(INT, '<BINARY><STREAM href="file:///etc/passwd"/></BINARY>'))).toThrow(UnsupportedTableError);
});

test('reads custom datatypes when told their meaning', () => {
  const source = wrap('<FIELD name="a" datatype="mine"/>', '<TABLEDATA><TR><TD>3</TD></TR></TABLEDATA>');
  expect(() => parseVotable(source)).toThrow(/"mine"/);
  expect(rowAt(parseVotableTable(source, { datatypes: { mine: 'int' } }), 0)).toEqual({ a: 3 });
});

test('never writes characters that XML forbids', () => {
  const table = makeTable([columnFromCells({ name: 's', datatype: 'string' }, ['a\u0000b\u0007\ud800c'])]);
  expect(rowAt(parseVotableTable(writeVotable(table)), 0)).toEqual({ s: 'a\ufffdb\ufffd\ufffdc' });
});

test('widens types that VOTable lacks and refuses what no long holds', () => {
  const table = makeTable([
    columnFromCells({ name: 'u', datatype: 'uint32' }, [4294967295]),
    columnFromCells({ name: 'v', datatype: 'uint64' }, [5n]),
  ]);
  for (const format of ['TABLEDATA', 'BINARY', 'BINARY2'] as const)
    expect(rowAt(parseVotableTable(writeVotable(table, { format })), 0)).toEqual({ u: 4294967295n, v: 5n });
  expect(() => writeVotable(makeTable([columnFromCells({ name: 'v', datatype: 'uint64' }, [2n ** 63n])]))).toThrow(UnsupportedTableError);
});
