import { readFileSync } from 'node:fs';
import { dataPath, haveData } from '@almagest/test-data';
import avro from 'avsc';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleNight } from '../../test/sample-night.ts';
import { encodePackets } from '../packet/encode-packets.ts';
import { packetSchema } from '../packet/packet-schema.ts';
import { fromWire, schemaStoreOf } from '../packet/wire-format.ts';
import { type DecodedPacket, packetType, type PacketValue } from './avro-type.ts';
import { readContainer, writeContainer } from './container.ts';
import { packetFromJson, packetToJson } from './packet-json.ts';
import { readPackets } from './read-packets.ts';
import { readSchemaFolder } from './schema-files.ts';

const type = packetType(packetSchema());
const packets = Array.from(
  encodePackets({ ...sampleNight({ alerts: 2, history: 2 }), cutouts: () => ({ science: new Uint8Array(50) }) }),
  ({ bytes }) => bytes,
);

/** Decodes, and lets nothing but coded errors out. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    expect((error as { code?: string }).code).toMatch(/^alerts\./);
  }
}

test('damaged packets and files give a coded error or a packet, never more (seed 21)', () => {
  const file = writeContainer(packetSchema(), packets, { codec: 'deflate' });
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), fc.nat(), (changes, cut) => {
      for (const bytes of [packets[0]!, file]) {
        const damaged = bytes.slice(0, cut % 3 === 0 ? cut % bytes.length : bytes.length);
        for (const [at, value] of changes) if (damaged.length > 0) damaged[at % damaged.length] = value;
        attempt(() => (bytes === file ? readPackets(damaged) : type.decode(damaged)));
        attempt(() => fromWire(damaged));
      }
    }),
    { seed: 21, numRuns: 2000 },
  );
});

test('claims of huge lists and strings are refused before anything is allocated', () => {
  const list = packetType({ type: 'record', name: 'r', fields: [{ name: 'a', type: { type: 'array', items: 'null' } }] });
  expect(() => list.decode(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0xff, 0x1f))).toThrow(/claims/);
  const text = packetType({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'string' }] });
  expect(() => text.decode(Uint8Array.of(0xfe, 0xff, 0xff, 0xff, 0x0f))).toThrow(/too early/);
});

test('values of any schema come back, and the library of the field reads them (seed 22)', () => {
  const schema = {
    type: 'record',
    name: 'r',
    fields: [
      { name: 'i', type: 'int' },
      { name: 'd', type: 'double' },
      { name: 's', type: ['null', 'string'] },
      { name: 'b', type: 'bytes' },
      { name: 'm', type: { type: 'map', values: 'float' } },
      { name: 'l', type: { type: 'array', items: ['null', 'boolean'] } },
      { name: 'e', type: { type: 'enum', name: 'e', symbols: ['A', 'B'] } },
      { name: 'f', type: { type: 'fixed', name: 'f', size: 3 } },
    ],
  };
  const ours = packetType(schema);
  const theirs = avro.Type.forSchema(schema as avro.Schema);
  const value = fc.record({
    i: fc.integer(),
    d: fc.double({ noNaN: true }),
    s: fc.option(fc.string()),
    b: fc.uint8Array(),
    m: fc.dictionary(
      fc.string({ minLength: 1 }).filter((key) => key !== '__proto__'),
      fc.float({ noNaN: true }),
    ),
    l: fc.array(fc.option(fc.boolean())),
    e: fc.constantFrom('A', 'B'),
    f: fc.uint8Array({ minLength: 3, maxLength: 3 }),
  });
  fc.assert(
    fc.property(value, (sample) => {
      const bytes = ours.encode(sample as DecodedPacket);
      const back = ours.decode(bytes);
      expect({ ...back, m: { ...(back['m'] as object) } }).toEqual({ ...sample, m: { ...sample.m } });
      expect(Buffer.from(theirs.toBuffer(theirs.fromBuffer(Buffer.from(bytes)))).equals(Buffer.from(bytes))).toBe(true);
    }),
    { seed: 22, numRuns: 500 },
  );
});

test('64-bit integers come back exactly (seed 23)', () => {
  const longs = packetType({ type: 'record', name: 'r', fields: [{ name: 'a', type: 'long' }] });
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (a) => {
      expect(longs.decode(longs.encode({ a }))).toEqual({ a });
    }),
    { seed: 23, numRuns: 2000 },
  );
  for (const a of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 48n, -(2n ** 48n), 2n ** 53n + 1n])
    expect(longs.decode(longs.encode({ a }))).toEqual({ a });
});

test('packets go through JSON and back', () => {
  for (const bytes of packets) expect(type.encode(packetFromJson(packetToJson(type.decode(bytes)), type.node))).toEqual(bytes);
});

test('a packet with an unknown schema id is named as such', async () => {
  const wire = Uint8Array.of(0, 0, 0, 1, 2, 9, 9);
  const { schemaId } = fromWire(wire);
  expect(schemaId).toBe(258);
  await expect(schemaStoreOf(new Map()).get(schemaId)).rejects.toMatchObject({ code: 'alerts.unknown-schema', details: { schemaId: 258 } });
  expect(() => fromWire(Uint8Array.of(1, 2, 3, 4, 5, 6))).toThrow(/zero byte/);
});

test.each([
  [{ type: 'record', name: 'r' }, /list of fields/],
  ['nonsense', /neither a type/],
  [{ type: 'record', name: 'r', fields: [{ name: 'a', type: 'missing' }] }, /neither a type/],
  [[], /branch/],
  [5, /must be/],
])('schema %j is refused', (schema, message) => {
  expect(() => packetType(schema)).toThrow(message);
});

describe.skipIf(!haveData)('published schemas', () => {
  test('ZTF packets of every version read as the published schema of today', () => {
    const published = packetType(readSchemaFolder(dataPath('alerts', 'ztf-schema', 'alert.avsc')));
    for (const path of [
      'ztf-sample/472263571115115000.avro',
      'ztf-20200202/1105522281015015000.avro',
      'ztf-20231012/2475433850015010009.avro',
    ]) {
      const bytes = readFileSync(dataPath('alerts', path));
      const own = readPackets(bytes).packets[0]!;
      const [packet] = readPackets(bytes, published).packets;
      expect(packet!['candid']).toEqual(own['candid']);
      expect((packet!['candidate'] as Record<string, PacketValue>)['ra']).toBe((own['candidate'] as Record<string, PacketValue>)['ra']);
    }
  });

  test('our packets read as the published schemas of Rubin', () => {
    for (const version of ['10', '11']) {
      const published = packetType(readSchemaFolder(dataPath('alerts', 'lsst-schema', version, '0', `lsst.v${version}_0.alert.avsc`)));
      const read = type.resolveTo(published)(packets[0]!);
      const own = type.decode(packets[0]!);
      expect(read['diaSourceId']).toBe(own['diaSourceId']);
      expect((read['prvDiaSources'] as DecodedPacket[])[1]!['psfFlux']).toBe((own['prvDiaSources'] as DecodedPacket[])[1]!['psfFlux']);
      expect(readContainer(writeContainer(published.schema, [published.encode(read)])).blocks).toHaveLength(1);
    }
  });
});
