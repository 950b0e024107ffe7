import { BadDataError, RequestFailedError, RequestRefusedError, TooLargeError, TruncatedError } from '../errors.ts';
import { type ByteSource, bytesSource } from './byte-source.ts';

export interface HttpSourceOptions {
  /** Sent with every request, such as an Authorization. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Ends all requests of the source. */
  readonly signal?: AbortSignal;
  /** Least bytes of a request, so that headers and tables of tiles come in few of them; 32 KiB unless told. */
  readonly blockBytes?: number;
  /** Most bytes taken whole from a server that ignores ranges; 256 MiB unless told. */
  readonly maxBytes?: number;
  /** What makes requests; the platform's `fetch` unless told. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

const BLOCK_BYTES = 1 << 15;
const MAX_BYTES = 1 << 28;
/** Small pieces that are kept for the next read. */
const KEPT_PIECES = 8;
/** Answers that may be better the next time: timeouts, too many requests, and failures of the server. */
const PASSING = new Set([408, 425, 429]);

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly bytes: Promise<Uint8Array>;
}

/**
 * Opens a file behind HTTP as a source that fetches by range requests what is read and nothing else.
 *
 * Works in Node and in browsers. A read of fewer than `blockBytes` fetches that many and keeps them for the reads that follow;
 * a larger one fetches exactly its bytes. A server that ignores ranges is read whole, once. A file that is replaced meanwhile is
 * noticed by its length, ETag or date.
 *
 * @throws {RequestRefusedError} if the server says that there is no such file or that it may not be read.
 * @throws {RequestFailedError} if the server cannot be reached or fails; trying again may help.
 * @throws {TooLargeError} if a server without ranges sends more than `maxBytes`.
 * @see RFC 9110, section 14.
 */
export async function httpSource(url: string, options: HttpSourceOptions = {}): Promise<ByteSource> {
  const blockBytes = options.blockBytes ?? BLOCK_BYTES;
  const first = await request(url, options, { headers: { Range: `bytes=0-${blockBytes - 1}` } });
  if (first.status === 416) return bytesSource(new Uint8Array(0));
  if (first.status === 200) return bytesSource(await readBody(first, options.maxBytes ?? MAX_BYTES, url));
  const begin = await readBody(first, blockBytes, url);
  const size = totalOf(first) ?? (await lengthOf(url, options));
  const version = versionOf(first);
  const kept: Piece[] = [{ start: 0, end: begin.length, bytes: Promise.resolve(begin) }];

  async function fetchRange(start: number, end: number): Promise<Uint8Array> {
    const response = await request(url, options, { headers: { Range: `bytes=${start}-${end - 1}` } });
    const total = totalOf(response);
    if (response.status !== 206 || versionOf(response) !== version || (total !== undefined && total !== size)) {
      await response.body?.cancel();
      throw new BadDataError(`the file at ${shown(url)} changed while it was read`);
    }
    const bytes = await readBody(response, end - start, url);
    if (bytes.length < end - start) throw new TruncatedError(`${shown(url)} sent ${bytes.length} of the ${end - start} bytes asked for`);
    return bytes;
  }

  return {
    size,
    async read(offset, length) {
      const start = Math.min(Math.max(0, offset), size);
      const end = Math.min(start + Math.max(0, length), size);
      if (start === end) return new Uint8Array(0);
      if (end - start > blockBytes) return fetchRange(start, end);
      let piece = kept.find((each) => each.start <= start && end <= each.end);
      if (piece === undefined) {
        const stop = Math.min(size, start + blockBytes);
        piece = { start, end: stop, bytes: fetchRange(start, stop) };
        kept.unshift(piece);
        kept.length = Math.min(kept.length, KEPT_PIECES);
      }
      try {
        return (await piece.bytes).subarray(start - piece.start, end - piece.start);
      } catch (error) {
        // The next read asks again.
        if (kept.includes(piece)) kept.splice(kept.indexOf(piece), 1);
        throw error;
      }
    },
  };
}

/** Makes one request; answers but 200, 206 and 416 are errors. */
async function request(url: string, options: HttpSourceOptions, init: RequestInit): Promise<Response> {
  const { signal, headers } = options;
  const call = options.fetch ?? ((...args: Parameters<typeof fetch>) => fetch(...args));
  let response: Response;
  try {
    response = await call(url, {
      ...init,
      headers: { ...headers, ...(init.headers as Record<string, string>) },
      ...(signal && { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new RequestFailedError(`${shown(url)} cannot be reached`, {}, error);
  }
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  const message = `${shown(url)} answered ${response.status} ${response.statusText}`.trimEnd();
  throw response.status >= 500 || PASSING.has(response.status) ? new RequestFailedError(message) : new RequestRefusedError(message);
}

/** Length of the whole file by the answer's Content-Range, where the page may see that. */
function totalOf(response: Response): number | undefined {
  const match = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  return match ? Number(match[1]) : undefined;
}

/** Asks for the length alone: other origins hide Content-Range unless they are told to show it. */
async function lengthOf(url: string, options: HttpSourceOptions): Promise<number> {
  const length = Number((await request(url, options, { method: 'HEAD' })).headers.get('Content-Length') ?? Number.NaN);
  if (!Number.isSafeInteger(length)) throw new RequestRefusedError(`${shown(url)} does not tell its length`);
  return length;
}

function versionOf(response: Response): string | null {
  return response.headers.get('ETag') ?? response.headers.get('Last-Modified');
}

/** The body, never more than `limit` bytes of it. */
async function readBody(response: Response, limit: number, url: string): Promise<Uint8Array> {
  const reader = response.body?.getReader();
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (let step = await reader?.read(); step !== undefined && !step.done; step = await reader?.read()) {
      size += step.value.length;
      if (size > limit) {
        await reader?.cancel();
        throw new TooLargeError(`${shown(url)} sends more than ${limit} bytes`);
      }
      parts.push(step.value);
    }
  } catch (error) {
    if (error instanceof TooLargeError || (error instanceof DOMException && error.name === 'AbortError')) throw error;
    throw new RequestFailedError(`${shown(url)} broke off after ${size} bytes`, {}, error);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The address without what may be secret: user, password and query. */
function shown(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1').replace(/[?#].*$/s, '');
}
