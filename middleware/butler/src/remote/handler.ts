import type { CoreButler } from '../butler/core-butler.ts';
import { makeDatasetType } from '../datasets/dataset-type.ts';
import { isUuid } from '../datasets/dataset-id.ts';
import type { EncodedItem, FileRecord, RemovalRequest } from '../datastore/datastore.ts';
import { DatasetNotFoundError, QueryError, ReadOnlyRepositoryError } from '../errors.ts';
import { pruneDatasets } from '../maintenance/prune.ts';
import type { QueryResults, QueryState } from '../query/query.ts';
import { registerStaged } from '../registry/register-staged.ts';
import { expandRefs } from '../registry/expand-refs.ts';
import { type AddressSigner, makeAddressSigner } from './address-signer.ts';
import { READ_METHODS, WRITE_METHODS } from './methods.ts';
import { errorAnswer, fromWire, toWire } from './wire.ts';

/** Who asks. */
export interface RemoteUser {
  readonly name: string;
  readonly mayWrite: boolean;
}

export interface ButlerHandlerOptions {
  /** Decides who asks; undefined refuses. Everybody may read unless told. */
  readonly authorize?: (request: Request) => Promise<RemoteUser | undefined> | RemoteUser | undefined;
  /** Streaming answers at once, in all and of one user. */
  readonly maxStreams?: number;
  readonly maxStreamsPerUser?: number;
  /** Longest time that a signed address of an artifact works [s]; one hour unless told. */
  readonly signedSeconds?: number;
  /** Secret that addresses are signed with; made at random unless given. Several processes behind one address share theirs. */
  readonly signingKey?: Uint8Array;
  /** Largest artifact that is taken [byte]. */
  readonly maxUpload?: number;
}

/** Query kinds and how they end. */
const MAX_STREAMS = 25;
const MAX_STREAMS_PER_USER = 2;
const RETRY_AFTER_SEC = 5;
const MAX_UPLOAD = 4 * 2 ** 30;
const PAGE = 1000;
const SIGNED_SEC = 3600;

type Answer = { readonly status: number; readonly body: unknown } | Response;

/**
 * Serves a butler over HTTP: a function from request to answer that any server can mount under any path.
 * Clients reach it with `connectButler`.
 */
export function butlerHandler(butler: CoreButler, options: ButlerHandlerOptions = {}): (request: Request) => Promise<Response> {
  const server = new ButlerServer(butler, options);
  return async (request) => await server.answer(request);
}

class ButlerServer {
  readonly #butler: CoreButler;
  readonly #options: ButlerHandlerOptions;
  readonly #streams = new Map<string, number>();
  readonly #signer: AddressSigner;

  constructor(butler: CoreButler, options: ButlerHandlerOptions) {
    this.#butler = butler;
    this.#options = options;
    this.#signer = makeAddressSigner(options.signingKey);
  }

