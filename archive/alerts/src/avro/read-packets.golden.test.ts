import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { dataPath, haveData } from '@almagest/test-data';
import { describe, expect, test } from 'vitest';
import { packetSchema } from '../packet/packet-schema.ts';
import { type DecodedPacket, packetType } from './avro-type.ts';
import { readPackets } from './read-packets.ts';

interface GoldenStamp {
  readonly bytes: number;
  readonly gzip: boolean;
  readonly sha256_fits: string;
}

interface GoldenRecord {
  readonly [field: string]: unknown;
  readonly n_prv?: number;
}

const golden = haveData
  ? (JSON.parse(readFileSync(dataPath('alerts', 'golden.json'), 'utf8'), (_, value: unknown, context?: { source?: string }) =>
      typeof value === 'number' && context?.source && /^\d{16,}$/.test(context.source) ? BigInt(context.source) : value,
    ) as Record<string, { records: GoldenRecord[] }>)
  : {};

/** A field of a packet or of its triggering source. */
function fieldOf(packet: DecodedPacket, name: string): unknown {
  const inner = (packet['candidate'] ?? packet['diaSource']) as DecodedPacket | undefined;
  if (name === 'objectId')
    return packet['objectId'] ?? packet['objectid'] ?? (packet['diaObject'] as DecodedPacket | null)?.['diaObjectId'] ?? null;
  if (name === 'candid') return packet['candid'] ?? packet['diaSourceId'];
  return packet[name] ?? inner?.[name] ?? null;
}

function same(found: unknown, wanted: unknown): boolean {
  if (typeof found === 'bigint' || typeof wanted === 'bigint') return BigInt(found as number) === BigInt(wanted as number);
  return Object.is(found, wanted);
}

describe.skipIf(!haveData)('real alert packets', () => {
  test.each(Object.entries(golden))('%s reads as fastavro reads it', (path, { records }) => {
    const { packets } = readPackets(readFileSync(dataPath('alerts', path)));
    expect(packets).toHaveLength(records.length);
    packets.forEach((packet, i) => {
      for (const [name, wanted] of Object.entries(records[i]!)) {
        if (name === 'n_prv') expect(((packet['prv_candidates'] ?? packet['prvDiaSources']) as unknown[] | null)?.length ?? 0).toBe(wanted);
        else if (name === 'n_fp_hists') expect((packet['fp_hists'] as unknown[] | null)?.length ?? 0).toBe(wanted);
        else if (name.startsWith('cutout')) checkStamp(packet, name, wanted as GoldenStamp);
        else expect([name, fieldOf(packet, name), same(fieldOf(packet, name), wanted)]).toEqual([name, fieldOf(packet, name), true]);
      }
    });
  });

  test.each(['10', '11'])('a Rubin packet of version %s reads as ours, and ours as one of theirs', (version) => {
    const ours = packetType(packetSchema());
    const file = readFileSync(dataPath('alerts', 'lsst-schema', version, '0/sample_data/fakeAlert.avro'));
    const theirs = readPackets(file);
    const [packet] = readPackets(file, ours).packets;
    expect(packet).toMatchObject({ diaSourceId: theirs.packets[0]!['diaSourceId'] });
    const source = packet!['diaSource'] as DecodedPacket;
    expect(source).toMatchObject({ band: 'r', psfFlux: 1241, ra: 351.570546978, reliabilityVersion: null });
    expect((packet!['prvDiaSources'] as unknown[]).length).toBe((theirs.packets[0]!['prvDiaSources'] as unknown[]).length);
    const back = ours.resolveTo(theirs.type)(ours.encode(packet!));
    // Counts that one version leaves out are zero in the other.
    expect(countless(back['diaSource'])).toEqual(countless(theirs.packets[0]!['diaSource']));
    expect(countless(back['diaObject'])).toEqual(countless(theirs.packets[0]!['diaObject']));
  });
});

function countless(record: unknown): unknown {
  return Object.fromEntries(Object.entries(record as object).filter(([name]) => !/Ndata$|^bboxSize$/.test(name)));
}

function checkStamp(packet: DecodedPacket, name: string, wanted: GoldenStamp): void {
  const value = packet[name] as DecodedPacket | Uint8Array;
  const bytes = value instanceof Uint8Array ? value : (value['stampData'] as Uint8Array);
  expect(bytes.length).toBe(wanted.bytes);
  const fits = wanted.gzip ? gunzipSync(bytes) : bytes;
  expect(createHash('sha256').update(fits).digest('hex')).toBe(wanted.sha256_fits);
}
