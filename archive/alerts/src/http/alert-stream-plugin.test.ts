import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance } from 'fastify';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { sampleNight } from '../../test/sample-night.ts';
import { AlertArchive } from '../archive/alert-archive.ts';
import { readPackets } from '../avro/read-packets.ts';
import { encodePackets } from '../packet/encode-packets.ts';
import { PACKET_SCHEMA_ID, PACKET_SUBJECT, packetSchema } from '../packet/packet-schema.ts';
import { toWire } from '../packet/wire-format.ts';
import { AlertLog, type LogInput } from '../stream/alert-log.ts';
import { alertStreamPlugin } from './alert-stream-plugin.ts';
import { registrySchemaStore, schemaRegistryPlugin } from './schema-registry.ts';

let folder: string;
let log: AlertLog;
let archive: AlertArchive;
let app: FastifyInstance;
let address: string;
const inputs: LogInput[] = Array.from(
  encodePackets({ ...sampleNight({ alerts: 20, history: 2 }), cutouts: () => ({ science: Uint8Array.of(1, 2) }) }),
  (packet) => ({
    key: packet.diaSourceId,
    ra: packet.ra,
    dec: packet.dec,
    mjdTai: packet.midpointMjdTai,
    bytes: toWire(PACKET_SCHEMA_ID, packet.bytes),
  }),
);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'stream-'));
  log = await AlertLog.open(join(folder, 'log'));
  await log.putSchema(PACKET_SCHEMA_ID, packetSchema());
  await log.append(inputs.slice(0, 10));
  archive = await AlertArchive.open(log, join(folder, 'index.sqlite3'));
  app = fastify({ forceCloseConnections: true });
  alertStreamPlugin(app, { log, archive });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
afterEach(async () => {
  await app.close();
  archive.close();
  await log.close();
  rmSync(folder, { recursive: true });
});

/** Offsets of the first events of a stream. */
async function events(path: string, count: number, headers: Record<string, string> = {}): Promise<number[]> {
  const stop = new AbortController();
  const response = await fetch(`${address}${path}`, { headers, signal: stop.signal });
  expect(response.headers.get('content-type')).toContain('text/event-stream');
  const found: number[] = [];
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body!) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    for (const match of text.matchAll(/id: (\d+)\nevent: alert\ndata: (.*)\n\n/g)) {
      found.push(Number(match[1]));
      expect(JSON.parse(match[2]!)).toMatchObject({ offset: Number(match[1]), diaSourceId: String(inputs[Number(match[1])]!.key) });
    }
    if (found.length >= count) break;
    text = found.length > 0 ? text.slice(text.lastIndexOf('\n\n') + 2) : text;
  }
  stop.abort();
  return found;
}

test('events come from the offset asked for, go on as alerts are added, and after a break', async () => {
  const pending = events('/stream?from=8', 4);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await log.append(inputs.slice(10, 12));
  expect(await pending).toEqual([8, 9, 10, 11]);
  expect(await events('/stream', 2, { 'last-event-id': '9' })).toEqual([10, 11]);
});

test('a stream may be filtered; a mistake in the filter is answered before it begins', async () => {
  const id = inputs[5]!.key;
  expect(await events(`/stream?from=0&filter=${encodeURIComponent(`diaSourceId = ${id}`)}`, 1)).toEqual([5]);
  expect((await app.inject('/stream?from=0&filter=nonsense')).json()).toMatchObject({ code: 'alerts.bad-filter' });
});

test('consumers keep their place', async () => {
  expect((await app.inject({ method: 'POST', url: '/consumers/me', payload: { offset: 7 } })).json()).toEqual({ offset: 7 });
  expect(await events('/stream?consumer=me', 3)).toEqual([7, 8, 9]);
});

test('packets are downloaded as Avro files', async () => {
  const response = await app.inject('/packets?from=3&limit=4');
  expect(response.headers['x-next-offset']).toBe('7');
  expect(readPackets(response.rawPayload).packets.map((packet) => packet['diaSourceId'])).toEqual(
    inputs.slice(3, 7).map((input) => input.key),
  );
  expect(readPackets((await app.inject('/packets?from=99')).rawPayload).packets).toEqual([]);
});

test('single alerts come as Avro, JSON and stamps; unknown ones are said to be so', async () => {
  const id = String(inputs[2]!.key);
  expect(readPackets((await app.inject(`/alerts/${id}`)).rawPayload).packets[0]).toMatchObject({ diaSourceId: inputs[2]!.key });
  expect((await app.inject(`/alerts/${id}?format=json`)).payload).toContain(`"diaSourceId":${id}`);
  expect([...(await app.inject(`/alerts/${id}?format=fits&cutout=Science`)).rawPayload]).toEqual([1, 2]);
  expect((await app.inject(`/alerts/${id}?format=fits&cutout=Other`)).json()).toMatchObject({ code: 'alerts.not-found' });
  expect((await app.inject('/alerts/12')).json()).toMatchObject({ code: 'alerts.not-found' });
  expect((await app.inject(`/schemas/${PACKET_SCHEMA_ID}`)).json()).toMatchObject({ name: 'alert' });
});

test('alerts are found by place and time, also those that were just added', async () => {
  await log.append(inputs.slice(10, 20));
  const { ra, dec, key } = inputs[15]!;
  expect((await app.inject(`/search?ra=${ra}&dec=${dec}&radius=0.0001`)).json()).toHaveLength(1);
  expect((await app.inject(`/search?ra=${ra}&dec=${dec}&radius=0.0001`)).payload).toContain(`"diaSourceId":${key}`);
  expect((await app.inject('/search?ra=150&dec=2&radius=3&from=60999&until=61001')).json()).toHaveLength(20);
  expect((await app.inject('/search?from=61001')).json()).toEqual([]);
});

test('the schema registry answers its clients, and clients say what is missing', async () => {
  const registry = fastify({ forceCloseConnections: true });
  schemaRegistryPlugin(registry, { subjects: new Map([[PACKET_SUBJECT, [{ id: PACKET_SCHEMA_ID, schema: packetSchema() }]]]) });
  const url = await registry.listen({ host: '127.0.0.1', port: 0 });
  const store = registrySchemaStore(url);
  expect(await store.get(PACKET_SCHEMA_ID)).toEqual(JSON.parse(JSON.stringify(packetSchema())));
  await expect(store.get(7)).rejects.toMatchObject({ code: 'alerts.unknown-schema' });
  expect((await registry.inject('/subjects')).json()).toEqual([PACKET_SUBJECT]);
  expect((await registry.inject(`/subjects/${PACKET_SUBJECT}/versions/latest`)).json()).toMatchObject({ id: PACKET_SCHEMA_ID, version: 1 });
  expect((await registry.inject('/subjects/none/versions')).statusCode).toBe(404);
  await registry.close();
  await expect(registrySchemaStore(url).get(1)).rejects.toMatchObject({ code: 'alerts.broker-unavailable', retryable: true });
});