  async answer(request: Request): Promise<Response> {
    try {
      const url = new URL(request.url);
      const [kind = '', name = ''] = url.pathname.split('/').slice(-2);
      if (kind === 'artifact' && request.method === 'GET' && (await this.#signer.check(name, url.searchParams, nowSec())))
        return toResponse(await this.#artifact(name, url.searchParams.get('path')));
      const user = this.#options.authorize
        ? await this.#options.authorize(request)
        : { name: 'anyone', mayWrite: this.#butler.isWriteable };
      return user ? toResponse(await this.#route(request, user)) : refusal(401, 'sign in first');
    } catch (error) {
      const { status, body } = errorAnswer(error);
      return Response.json(body, { status });
    }
  }

  async #route(request: Request, user: RemoteUser): Promise<Answer> {
    const url = new URL(request.url);
    const [kind = '', name = ''] = url.pathname.split('/').slice(-2);
    if (name === 'info')
      return { status: 200, body: { universe: this.#butler.universe.source, isWriteable: user.mayWrite && this.#butler.isWriteable } };
    if (kind === 'artifact' && request.method === 'GET') return await this.#artifact(name, url.searchParams.get('path'));
    if (request.method !== 'POST') return refusal(405, 'use POST');
    if (kind === 'registry') return await this.#registry(name, await this.#json(request), user);
    if (kind === 'query') return await this.#query(name, await this.#json(request), user);
    if (kind === 'datasets' && name === 'put') return await this.#put(request, user);
    if (kind === 'datasets' && name === 'prune') return await this.#prune(await this.#json(request), user);
    if (name === 'sign') return await this.#sign(await this.#json(request));
    return refusal(404, `there is no ${kind}/${name}`);
  }

  async #json(request: Request): Promise<unknown> {
    try {
      return fromWire(await request.json(), this.#butler.universe);
    } catch (error) {
      throw new QueryError(`the request is no JSON of this interface: ${(error as Error).message}`, { cause: error });
    }
  }

  async #registry(method: string, args: unknown, user: RemoteUser): Promise<Answer> {
    if (!READ_METHODS.has(method)) {
      if (!WRITE_METHODS.has(method)) throw new QueryError(`the registry has no method ${method} for clients`);
      requireWrite(user);
    }
    if (!Array.isArray(args)) throw new QueryError(`arguments of ${method} are a list`);
    const call = (this.#butler.registry as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>)[method]!;
    const result = await withArguments(method, async () => await call.apply(this.#butler.registry, args));
    return { status: 200, body: { result: toWire(result) } };
  }

  async #query(kind: string, body: unknown, user: RemoteUser): Promise<Answer> {
    const { end = 'stream', state, ...rest } = body as { end?: string; state: QueryState } & Readonly<Record<string, unknown>>;
    const results = await withArguments(kind, async () => this.#results(kind, state, rest));
    const ask = async <T>(work: () => Promise<T>): Promise<Answer> => ({ status: 200, body: { result: await withArguments(kind, work) } });
    if (end === 'count') return await ask(async () => await results.count());
    if (end === 'any') return await ask(async () => await results.any());
    if (end === 'explain') return await ask(async () => await results.explainNoResults());
    const refused = this.#takeStream(user);
    return refused ?? this.#stream(results, user);
  }

  #results(kind: string, state: QueryState, rest: Readonly<Record<string, unknown>>): QueryResults<unknown> {
    const { queries } = this.#butler.registry;
    switch (kind) {
      case 'dataIds':
        return queries.dataIds(state, rest['dimensions'] as string[], { expanded: rest['expanded'] === true });
      case 'datasets':
        return queries.datasets(state, rest['search'] as Parameters<typeof queries.datasets>[1]);
      case 'dimensionRecords':
        return queries.dimensionRecords(state, String(rest['element']));
      case 'general':
        return queries.general(state, rest['dimensions'] as string[], rest['columns'] as string[]);
      default:
        throw new QueryError(`there is no query for ${kind}`);
    }
  }

  #takeStream(user: RemoteUser): Answer | undefined {
    const all = [...this.#streams.values()].reduce((sum, count) => sum + count, 0);
    const own = this.#streams.get(user.name) ?? 0;
    const [tooMany, tooManyOwn] = [
      all >= (this.#options.maxStreams ?? MAX_STREAMS),
      own >= (this.#options.maxStreamsPerUser ?? MAX_STREAMS_PER_USER),
    ];
    if (tooMany || tooManyOwn) {
      const message = `${tooManyOwn ? 'you have' : 'the server has'} too many queries running; repeat after ${RETRY_AFTER_SEC} s`;
      return refusal(tooManyOwn ? 429 : 503, message, RETRY_AFTER_SEC);
    }
    this.#streams.set(user.name, own + 1);
    return undefined;
  }

  /** Pages as JSON lines; the next is asked for when the client has taken the last. An error is the last line. */
  #stream(results: QueryResults<unknown>, user: RemoteUser): Response {
    const pages = results.pages({ pageSize: PAGE })[Symbol.asyncIterator]();
    const encoder = new TextEncoder();
    const done = (): void => {
      const left = (this.#streams.get(user.name) ?? 1) - 1;
      if (left > 0) this.#streams.set(user.name, left);
      else this.#streams.delete(user.name);
    };
    const body = new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          try {
            const { value, done: ended } = await pages.next();
            if (!ended) return controller.enqueue(encoder.encode(`${JSON.stringify({ page: toWire(value) })}\n`));
            controller.enqueue(encoder.encode('{"end":true}\n'));
          } catch (error) {
            controller.enqueue(encoder.encode(`${JSON.stringify(errorAnswer(error).body)}\n`));
          }
          done();
          controller.close();
        },
        cancel: async () => {
          done();
          await pages.return?.();
        },
      },
      { highWaterMark: 1 },
    );
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  }

  /** An artifact's bytes, or a redirection to a signed address of the object store that holds it. */
  async #artifact(id: string, path: string | null): Promise<Answer> {
    const record = await this.#record(id, path);
    const signed = await this.#butler.datastore.signedAddress?.(record, this.#options.signedSeconds ?? SIGNED_SEC);
    if (signed !== undefined) return Response.redirect(signed, 307);
    const bytes = await this.#butler.datastore.readBytes(record);
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': 'application/octet-stream' } });
  }

  /** An address of an artifact that needs no sign-in: the object store's own, or one of this server. */
  async #sign(body: unknown): Promise<Answer> {
    const { id, path, seconds } = body as { id?: unknown; path?: unknown; seconds?: unknown };
    if (typeof id !== 'string' || typeof path !== 'string' || typeof seconds !== 'number' || !(seconds > 0))
      throw new QueryError('an address is asked for with { id, path, seconds }');
    const record = await this.#record(id, path);
    const span = Math.min(seconds, this.#options.signedSeconds ?? SIGNED_SEC);
    const there = await this.#butler.datastore.signedAddress?.(record, span);
    return { status: 200, body: { result: there ?? (await this.#signer.sign(id, path, Math.floor(nowSec() + span))) } };
  }

  async #prune(body: unknown, user: RemoteUser): Promise<Answer> {
    requireWrite(user);
    const { ids, unstore, purge, disassociate } = body as { ids?: unknown } & Partial<RemovalRequest>;
    if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'string' && isUuid(id)))
      throw new QueryError('a removal names datasets by { ids }, UUIDs');
    const refs = [...(await this.#butler.registry.fetchDatasets(ids as string[])).values()];
    const how = { unstore: unstore === true, purge: purge === true, disassociate: disassociate ?? [] };
    return { status: 200, body: { result: await pruneDatasets(this.#butler, refs, how) } };
  }

  async #record(id: string, path: string | null): Promise<FileRecord> {
    const records = isUuid(id) ? ((await this.#butler.registry.fetchFileRecords([id])).get(id) ?? []) : [];
    const record = path === null ? records[0] : records.find((found) => found.path === path);
    if (!record) throw new DatasetNotFoundError(`no artifact is recorded for dataset ${id}`, { details: { id } });
    return record;
  }

  /** Takes an upload apart: the length of a header, the header with the refs, then the artifacts after each other. */
  #upload(body: Uint8Array): { readonly existing: 'fail' | 'skip'; readonly encoded: readonly EncodedItem[] } {
    const headerLength = new DataView(body.buffer).getUint32(0);
    const header = fromWire(JSON.parse(new TextDecoder().decode(body.subarray(4, 4 + headerLength))), this.#butler.universe) as {
      readonly existing: unknown;
      readonly items: readonly (Omit<EncodedItem, 'bytes'> & { readonly length: number })[];
    };
    let at = 4 + headerLength;
    const encoded = header.items.map(({ ref, length, ...item }) => {
      const bytes = body.subarray(at, (at += length));
      const datasetType = makeDatasetType(this.#butler.universe, { ...ref.datasetType, dimensions: ref.datasetType.dimensions.names });
      return { ...item, ref: { ...ref, datasetType }, bytes };
    });
    if (at !== body.length) throw new QueryError(`the artifacts of an upload end at byte ${at}; it has ${body.length}`);
    return { existing: header.existing === 'skip' ? 'skip' : 'fail', encoded };
  }

  /** Stores encoded artifacts with their datasets in one transaction. The body is a length-prefixed header and the bytes after each other. */
  async #put(request: Request, user: RemoteUser): Promise<Answer> {
    requireWrite(user);
    const limit = this.#options.maxUpload ?? MAX_UPLOAD;
    if (Number(request.headers.get('content-length') ?? 0) > limit) throw new QueryError(`an upload has at most ${limit} bytes`);
    const { existing, encoded } = await withArguments('put', async () => this.#upload(new Uint8Array(await request.arrayBuffer())));
    for (const run of new Set(encoded.map(({ ref }) => ref.run))) await this.#butler.registry.registerCollection(run, 'RUN');
    const refs = await expandRefs(
      this.#butler.registry,
      encoded.map(({ ref }) => ref),
    );
    const staged = await this.#butler.datastore.stageEncoded(encoded.map((item, i) => ({ ...item, ref: refs[i]! })));
    const fresh = await registerStaged(this.#butler.registry, staged, refs, existing);
    return { status: 200, body: { result: toWire(fresh.map((ref) => ref.id)) } };
  }
}

function requireWrite(user: RemoteUser): void {
  if (!user.mayWrite) throw new ReadOnlyRepositoryError(`${user.name} may read this repository, not write`);
}

function toResponse(answer: Answer): Response {
  return answer instanceof Response ? answer : Response.json(answer.body, { status: answer.status });
}

function refusal(status: number, message: string, retryAfterSec?: number): Response {
  return Response.json(
    { error: { code: 'butler.remote-refused', fault: 'caller', retryable: retryAfterSec !== undefined, message, details: { status } } },
    { status, headers: retryAfterSec === undefined ? {} : { 'retry-after': String(retryAfterSec) } },
  );
}

function nowSec(): number {
  return Date.now() / 1000;
}

/** Runs what a client's own values go into: those that are of the wrong form are the client's fault, not the server's. */
async function withArguments<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    const isRefused = typeof code === 'string' && /^ERR_(?:INVALID|OUT_OF_RANGE|SQLITE)/.test(code);
    if (isRefused || error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError)
      throw new QueryError(`what was sent for ${what} is not of the form that it takes`, { cause: error });
    throw error;
  }
}
