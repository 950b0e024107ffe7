import { rowsOf } from '@almagest/table';
import { expect, test } from 'vitest';
import { sampleNight } from '../../test/sample-night.ts';
import { type DecodedPacket, packetType } from '../avro/avro-type.ts';
import { readContainer, writeContainer } from '../avro/container.ts';
import { readPackets } from '../avro/read-packets.ts';
import { encodePackets } from './encode-packets.ts';
import { packetSchema } from './packet-schema.ts';

const type = packetType(packetSchema());
const night = sampleNight({ alerts: 4, history: 3 });

test('packets hold exactly the rows that they were made from', () => {
  const packets = [
    ...encodePackets({ ...night, cutouts: (row) => (row === 1 ? { science: Uint8Array.of(1, 2, 3) } : {}), targetName: 'M 31' }),
  ];
  expect(packets).toHaveLength(4);
  const decoded = packets.map(({ bytes }) => type.decode(bytes));
  const rows = [...rowsOf(night.sources)];
  const old = [...rowsOf(night.history!)];
  decoded.forEach((packet, i) => {
    expect(packet['diaSourceId']).toBe(rows[i]!['diaSourceId']);
    for (const [key, value] of Object.entries(rows[i]!)) expect([key, (packet['diaSource'] as DecodedPacket)[key]]).toEqual([key, value]);
    const previous = packet['prvDiaSources'] as readonly DecodedPacket[];
    expect(previous.map((source) => source['diaSourceId'])).toEqual(
      old.filter((row) => row['diaObjectId'] === rows[i]!['diaObjectId']).map((row) => row['diaSourceId']),
    );
    expect((packet['prvDiaForcedSources'] as unknown[]).length).toBe(3);
    expect(packet['diaObject']).toMatchObject({ nDiaSources: 4, validityStartMjdTai: 61_000, u_psfFluxNdata: 0, g_psfFluxMean: null });
    expect(packet).toMatchObject({ ssSource: null, mpc_orbits: null, cutoutDifference: null, target_name: 'M 31' });
  });
  expect(decoded[1]!['cutoutScience']).toEqual(Uint8Array.of(1, 2, 3));
});

test('a source without object or history has nulls there, and its own row is no history', () => {
  const [packet] = [...encodePackets({ sources: night.sources, history: night.sources })].map(({ bytes }) => type.decode(bytes));
  expect(packet).toMatchObject({ prvDiaSources: null, prvDiaForcedSources: null, diaObject: null });
});

test('encoding from columns equals encoding from decoded values', () => {
  for (const { bytes } of encodePackets(night)) expect(type.encode(type.decode(bytes))).toEqual(bytes);
});

test.each(['null', 'deflate', 'zstandard'] as const)('files with codec %s come back packet by packet', (codec) => {
  const packets = [...encodePackets(night)].map(({ bytes }) => bytes);
  const file = writeContainer(packetSchema(), packets, { codec });
  expect(readContainer(file).codec).toBe(codec);
  expect(readPackets(file).packets).toEqual(packets.map((bytes) => type.decode(bytes)));
});
