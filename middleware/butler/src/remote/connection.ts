import type { ErrorWire } from '@almagest/errors';
import type { CompositeRules } from '../datastore/encode-items.ts';
import { DimensionUniverse } from '../dimensions/universe.ts';
import { DatabaseConnectionError, RemoteRefusedError } from '../errors.ts';
import { ClientTransactions, type LevelContext, type OpenLevel } from './client-transactions.ts';
import { TRANSACTION_HEADER } from './methods.ts';
import { errorOfWire, fromWire, toWire } from './wire.ts';

export interface ConnectOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** What makes requests; the platform's unless told. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** How it is known which calls belong to a transaction; by the running code where the platform tells. */
  readonly context?: LevelContext;
}

/** Times that a refusal for too many streams is waited out. */
const PATIENCE = 20;

/** What a server says of itself. */
interface ServerInfo {
  readonly universe: unknown;
  readonly isWriteable: boolean;
  readonly composites?: CompositeRules;
}

/** A butler server, reached over HTTP. */
export class Connection {
  readonly universe: DimensionUniverse;
  readonly isWriteable: boolean;
  readonly composites: CompositeRules | undefined;
  readonly transactions: ClientTransactions;
  readonly #base: string;
  readonly #options: ConnectOptions;

  private constructor(base: string, options: ConnectOptions, info: ServerInfo) {
    this.#base = base;
    this.#options = options;
    this.universe = new DimensionUniverse(info.universe);
    this.isWriteable = info.isWriteable;
    this.composites = info.composites;
    const ask = async (path: string, body: unknown, level: OpenLevel | undefined): Promise<unknown> =>
      await this.#result(await this.#post(path, JSON.stringify(toWire(body)), { level }));
    this.transactions = new ClientTransactions(ask, options.context);
  }

  /** @param address - Of the server; relative to the page in a browser. */
  static async open(address: string, options: ConnectOptions): Promise<Connection> {
    const page = (globalThis as { location?: { href?: string } }).location?.href;
    const base = (page === undefined ? address : new URL(address, page).href).replace(/\/+$/, '');
    const answer = await send(options, new Request(`${base}/info`, { headers: headersOf(options, undefined) }));
    return new Connection(base, options, (await answer.json()) as ServerInfo);
  }

  /** The whole address of a path below the server's, or of one that is whole. */
  address(path: string): string {
    return new URL(path, `${this.#base}/`).href;
  }

  async call(path: string, body: unknown): Promise<unknown> {
    return await this.#result(await this.#post(path, JSON.stringify(toWire(body))));
  }

  /** Sends a header with artifacts after it. */
  async upload(path: string, header: unknown, artifacts: readonly Uint8Array[]): Promise<unknown> {
    const text = new TextEncoder().encode(JSON.stringify(toWire(header)));
    const body = new Uint8Array(4 + text.length + artifacts.reduce((sum, { length }) => sum + length, 0));
    new DataView(body.buffer).setUint32(0, text.length);
    body.set(text, 4);
    let at = 4 + text.length;
    for (const artifact of artifacts) {
      body.set(artifact, at);
      at += artifact.length;
    }
    return await this.#result(await this.#post(path, body));
  }

  /** Sends one piece of a file. */
  async piece(path: string, bytes: Uint8Array): Promise<void> {
    await (await this.#post(path, bytes as Uint8Array<ArrayBuffer>)).body?.cancel();
  }

  async bytes(path: string): Promise<Uint8Array> {
    const headers = headersOf(this.#options, this.transactions.current);
    const answer = await send(this.#options, new Request(`${this.#base}/${path}`, { headers }));
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Pages of a streamed query. */
  async *pages(path: string, body: unknown, signal?: AbortSignal): AsyncIterable<readonly unknown[]> {
    for await (const line of this.lines(path, body, signal)) yield (line as { readonly page: readonly unknown[] }).page;
  }

  /** Lines of an answer that comes as it is made; one that is cut off is an error. */
  async *lines(path: string, body: unknown, signal?: AbortSignal): AsyncIterable<unknown> {
    const answer = await this.#post(path, JSON.stringify(toWire(body)), { signal, level: this.transactions.current });
    let text = '';
    const decoder = new TextDecoder();
    for await (const piece of this.#pieces(answer)) {
      text += decoder.decode(piece, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const found = JSON.parse(line) as { readonly end?: boolean; readonly error?: ErrorWire };
        if (found.error) throw errorOfWire(found.error);
        if (found.end) return;
        yield fromWire(found, this.universe);
      }
    }
    throw cutOff(undefined);
  }

  async *#pieces(answer: Response): AsyncIterable<Uint8Array> {
    try {
      yield* answer.body as unknown as AsyncIterable<Uint8Array>;
    } catch (error) {
      if ((error as Error).name === 'AbortError') throw error;
      throw cutOff(error);
    }
  }

  async #result(answer: Response): Promise<unknown> {
    const found = (await answer.json().catch((error: unknown) => {
      throw cutOff(error);
    })) as { readonly result: unknown };
    return fromWire(found.result, this.universe);
  }

  async #post(
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    how: { readonly level?: OpenLevel | undefined; readonly signal?: AbortSignal | undefined } = { level: this.transactions.current },
  ): Promise<Response> {
    const headers = headersOf(this.#options, how.level);
    const signal = how.signal ? { signal: how.signal } : {};
    return await send(this.#options, new Request(`${this.#base}/${path}`, { method: 'POST', body, headers, ...signal }));
  }
}

function cutOff(cause: unknown): DatabaseConnectionError {
  return new DatabaseConnectionError('the answer of the butler server was cut off', { cause });
}

function headersOf(options: ConnectOptions, level: OpenLevel | undefined): Record<string, string> {
  return {
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...(level === undefined ? {} : { [TRANSACTION_HEADER]: level.token }),
  };
}

/** Sends, waits out refusals that say for how long, and turns error answers into errors. */
async function send(options: ConnectOptions, request: Request): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    let answer: Response;
    try {
      answer = await (options.fetch ?? fetch)(request.clone() as Request);
    } catch (error) {
      if (request.signal.aborted) throw error;
      const { message, cause } = error as Error;
      const why = cause instanceof Error && cause.message !== '' ? `${message}, ${cause.message}` : message;
      throw new DatabaseConnectionError(`the butler server ${request.url} cannot be reached: ${why}`, { cause: error });
    }
    if (answer.ok) return answer;
    const wait = Number(answer.headers.get('retry-after'));
    if ((answer.status === 429 || answer.status === 503) && wait > 0 && attempt < PATIENCE) {
      await answer.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, wait * 1000));
      continue;
    }
    const body = (await answer.json().catch(() => undefined)) as { error?: ErrorWire } | undefined;
    if (body?.error) throw errorOfWire(body.error);
    throw new RemoteRefusedError(`the butler server answered ${answer.status}`, { details: { status: answer.status } });
  }
}
