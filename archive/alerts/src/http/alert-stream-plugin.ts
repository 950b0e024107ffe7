import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AlertArchive } from '../archive/alert-archive.ts';
import { packetType, type PacketType } from '../avro/avro-type.ts';
import { writeContainer } from '../avro/container.ts';
import { packetToJson } from '../avro/packet-json.ts';
import { AlertNotFoundError, FilterSyntaxError, UnknownSchemaError } from '../errors.ts';
import { compileFilter, type FilterOptions } from '../filter/compile-filter.ts';
import { fromWire } from '../packet/wire-format.ts';
import type { AlertLog } from '../stream/alert-log.ts';
import type { LogEntry } from '../stream/segment.ts';

export interface AlertStreamOptions {
  readonly log: AlertLog;
  /** Searches by time and sky are offered where there is one. */
  readonly archive?: AlertArchive;
  readonly filters?: FilterOptions;
}

/** Most packets in one download. */
const MAX_DOWNLOAD = 5000;
/** A comment is sent this often, so that proxies keep quiet connections open [ms]. */
const HEARTBEAT_MS = 15_000;

/**
 * Serves an alert log over HTTP.
 *
 * | path | gives |
 * |---|---|
 * | `GET /stream?from=&consumer=&filter=` | server-sent events, one an alert; `Last-Event-ID` goes on after a break |
 * | `GET /packets?from=&limit=` | an Avro file of packets; the header `x-next-offset` says where to go on |
 * | `POST /consumers/:name` with `{"offset": n}` | keeps the place of a consumer |
 * | `GET /offsets` | where the log ends: the offset of the next alert |
 * | `GET /alerts/:id?format=avro,json,fits&cutout=` | one alert |
 * | `GET /search?ra=&dec=&radius=&from=&until=&limit=` | alerts by sky and time |
 * | `GET /schemas/:id` | the Avro schema of packets |
 */
