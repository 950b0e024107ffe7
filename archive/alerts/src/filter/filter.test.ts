import fc from 'fast-check';
import { circleDeg, mocFromRegion } from '@almagest/sphere';
import { expect, test } from 'vitest';
import { sampleNight } from '../../test/sample-night.ts';
import { packetType } from '../avro/avro-type.ts';
import { encodePackets } from '../packet/encode-packets.ts';
import { packetSchema } from '../packet/packet-schema.ts';
import { compileFilter } from './compile-filter.ts';
import { FilterSet } from './filter-set.ts';
import { makeWatchlist } from './sky-sets.ts';

const type = packetType(packetSchema());
const packets = [...encodePackets(sampleNight({ alerts: 5, history: 12 }))];
const alert = type.decode(packets[0]!.bytes);
const source = alert['diaSource'] as Record<string, number>;

const passes = (text: string): boolean => compileFilter(text, type.node).passes(alert);

test.each([
  ['snr > 0', true],
  ["diaSource.snr > 0 AND band = 'u'", true],
  ["NOT band IN ('r', 'i')", true],
  ["band NOT IN ('u')", false],
  ['ra BETWEEN 149 AND 151 AND dec BETWEEN 1 AND 3', true],
  ['ra NOT BETWEEN 149 AND 151', false],
  ['count(prvDiaSources) = 12', true],
  ["count(prvDiaSources WHERE band = 'r') = 2", true],
  ['max(prvDiaSources.midpointMjdTai) < diaSource.midpointMjdTai', true],
  ['any(prvDiaSources WHERE midpointMjdTai > 60999)', false],
  ['all(prvDiaForcedSources WHERE midpointMjdTai < 61000)', true],
  ['last(prvDiaSources.midpointMjdTai) > first(prvDiaSources.midpointMjdTai)', true],
  ['stddev(prvDiaSources.psfFlux) > 0 AND mean(prvDiaSources.psfFlux) > 0 AND sum(prvDiaSources.psfFlux) > 100', true],
  ['diaObject.nDiaSources = 13 AND ssSource IS NULL AND diaObject IS NOT NULL', true],
  ['diaSource.diaObjectId = 4611686018427000001', true],
  ['diaSource.diaObjectId = 4611686018427000002', false],
  ['cone(150, 2, 2) AND NOT cone(10, 2, 2)', true],
  ['separation(ra, dec, ra, dec) = 0', true],
  ['mag(3631) < 22.6 AND mag(3631) > 22.4', true],
  ['1 + 2 * 3 = 7 AND -(1 - 2) = 1 AND 7 / 2 = 3.5', true],
  ['coalesce(trailFlux, 5) = 5', true],
  // Unknown is neither true nor false.
  ['trailFlux > 0', false],
  ['NOT trailFlux > 0', false],
  ['trailFlux > 0 OR snr > 0', true],
  ['trailFlux > 0 AND snr > 0', false],
  ['sqrt(-1) > 0 OR sqrt(-1) <= 0', false],
  ["'abc' > 5", false],
  ['-- comment\n TRUE', true],
])('%s is %s', (text, expected) => {
  expect(passes(text)).toBe(expected);
});

test('selects columns by name', () => {
  const filter = compileFilter('SELECT snr, psfFlux / psfFluxErr AS ratio, count(prvDiaSources) WHERE snr > 0', type.node);
  expect(filter.select(alert)).toEqual({ snr: source['snr'], ratio: source['psfFlux']! / source['psfFluxErr']!, column3: 12 });
});

test.each([
  ['snr >', /a value is expected/],
  ['snr > 5 snr', /should end here/],
  ['flux > 5', /no field "flux"/],
  ["snr > 'abc", /closing quote/],
  ['process(1) = 1', /no function "process"/],
  ['constructor(1) = 1', /no function "constructor"/],
  ['count(diaSource) > 1', /no list of records/],
  ['max(prvDiaSources) > 1', /needs a field/],
  ['max(prvDiaSources.nothing) > 1', /have no field "nothing"/],
  ["watchlist('x')", /no watchlist "x"/],
  ['abs(1, 2) > 0', /takes 1 values/],
  ['a'.repeat(10_001), /10000 characters/],
  ['('.repeat(60) + '1' + ')'.repeat(60), /nested/],
  ['snr # 5', /does not belong/],
])('refuses %s', (text, message) => {
  expect(() => compileFilter(text, type.node)).toThrow(message);
});

