import { tmpdir } from 'node:os';
import { readFile } from 'node:fs/promises';
import type { CoreButler } from '../butler/core-butler.ts';
import { QueryError, ReadOnlyRepositoryError } from '../errors.ts';
import { checkRepository } from '../maintenance/fsck.ts';
import type { QueryResults, QueryState } from '../query/query.ts';
import { type AddressSigner, makeAddressSigner } from './address-signer.ts';
import { DatasetRoutes, uploadFolderOf } from './dataset-routes.ts';
import { READ_METHODS, TRANSACTION_HEADER, WRITE_METHODS } from './methods.ts';
import { ClientTransactions, type TransactionLimits } from './transactions.ts';
import { errorAnswer, fromWire, toWire } from './wire.ts';

/** Who asks. */
export interface RemoteUser {
  readonly name: string;
  readonly mayWrite: boolean;
}

export interface ButlerHandlerOptions extends TransactionLimits {
  /** Decides who asks; undefined refuses. Everybody may read unless told. */
  readonly authorize?: (request: Request) => Promise<RemoteUser | undefined> | RemoteUser | undefined;
  /** Streaming answers at once, in all and of one user. */
  readonly maxStreams?: number;
  readonly maxStreamsPerUser?: number;
  /** Longest time that a signed address of an artifact works [s]; one hour unless told. */
  readonly signedSeconds?: number;
  /** Secret that addresses are signed with; made at random unless given. Several processes behind one address share theirs. */
  readonly signingKey?: Uint8Array;
  /** Largest artifact that is taken [byte]; 4 GiB unless told. */
  readonly maxUpload?: number;
  /** Where files wait that clients send; in the repository's private folder unless told. */
  readonly uploadFolder?: string;
  /** Folders of the server whose files clients with the right to write may take in by name; none unless told. */
  readonly ingestRoots?: readonly string[];
}

/** Reads a file that a client sent. */
export type ByteReader = (path: string) => Promise<Uint8Array>;

/** Answers requests; `close` undoes the transactions that are open and drops what was sent for nothing. */
export interface ButlerHandler {
  (request: Request): Promise<Response>;
  close(): Promise<void>;
}

/** Runs what a request asks for, in the transaction that it belongs to where there is one. */
type Within = <T>(work: () => Promise<T>) => Promise<T>;

interface Asked {
  readonly request: Request;
  readonly user: RemoteUser;
  readonly within: Within;
  readonly isInside: boolean;
}

/** Query kinds and how they end. */
const MAX_STREAMS = 25;
const MAX_STREAMS_PER_USER = 2;
const RETRY_AFTER_SEC = 5;
const MAX_UPLOAD = 4 * 2 ** 30;
const PAGE = 1000;
const MAX_PAGE = 10_000;
const SIGNED_SEC = 3600;

type Answer = { readonly status: number; readonly body: unknown } | Response;

/**
 * Serves a butler over HTTP: a function from request to answer that any server can mount under any path.
 * Clients reach it with `connectButler`.
 */
export function butlerHandler(butler: CoreButler, options: ButlerHandlerOptions = {}): ButlerHandler {
  const server = new ButlerServer(butler, options);
  return Object.assign(async (request: Request) => await server.answer(request), { close: async () => await server.close() });
}

class ButlerServer {
  readonly #butler: CoreButler;
  readonly #options: ButlerHandlerOptions;
  readonly #streams = new Map<string, number>();
  readonly #signer: AddressSigner;
  readonly #transactions: ClientTransactions;
  readonly #datasets: DatasetRoutes;

