import type { ErrorWire } from '@almagest/errors';
import { DimensionUniverse } from '../dimensions/universe.ts';
import { DatabaseConnectionError, RemoteRefusedError } from '../errors.ts';
import { errorOfWire, fromWire, toWire } from './wire.ts';

export interface ConnectOptions {
  /** Sent as `Authorization: Bearer`. */
  readonly token?: string;
  /** What makes requests; the platform's unless told. */
  readonly fetch?: (request: Request) => Promise<Response>;
}

/** Times that a refusal for too many streams is waited out. */
const PATIENCE = 20;

/** A butler server, reached over HTTP. */
export class Connection {
  readonly universe: DimensionUniverse;
  readonly isWriteable: boolean;
  readonly #base: string;
  readonly #options: ConnectOptions;

  private constructor(base: string, options: ConnectOptions, universe: DimensionUniverse, isWriteable: boolean) {
    this.#base = base;
    this.#options = options;
    this.universe = universe;
    this.isWriteable = isWriteable;
  }

  /** @param address - Of the server; relative to the page in a browser. */
  static async open(address: string, options: ConnectOptions): Promise<Connection> {
    const page = (globalThis as { location?: { href?: string } }).location?.href;
    const base = (page === undefined ? address : new URL(address, page).href).replace(/\/+$/, '');
    const answer = await send(options, new Request(`${base}/info`, { headers: headersOf(options) }));
    const { universe, isWriteable } = (await answer.json()) as { universe: unknown; isWriteable: boolean };
    return new Connection(base, options, new DimensionUniverse(universe), isWriteable);
  }

  /** The whole address of a path below the server's, or of one that is whole. */
  address(path: string): string {
    return new URL(path, `${this.#base}/`).href;
  }

  async call(path: string, body: unknown): Promise<unknown> {
    const answer = await this.#post(path, JSON.stringify(toWire(body)));
    return fromWire(((await answer.json()) as { result: unknown }).result, this.universe);
  }

  async upload(path: string, body: Uint8Array): Promise<unknown> {
    const answer = await this.#post(path, body as Uint8Array<ArrayBuffer>);
    return fromWire(((await answer.json()) as { result: unknown }).result, this.universe);
  }

  async bytes(path: string): Promise<Uint8Array> {
    const answer = await send(this.#options, new Request(`${this.#base}/${path}`, { headers: headersOf(this.#options) }));
    return new Uint8Array(await answer.arrayBuffer());
  }

  /** Pages of a streamed query; an answer that is cut off is an error. */
  async *pages(path: string, body: unknown): AsyncIterable<readonly unknown[]> {
    const answer = await this.#post(path, JSON.stringify(toWire(body)));
    let text = '';
    let ended = false;
    const decoder = new TextDecoder();
    for await (const piece of answer.body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(piece, { stream: true });
      const lines = text.split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) {
        const { page, end, error } = JSON.parse(line) as { page?: unknown; end?: boolean; error?: ErrorWire };
        if (error) throw errorOfWire(error);
        if (end) ended = true;
        else yield fromWire(page, this.universe) as readonly unknown[];
      }
    }
    if (!ended) throw new DatabaseConnectionError('the answer of the butler server was cut off');
  }

  async #post(path: string, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
    return await send(this.#options, new Request(`${this.#base}/${path}`, { method: 'POST', body, headers: headersOf(this.#options) }));
  }
}

function headersOf(options: ConnectOptions): Record<string, string> {
  return options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
}

/** Sends, waits out refusals that say for how long, and turns error answers into errors. */
async function send(options: ConnectOptions, request: Request): Promise<Response> {
  for (let attempt = 0; ; attempt += 1) {
    let answer: Response;
    try {
      answer = await (options.fetch ?? fetch)(request.clone() as Request);
    } catch (error) {
      throw new DatabaseConnectionError(`the butler server ${request.url} cannot be reached: ${(error as Error).message}`, {
        cause: error,
      });
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