test('names of objects in JavaScript mean nothing', () => {
  for (const name of ['__proto__', 'constructor', 'toString', 'diaSource.constructor', 'diaSource.__proto__'])
    expect(() => compileFilter(`${name} = 1`, type.node)).toThrow(/no field|name is expected/);
});

test('watchlists and regions', () => {
  const position = { ra: source['ra']!, dec: source['dec']! };
  const sky = {
    watchlists: new Map([
      [
        'mine',
        makeWatchlist([
          { name: 'a', ra: 10, dec: 10 },
          { name: 'b', ...position, radiusArcsec: 1 },
        ]),
      ],
    ]),
    regions: new Map([
      ['event', mocFromRegion(8, circleDeg(position.ra, position.dec, 1))],
      ['far', mocFromRegion(8, circleDeg(20, -50, 1))],
    ]),
  };
  const ask = (text: string): boolean => compileFilter(text, type.node, { sky }).passes(alert);
  expect([ask("watchlist('mine')"), ask("region('event')"), ask("region('far')")]).toEqual([true, true, false]);
});

test('a filter that never ends is stopped, and the others go on', () => {
  let endless = "count(prvDiaSources WHERE band != 'x')";
  for (let i = 0; i < 6; i += 1) endless = `count(prvDiaSources WHERE ${endless} > 0)`;
  expect(() => compileFilter(`${endless} > 0`, type.node).passes(alert)).toThrow(/more than 100000 steps/);
  const set = new FilterSet(type);
  set.add('endless', `${endless} > 0`);
  set.add('good', 'snr > 0');
  expect(set.match(packets[0]!.bytes).map((hit) => hit.filter)).toEqual(['good']);
  expect(set.report[0]).toMatchObject({ filter: 'endless', failure: { code: 'alerts.filter-limit' } });
});

test('a set decodes only what its filters need, and hands out twenty alerts a visit', () => {
  const set = new FilterSet(type, { maxPerVisit: 2 });
  set.add(
    'all',
    'SELECT diaSource.diaSourceId WHERE count(prvDiaSources WHERE midpointMjdTai < 61000) = 12 AND mean(prvDiaForcedSources.psfFlux) > 0',
  );
  const hits = packets.map(({ bytes }) => set.match(bytes).length);
  expect(hits).toEqual([1, 1, 0, 0, 0]);
  expect(set.report[0]).toMatchObject({ dropped: 3 });
  set.beginVisit();
  expect(set.match(packets[4]!.bytes)[0]?.columns).toEqual({ diaSourceId: packets[4]!.diaSourceId });
});

test('any text gives a filter or a coded mistake (seed 11)', () => {
  const words = fc.constantFrom(
    'snr',
    'count(',
    ')',
    '(',
    'prvDiaSources',
    'WHERE',
    'AND',
    'NOT',
    '>',
    '=',
    '1',
    "'x'",
    ',',
    '.',
    'IS',
    'NULL',
    'IN',
    'BETWEEN',
    'band',
    '-',
    '+',
    '"',
    "'",
    'SELECT',
    'AS',
    '\n',
  );
  const text = fc.oneof(
    fc.array(words, { maxLength: 30 }).map((list) => list.join(' ')),
    fc.string({ maxLength: 60 }),
  );
  fc.assert(
    fc.property(text, (sample) => {
      try {
        compileFilter(sample, type.node, { maxSteps: 1000 }).passes(alert);
      } catch (error) {
        expect((error as { code?: string }).code).toMatch(/^alerts\.(bad-filter|filter-limit)$/);
      }
    }),
    { seed: 11, numRuns: 3000 },
  );
});