  constructor(butler: CoreButler, options: ButlerHandlerOptions) {
    this.#butler = butler;
    this.#options = options;
    this.#signer = makeAddressSigner(options.signingKey);
    this.#transactions = new ClientTransactions(butler.registry, options);
    this.#datasets = new DatasetRoutes(butler, {
      uploadFolder: options.uploadFolder ?? uploadFolderOf(butler, tmpdir()),
      maxUpload: options.maxUpload ?? MAX_UPLOAD,
      ingestRoots: options.ingestRoots ?? [],
    });
  }

  async close(): Promise<void> {
    await this.#transactions.close();
    this.#datasets.uploads.close();
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
      return user ? toResponse(await this.#route(request, user, [kind, name])) : refusal(401, 'sign in first');
    } catch (error) {
      const { status, body } = errorAnswer(error);
      return Response.json(body, { status });
    }
  }

  async #route(request: Request, user: RemoteUser, [kind, name]: readonly [string, string]): Promise<Answer> {
    if (name === 'info') {
      const { universe, isWriteable, datastore } = this.#butler;
      return {
        status: 200,
        body: { universe: universe.source, isWriteable: user.mayWrite && isWriteable, composites: datastore.composites },
      };
    }
    const token = request.headers.get(TRANSACTION_HEADER);
    if (kind === 'transaction' && request.method === 'POST') return await this.#transaction(name, token, request, user);
    const open = token === null ? undefined : this.#transactions.get(token, user.name);
    const within: Within = open ? async (work) => await open.work(work) : async (work) => await work();
    const asked: Asked = { request, user, within, isInside: open !== undefined };
    if (kind === 'artifact' && request.method === 'GET')
      return await within(async () => await this.#artifact(name, new URL(request.url).searchParams.get('path')));
    if (request.method !== 'POST') return refusal(405, 'use POST');
    return await this.#post(asked, kind, name);
  }

  async #post(asked: Asked, kind: string, name: string): Promise<Answer> {
    const { request, within } = asked;
    if (kind === 'registry') return await this.#registry(name, await this.#json(request), asked);
    if (kind === 'query') return await this.#query(name, await this.#json(request), asked);
    if (kind === 'datasets') return await this.#change(name, asked);
    if (kind === 'uploads') return await this.#upload(name, asked);
    if (kind === 'datastore') {
      const args = await this.#json(request);
      return result(await within(async () => await withArguments(name, async () => await this.#datasets.datastore(name, args))));
    }
    if (name === 'sign') return result(await within(async () => await this.#sign(await this.#json(request))));
    if (name === 'check') return this.#check(await this.#json(request), asked);
    return refusal(404, `there is no ${kind}/${name}`);
  }

  async #change(name: string, { request, user, within }: Asked): Promise<Answer> {
    requireWrite(user);
    if (name === 'put') {
      const body = new Uint8Array(await request.arrayBuffer());
      return result(await within(async () => await withArguments(name, async () => await this.#datasets.put(body, user.name, readFile))));
    }
    const body = await this.#json(request);
    if (name === 'ingest')
      return result(await within(async () => await withArguments(name, async () => await this.#datasets.ingest(body, user.name))));
    if (name === 'prune') return result(await within(async () => await withArguments(name, async () => await this.#datasets.prune(body))));
    return refusal(404, `there is no datasets/${name}`);
  }

  /** Files that are sent before a call makes datasets of them. */
  async #upload(name: string, { request, user, within }: Asked): Promise<Answer> {
    requireWrite(user);
    const { uploads } = this.#datasets;
    if (name !== 'new' && name !== 'remove') {
      const offset = Number(new URL(request.url).searchParams.get('offset') ?? Number.NaN);
      return result(await uploads.append(name, user.name, offset, new Uint8Array(await request.arrayBuffer())));
    }
    const body = (await this.#json(request)) as { readonly name?: unknown; readonly size?: unknown; readonly ids?: unknown } | null;
    if (name === 'new') {
      const id = await uploads.create(user.name, typeof body?.name === 'string' ? body.name : '', Number(body?.size));
      // What is sent for a transaction goes with it.
      await within(async () => this.#butler.registry.afterRollback(() => uploads.remove([id])));
      return result(id);
    }
    const ids = Array.isArray(body?.ids) ? body.ids.map(String) : [];
    uploads.remove(ids.filter((id) => uploads.isOf(id, user.name)));
    return result(true);
  }

  async #transaction(verb: string, token: string | null, request: Request, user: RemoteUser): Promise<Answer> {
    requireWrite(user);
    if (token === null) {
      if (verb !== 'begin') throw new QueryError(`${verb} is asked of a transaction`);
      return result({ token: await this.#transactions.begin(user.name), leaseMs: this.#transactions.leaseMs });
    }
    const open = this.#transactions.get(token, user.name);
    const body = (await this.#json(request)) as { readonly depth?: unknown } | null;
    if (verb === 'begin') await open.begin();
    else if (verb === 'keep' || verb === 'undo') await open.end(verb, Number(body?.depth ?? 0));
    else if (verb === 'renew') open.renew();
    else if (verb === 'outcome') return result(open.outcome);
    else return refusal(404, `there is no transaction/${verb}`);
    return result(true);
  }

  async #json(request: Request): Promise<unknown> {
    try {
      return fromWire(await request.json(), this.#butler.universe);
    } catch (error) {
      throw new QueryError(`the request is no JSON of this interface: ${(error as Error).message}`, { cause: error });
    }
  }

  async #registry(method: string, args: unknown, { user, within }: Asked): Promise<Answer> {
    if (!READ_METHODS.has(method)) {
      if (!WRITE_METHODS.has(method)) throw new QueryError(`the registry has no method ${method} for clients`);
      requireWrite(user);
    }
    if (!Array.isArray(args)) throw new QueryError(`arguments of ${method} are a list`);
    const call = (this.#butler.registry as unknown as Record<string, (...given: unknown[]) => Promise<unknown>>)[method]!;
    return result(await within(async () => await withArguments(method, async () => await call.apply(this.#butler.registry, args))));
  }

  async #query(kind: string, body: unknown, { user, within }: Asked): Promise<Answer> {
    const {
      end = 'stream',
      state,
      pageSize,
      ...rest
    } = body as { end?: string; state: QueryState; pageSize?: unknown } & Readonly<Record<string, unknown>>;
    if (kind === 'artifacts' || kind === 'fileRecords') {
      const items = kind === 'artifacts' ? inPages(this.#butler.datastore.listArtifacts()) : this.#butler.registry.streamFileRecords();
      return this.#takeStream(user) ?? this.#stream(items, { user, within });
    }
    const results = await withArguments(kind, async () => this.#results(kind, state, rest));
    const ask = async <T>(work: () => Promise<T>): Promise<Answer> => result(await within(async () => await withArguments(kind, work)));
    if (end === 'count') return await ask(async () => await results.count());
    if (end === 'any') return await ask(async () => await results.any());
    if (end === 'explain') return await ask(async () => await results.explainNoResults());
    const size = typeof pageSize === 'number' && pageSize >= 1 ? Math.min(Math.floor(pageSize), MAX_PAGE) : PAGE;
    return this.#takeStream(user) ?? this.#stream(results.pages({ pageSize: size }), { user, within });
  }

  /** Compares artifacts and registry: lines with how many were checked, then the report. */
  #check(body: unknown, { user, isInside }: Asked): Answer {
    const { checksums, repair } = (body ?? {}) as { readonly checksums?: unknown; readonly repair?: unknown };
    if (repair === true) requireWrite(user);
    if (isInside) throw new QueryError('a repository is checked outside of transactions');
    const refused = this.#takeStream(user);
    if (refused) return refused;
    const abort = new AbortController();
    const lines = progressLines(async (onProgress) => {
      const report = await checkRepository(this.#butler, {
        checksums: checksums === true,
        repair: repair === true,
        signal: abort.signal,
        onProgress: (checked) => onProgress({ checked }),
      });
      return { report };
    });
    return this.#lines(lines, { user, within: async (work) => await work(), stop: () => abort.abort() });
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

  #stream(pages: AsyncIterable<readonly unknown[]>, how: { readonly user: RemoteUser; readonly within: Within }): Response {
    return this.#lines(asPages(pages), how);
  }

  /** JSON lines; the next is asked for when the client has taken the last. An error is the last line. */
  #lines(
    given: AsyncIterable<unknown>,
    { user, within, stop }: { readonly user: RemoteUser; readonly within: Within; readonly stop?: () => void },
  ): Response {
    const lines = given[Symbol.asyncIterator]();
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
            const { value, done: ended } = await within(async () => await lines.next());
            if (!ended) return controller.enqueue(encoder.encode(`${JSON.stringify(toWire(value))}\n`));
            controller.enqueue(encoder.encode('{"end":true}\n'));
          } catch (error) {
            controller.enqueue(encoder.encode(`${JSON.stringify(errorAnswer(error).body)}\n`));
          }
          done();
          controller.close();
        },
        cancel: async () => {
          done();
          stop?.();
          await lines.return?.();
        },
      },
      { highWaterMark: 1 },
    );
    return new Response(body, { headers: { 'content-type': 'application/x-ndjson' } });
  }

  /** An artifact's bytes, or a redirection to a signed address of the object store that holds it. */
  async #artifact(id: string, path: string | null): Promise<Answer> {
    const record = await this.#datasets.record(id, path);
    const signed = await this.#butler.datastore.signedAddress?.(record, this.#options.signedSeconds ?? SIGNED_SEC);
    if (signed !== undefined) return Response.redirect(signed, 307);
    const bytes = await this.#butler.datastore.readBytes(record);
    return new Response(bytes as Uint8Array<ArrayBuffer>, { headers: { 'content-type': 'application/octet-stream' } });
  }

  /** An address of an artifact that needs no sign-in: the object store's own, or one of this server. */
  async #sign(body: unknown): Promise<string> {
    const { id, path, seconds } = (body ?? {}) as { id?: unknown; path?: unknown; seconds?: unknown };
    if (typeof id !== 'string' || typeof path !== 'string' || typeof seconds !== 'number' || !(seconds > 0))
      throw new QueryError('an address is asked for with { id, path, seconds }');
    const record = await this.#datasets.record(id, path);
    const span = Math.min(seconds, this.#options.signedSeconds ?? SIGNED_SEC);
    const there = await this.#butler.datastore.signedAddress?.(record, span);
    return there ?? (await this.#signer.sign(id, path, Math.floor(nowSec() + span)));
  }
}

async function* asPages(pages: AsyncIterable<readonly unknown[]>): AsyncIterable<unknown> {
  for await (const page of pages) yield { page };
}

async function* inPages<T>(items: AsyncIterable<T>): AsyncIterable<readonly T[]> {
  let page: T[] = [];
  for await (const item of items) {
    page.push(item);
    if (page.length < PAGE) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

/** Runs work that tells how far it is: what it said last whenever somebody asks for more, then its answer. */
async function* progressLines<T>(work: (onProgress: (line: T) => void) => Promise<T>): AsyncGenerator<T> {
  let said: T | undefined;
  let wake = (): void => undefined;
  let ended = false;
  const answer = work((line) => {
    said = line;
    wake();
  }).finally(() => {
    ended = true;
    wake();
  });
  // Whoever goes away does not hear of it.
  answer.catch(() => undefined);
  while (!ended) {
    if (said === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
    const line = said;
    said = undefined;
    if (line !== undefined) yield line;
  }
  yield await answer;
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

function result(value: unknown): Answer {
  return { status: 200, body: { result: toWire(value) } };
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