export function alertStreamPlugin(app: FastifyInstance, { log, archive, filters }: AlertStreamOptions): void {
  const types = new Map<number, PacketType>();
  const typeOf = async (entry: LogEntry): Promise<PacketType> => {
    const { schemaId } = fromWire(entry.bytes);
    let type = types.get(schemaId);
    if (!type) {
      const schema = await log.findSchema(schemaId);
      if (schema === undefined) throw new UnknownSchemaError(`the log has no schema ${schemaId}`, { details: { schemaId } });
      types.set(schemaId, (type = packetType(schema)));
    }
    return type;
  };
  app.get('/stream', async (request: FastifyRequest<{ Querystring: { from?: string; consumer?: string; filter?: string } }>, reply) => {
    const { from, consumer, filter } = request.query;
    const last = request.headers['last-event-id'];
    const start =
      typeof last === 'string'
        ? Number(last) + 1
        : consumer !== undefined
          ? await log.consumerOffset(consumer)
          : from === undefined
            ? log.endOffset
            : Number(from);
    if (!Number.isInteger(start) || start < 0)
      throw new FilterSyntaxError(`from must be an offset; found "${from}"`, { details: { position: 0 } });
    if (filter !== undefined && log.endOffset > 0)
      compileFilter(filter, (await typeOf((await log.read(log.endOffset - 1, 1))[0]!)).node, filters);
    await sendEvents(request, reply, async (signal, send) => {
      for await (const entry of log.follow(start, signal)) {
        const type = await typeOf(entry);
        if (filter !== undefined && !compileFilter(filter, type.node, filters).passes(type.decode(fromWire(entry.bytes).packet))) continue;
        await send(`id: ${entry.offset}\nevent: alert\ndata: ${summary(entry)}\n\n`);
      }
    });
  });
  app.get('/packets', async (request: FastifyRequest<{ Querystring: { from?: string; limit?: string } }>, reply) => {
    const from = Number(request.query.from ?? 0);
    const entries = await log.read(from, Math.min(MAX_DOWNLOAD, Number(request.query.limit ?? 1000)));
    // A file has one schema: packets of another begin the next file.
    const first = entries[0] && fromWire(entries[0].bytes).schemaId;
    const end = entries.findIndex((entry) => fromWire(entry.bytes).schemaId !== first);
    const part = end < 0 ? entries : entries.slice(0, end);
    const schema = part[0] ? (await typeOf(part[0])).schema : { type: 'record', name: 'alert', fields: [] };
    reply.header('x-next-offset', String(part.length > 0 ? part.at(-1)!.offset + 1 : from)).type('application/avro');
    return Buffer.from(
      writeContainer(
        schema,
        part.map((entry) => fromWire(entry.bytes).packet),
      ),
    );
  });
  app.post('/consumers/:name', async (request: FastifyRequest<{ Params: { name: string }; Body: { offset?: unknown } }>) => {
    const offset = Number(request.body?.offset);
    if (!Number.isInteger(offset) || offset < 0)
      throw new FilterSyntaxError('offset must be a whole number from 0', { details: { position: 0 } });
    await log.commitOffset(request.params.name, offset);
    return { offset };
  });
  app.get(
    '/alerts/:id',
    async (request: FastifyRequest<{ Params: { id: string }; Querystring: { format?: string; cutout?: string } }>, reply) => {
      const { id } = request.params;
      const entry = /^\d{1,19}$/.test(id) ? await log.find(BigInt(id)) : undefined;
      if (!entry) throw new AlertNotFoundError(`there is no alert ${id.slice(0, 40)}`, { details: { diaSourceId: id.slice(0, 40) } });
      const type = await typeOf(entry);
      const { packet } = fromWire(entry.bytes);
      const { format = 'avro', cutout } = request.query;
      if (format === 'json') {
        reply.type('application/json');
        return packetToJson(type.decode(packet));
      }
      if (format === 'fits') {
        const stamp = type.decode(packet)[`cutout${cutout ?? 'Difference'}`];
        if (!(stamp instanceof Uint8Array))
          throw new AlertNotFoundError(
            `alert ${id} has no cutout "${cutout ?? 'Difference'}"; there are Difference, Science and Template`,
            { details: { diaSourceId: id } },
          );
        reply.type('application/fits');
        return Buffer.from(stamp);
      }
      reply.type('application/avro');
      return Buffer.from(writeContainer(type.schema, [packet]));
    },
  );
  app.get('/offsets', () => ({ end: log.endOffset }));
  app.get('/schemas/:id', async (request: FastifyRequest<{ Params: { id: string } }>) => {
    const schema = await log.findSchema(Number(request.params.id));
    if (schema === undefined)
      throw new UnknownSchemaError(`there is no schema ${request.params.id}`, { details: { schemaId: Number(request.params.id) } });
    return schema;
  });
  if (archive)
    app.get(
      '/search',
      async (
        request: FastifyRequest<{ Querystring: Record<'ra' | 'dec' | 'radius' | 'from' | 'until' | 'limit', string | undefined> }>,
        reply,
      ) => {
        const { ra, dec, radius, from, until, limit } = request.query;
        const number = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));
        const found = await archive.search({
          ...(ra !== undefined && dec !== undefined
            ? { cone: { ra: Number(ra), dec: Number(dec), radiusDeg: Number(radius ?? 0.01) } }
            : {}),
          ...(from === undefined ? {} : { fromMjdTai: number(from)! }),
          ...(until === undefined ? {} : { untilMjdTai: number(until)! }),
          limit: Math.min(MAX_DOWNLOAD, number(limit) ?? 1000),
        });
        reply.type('application/json');
        return `[${found.map((hit) => `{"offset":${hit.offset},"diaSourceId":${hit.diaSourceId},"ra":${hit.ra},"dec":${hit.dec},"midpointMjdTai":${hit.mjdTai}}`).join(',')}]`;
      },
    );
}

function summary({ offset, key, ra, dec, mjdTai, bytes }: LogEntry): string {
  return `{"offset":${offset},"diaSourceId":"${key}","ra":${ra},"dec":${dec},"midpointMjdTai":${mjdTai},"bytes":${bytes.length}}`;
}

/** Keeps a response open and writes events to it, as fast as the client takes them. */
async function sendEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  run: (signal: AbortSignal, send: (text: string) => Promise<void>) => Promise<void>,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  const stop = new AbortController();
  request.raw.once('close', () => stop.abort());
  raw.once('close', () => stop.abort());
  raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
  raw.write(': alerts\n\n');
  const heartbeat = setInterval(() => raw.write(': still here\n\n'), HEARTBEAT_MS);
  try {
    await run(stop.signal, async (text) => {
      if (!raw.write(text))
        await new Promise<void>((resolve) => {
          raw.once('drain', resolve);
          stop.signal.addEventListener('abort', () => resolve(), { once: true });
        });
    });
  } catch (error) {
    raw.write(`event: error\ndata: ${JSON.stringify({ message: (error as Error).message })}\n\n`);
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}
