import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ANONYMOUS, type Identity, requireScope } from '@almagest/auth';
import { QuotaError, SyncTimeError } from '../errors.ts';
import { createSerializer } from '../formats/serializer.ts';
import { readQuery, type TapQuery } from '../services/query-parameters.ts';
import type { QueryAnswer } from '../services/query-service.ts';
import { loadUploads } from '../services/uploads.ts';
import type { TapContext } from './context.ts';
import { baseUrl, publicMessage, readRequest, type TapRequest } from './request.ts';
import { capabilitiesXml } from './capabilities.ts';
import { readUploads } from './upload-sources.ts';

/** Time after which a client that does not read loses its place in the lane to others [ms]. */
const STALL_MS = 2000;
/** Answers up to this size are sent in one piece [byte]. */
const MAX_WHOLE_BYTES = 1 << 20;

/** Runs one query and streams its rows; when the client goes away the engine stops. */
export async function handleSync(context: TapContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const received = await readRequest(request, context.authenticate);
  const { parameters, identity } = received;
  if (parameters.find('REQUEST') === 'getCapabilities') {
    await reply.type('text/xml').send(capabilitiesXml(context, baseUrl(request, context.prefix)));
    return;
  }
  requireScope(identity, 'exec:query');
  const state = await context.usage?.spend({ identity, address: request.ip }, 'tap');
  if (state)
    void reply.headers({ 'ratelimit-limit': state.limit, 'ratelimit-remaining': state.remaining, 'ratelimit-reset': state.resetSec });
  const query = readQuery(parameters, context.limits);
  const controller = new AbortController();
  const ends: (() => void | Promise<void>)[] = [openSync(context, identity, request.ip)];
  const finish = async (): Promise<void> => {
    for (const end of ends.splice(0)) await end();
  };
  const gone = (): void => {
    if (reply.raw.writableFinished) return;
    controller.abort(new Error('the client went away'));
    // Nobody may ever ask for the first row, so that what the query holds is given back here.
    finish().catch((error: unknown) => request.log.warn(error));
  };
  reply.raw.once('close', gone);
  if (reply.raw.destroyed) gone();
  try {
    const timer = setTimeout(() => controller.abort(tookTooLong(context.syncSeconds)), context.syncSeconds * 1000);
    ends.push(() => clearTimeout(timer));
    const { answer, leave } = await begin(context, received, query, controller.signal, ends);
    controller.signal.throwIfAborted();
    if (answer.isMade) leave();
    const body = await stream(request, query, answer, { leave, finish, signal: controller.signal });
    // What is in memory goes out whole: a stream costs more than a small answer.
    const content = answer.isMade ? await collect(body) : Readable.from(body, { objectMode: false });
    await reply.type(query.format.contentType).send(content);
  } catch (error) {
    await finish();
    throw causeOf(error, controller.signal);
  }
}

function tookTooLong(seconds: number): SyncTimeError {
  return new SyncTimeError(`the query took longer than ${seconds} s: use the asynchronous service`, { details: { seconds } });
}

/** Of a query that was stopped, why it was; else the failure itself. */
function causeOf(error: unknown, { aborted, reason }: AbortSignal): unknown {
  return aborted && reason instanceof SyncTimeError ? reason : error;
}

/** Counts the queries that a user has open. @throws {QuotaError} */
function openSync({ openSyncs, limits }: TapContext, { user }: Identity, address: string): () => void {
  const key = user === ANONYMOUS ? `address ${address}` : `user ${user}`;
  const open = openSyncs.get(key) ?? 0;
  if (open >= limits.maxSyncPerUser)
    throw new QuotaError(`you have ${open} queries open; at most ${limits.maxSyncPerUser} are allowed`, {
      details: { limit: limits.maxSyncPerUser },
    });
  openSyncs.set(key, open + 1);
  return () => {
    const left = (openSyncs.get(key) ?? 1) - 1;
    if (left > 0) openSyncs.set(key, left);
    else openSyncs.delete(key);
  };
}

async function begin(
  context: TapContext,
  { parameters, files, identity }: TapRequest,
  { adql, maxRows }: TapQuery,
  signal: AbortSignal,
  ends: (() => void | Promise<void>)[],
): Promise<{ answer: QueryAnswer; leave: () => void }> {
  const { queries, jobs, limits } = context;
  const content = await readUploads(parameters, files, context);
  const uploads = await loadUploads(queries.engine, content, randomUUID().replaceAll('-', ''), limits.uploads);
  ends.push(uploads.release);
  const prepared = await queries.prepare({ adql, maxRows, uploads: uploads.tables, identity });
  const leave = await jobs.lanes.enter(prepared.estimate.lane, signal);
  ends.push(leave);
  return { answer: await prepared.run(signal), leave };
}

/** All of a short answer; of one that is longer than expected, the rest as a stream. */
async function collect(body: AsyncGenerator<Uint8Array>): Promise<Buffer | Readable> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (let next = await body.next(); !next.done; next = await body.next()) {
    parts.push(next.value);
    bytes += next.value.length;
    if (bytes > MAX_WHOLE_BYTES) return Readable.from(chain(parts, body), { objectMode: false });
  }
  return Buffer.concat(parts, bytes);
}

async function* chain(parts: readonly Uint8Array[], rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* parts;
  yield* rest;
}

/** The bytes of a result. The first are asked for here, so that an early failure is still an answer of its own. */
async function stream(
  request: FastifyRequest,
  query: TapQuery,
  answer: QueryAnswer,
  { leave, finish, signal }: { readonly leave: () => void; readonly finish: () => Promise<void>; readonly signal: AbortSignal },
): Promise<AsyncGenerator<Uint8Array>> {
  const serializer = await createSerializer(query.format.name, { columns: answer.columns, query: query.adql });
  return (async function* (): AsyncGenerator<Uint8Array> {
    let failure: string | undefined;
    try {
      yield serializer.start();
      for await (const batch of answer.batches) {
        const bytes = await serializer.rows(batch);
        if (bytes.length === 0) continue;
        const stalled = setTimeout(leave, STALL_MS);
        try {
          yield bytes;
        } finally {
          clearTimeout(stalled);
        }
      }
    } catch (error) {
      request.log.warn(error);
      failure = publicMessage(causeOf(error, signal));
    } finally {
      await finish();
    }
    yield await serializer.finish({ overflow: answer.overflowed(), ...(failure === undefined ? {} : { error: failure }) });
  })();
}
