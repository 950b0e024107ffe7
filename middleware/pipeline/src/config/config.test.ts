import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareConfigs } from './compare.ts';
import { formatConfig, parseConfigText, parseFlatConfig } from './dump.ts';
import { configSchema, integerField, listField, mapField, numberField, sectionField, stringField } from './fields.ts';
import { formatHistory, parseOverride, resolveConfig } from './layers.ts';

const inner = {
  cell: integerField({ doc: 'Cell [pixel].', default: 64, min: 16 }),
  kind: stringField({ doc: 'Kind.', default: 'median' }),
};
const schema = configSchema({
  sky: sectionField({ doc: 'The sky.', fields: inner }),
  limits: mapField({ doc: 'Limits by band [mag].', value: numberField({ doc: 'x', default: 0 }), default: { g: 25, r: 24 } }),
  planes: listField({ doc: 'Mask planes.', item: stringField({ doc: 'x', default: '' }), default: ['BAD', 'SAT'] }),
  old: numberField({ doc: 'Old.', default: null, deprecated: 'use sky.cell' }),
  top: numberField({ doc: 'Upper limit.', default: Infinity }),
});

test('lays defaults < instrument < pipeline < command line and keeps who set what', () => {
  const config = resolveConfig(
    schema,
    [
      { source: 'instrument cam', values: { 'sky.cell': 128, limits: { i: 23 } } },
      { source: 'pipeline a.yaml', values: { sky: { cell: 256 }, planes: ['CR'], old: 1 } },
      { source: 'command line', values: { 'limits.g': 20 } },
    ],
    'task "t"',
  );
  expect(config.values).toEqual({
    sky: { cell: 256, kind: 'median' },
    limits: { g: 20, r: 24, i: 23 },
    planes: ['CR'],
    old: 1,
    top: Infinity,
  });
  expect(formatHistory(config, 'sky.c*')).toBe('sky.cell\n  64  <- default\n  128  <- instrument cam\n  256  <- pipeline a.yaml');
  expect(config.warnings).toEqual(['task "t": old is deprecated: use sky.cell']);
  expect(() => ((config.values['sky'] as { cell: number }).cell = 1)).toThrow(TypeError);
});

test('names field and layer of a refused value', () => {
  const layers = [
    { source: 'instrument cam', values: { 'sky.cell': 128 } },
    { source: 'command line', values: { 'sky.cell': 3 } },
  ];
  expect(() => resolveConfig(schema, layers, 'task "t"')).toThrow(/task "t", set by command line: sky\.cell: expected a value from 16/);
  expect(() => resolveConfig(schema, [{ source: 'x.yaml', values: { 'sky.sell': 3 } }], 't')).toThrow(/x\.yaml: sky: no field "sell"/);
  expect(() => parseOverride('isr.doFringe=1')).toThrow(/label:field=value/);
  expect(parseOverride('isr:a.b=[1, x]')).toEqual({ label: 'isr', path: 'a.b', value: [1, 'x'] });
});

test('dumps every field sorted, with docs, and reads it back equal', () => {
  const { values, history } = resolveConfig(schema, [{ source: 'cli', values: { 'sky.kind': 'a: #b' } }], 't');
  const text = formatConfig(values, { schema, history });
  expect(text).toContain('# Cell [pixel].\n  cell: 64\n');
  expect(text).toContain('# cli');
  expect(compareConfigs(values, parseConfigText(text, 'dump'))).toEqual([]);
  expect(formatConfig(values, { pattern: 'sky.*' })).toBe('sky:\n  cell: 64\n  kind: "a: #b"\n');
});

test('dump and parse are inverse for any values (seed 4)', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(fc.oneof(fc.string(), fc.integer())),
  );
  const key = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/);
  const tree = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf)));
  fc.assert(
    fc.property(
      tree,
      (values) => compareConfigs(values, parseConfigText(formatConfig(values), 'x'), { relativeTolerance: 0 }).length === 0,
    ),
    { seed: 4, numRuns: 300 },
  );
});

test('compares with tolerances', () => {
  expect(compareConfigs({ a: 1, b: [1, 2], c: 'x' }, { a: 1.0000001, b: [1, 2.1], d: 1 }, { relativeTolerance: 1e-6 })).toEqual([
    { path: 'b', left: [1, 2], right: [1, 2.1] },
    { path: 'c', left: 'x', right: undefined },
    { path: 'd', left: undefined, right: 1 },
  ]);
});

test('imports flat Python dumps as data and refuses code', () => {
  const text =
    "import lsst.x\nconfig.a.b=3\nconfig.s='it\\'s'\nconfig.l=['a', None, True]\nconfig.inf=float('inf')\nconfig.d={'k': 1, 2: 'x'}\n# c\n";
  expect(parseFlatConfig(text, 'f')).toEqual({ 'a.b': 3, s: "it's", l: ['a', null, true], inf: Infinity, d: { k: 1, 2: 'x' } });
  expect(() => parseFlatConfig('config.a = os.system("x")', 'f')).toThrow(/line 1/);
  expect(() => parseFlatConfig('for x in y: pass', 'f')).toThrow(/line 1/);
});
