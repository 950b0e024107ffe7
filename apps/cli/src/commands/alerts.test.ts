import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AlertLog, PACKET_SCHEMA_ID, packetFromJson, packetSchema, packetType, toWire, writeContainer } from '@almagest/alerts';
import { afterAll, beforeAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'almagest-cli-alerts-'));
const at = (name: string): string => join(folder, name);
const bin = join(import.meta.dirname, '../../bin/almagest.mjs');
const type = packetType(packetSchema());
const FIRST = 4_611_686_018_427_000_001n;

/** A packet with nothing but what its schema asks for. */
function packet(i: number): Uint8Array {
  const id = String(FIRST + BigInt(i));
  const source = `{"diaSourceId":${id},"visit":7,"detector":1,"midpointMjdTai":61000.5,"ra":${150 + i},"dec":2,"x":1,"y":2,"snr":${i},"timeProcessedMjdTai":61000.6,"band":"r"}`;
  return type.encode(packetFromJson(`{"diaSourceId":${id},"diaSource":${source},"cutoutScience":"AQI="}`, type.node));
}

beforeAll(async () => {
  const packets = Array.from({ length: 12 }, (_, i) => packet(i));
  const file = writeContainer(packetSchema(), packets, { codec: 'deflate' });
  writeFileSync(at('good.avro'), file);
  writeFileSync(at('cut.avro'), file.subarray(0, file.length - 30));
  const log = await AlertLog.open(at('log'));
  await log.putSchema(PACKET_SCHEMA_ID, packetSchema());
  await log.append(
    packets.map((bytes, i) => ({ key: FIRST + BigInt(i), ra: 150 + i, dec: 2, mjdTai: 61_000.5, bytes: toWire(PACKET_SCHEMA_ID, bytes) })),
  );
  await log.close();
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...args: readonly string[]): { status: number | null; lines: string[]; stderr: string } {
  const done = spawnSync(process.execPath, [bin, 'alerts', ...args], { encoding: 'utf8' });
  return { status: done.status, lines: done.stdout.trimEnd().split('\n'), stderr: done.stderr };
}

test('decode and encode are each other’s inverse, 64-bit ids and stamps included', () => {
  const decoded = run('decode', at('good.avro'));
  expect(decoded.lines).toHaveLength(12);
  expect(decoded.lines[3]).toContain(`"diaSourceId":${FIRST + 3n}`);
  writeFileSync(at('packets.jsonl'), `${decoded.lines.join('\n')}\n`);
  expect(JSON.parse(run('encode', at('packets.jsonl'), at('again.avro'), '--codec', 'zstandard', '--json').lines[0]!)).toMatchObject({
    packets: 12,
  });
  expect(run('decode', at('again.avro')).lines).toEqual(decoded.lines);
  expect(run('decode', at('good.avro'), '--no-stamps').lines[0]).not.toContain('AQI=');
});

test('validate accepts what is whole and refuses what is cut off or of another kind', () => {
  expect(JSON.parse(run('validate', at('good.avro'), '--schema', 'survey', '--json').lines[0]!)).toMatchObject({
    valid: true,
    packets: 12,
    codec: 'deflate',
  });
  const cut = run('validate', at('cut.avro'), '--json');
  expect([cut.status, JSON.parse(cut.lines[0]!)]).toMatchObject([2, { error: { code: 'alerts.bad-packet' } }]);
  writeFileSync(at('other.avsc'), '{"type":"record","name":"r","fields":[{"name":"candid","type":"long"}]}');
  expect(run('validate', at('good.avro'), '--schema', at('other.avsc'))).toMatchObject({ status: 2 });
  expect(run('validate', at('none.avro'))).toMatchObject({ status: 2 });
});

test('filter asks files and logs; a mistake is shown where it is', () => {
  expect(run('filter', 'SELECT diaSourceId, snr WHERE snr >= 10', at('good.avro'), '--json').lines).toEqual(
    [10, 11].map((i) => `{"diaSourceId":${FIRST + BigInt(i)},"snr":${i}}`),
  );
  expect(run('filter', 'cone(153, 2, 0.1)', at('log'), '--json').lines).toEqual([
    `{"offset":3,"diaSourceId":${FIRST + 3n},"ra":153,"dec":2}`,
  ]);
  const wrong = run('filter', 'snr >', at('log'));
  expect([wrong.status, wrong.stderr]).toEqual([2, expect.stringContaining('character 6')]);
});

test('tail shows the last ones and keeps the place of a consumer; replay sends each once', () => {
  expect(run('tail', at('log'), '--from', '-2', '--json').lines.map((line) => (JSON.parse(line) as { offset: number }).offset)).toEqual([
    10, 11,
  ]);
  expect(run('tail', at('log'), '--consumer', 'me').lines).toHaveLength(12);
  expect(run('tail', at('log'), '--consumer', 'me').lines).toEqual(['']);
  expect(JSON.parse(run('replay', at('log'), at('copy'), '--json').lines[0]!)).toEqual({ appended: 12 });
  expect(JSON.parse(run('replay', at('log'), at('copy'), '--json').lines[0]!)).toEqual({ appended: 0 });
  expect(run('tail', at('copy'), '--from', '0', '--full').lines[11]).toContain(`"diaSourceId":${FIRST + 11n}`);
});
