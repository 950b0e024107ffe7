import { noteSilence } from './connection.ts';

/** A service that could not do what was asked, with a sentence for people. */
export class ServiceProblem extends Error {
  /** HTTP status; 0 when the server did not answer at all. */
  readonly status: number;

  constructor(message: string, status: number) {
    super(message);
    this.name = 'ServiceProblem';
    this.status = status;
  }

  /** True where the server has no such service, which is no fault: it was started without it. */
  get isAbsent(): boolean {
    return this.status === 404;
  }
}

/** Fetches from our own server; a failure is a {@link ServiceProblem}. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  let reply: Response;
  try {
    reply = await fetch(path, { ...init, headers: { accept: 'application/json, */*;q=0.5' } });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    noteSilence();
    throw new ServiceProblem('The server does not answer. It may have been stopped; start it with “almagest serve” and try again.', 0);
  }
  if (reply.ok) return reply;
  throw new ServiceProblem(await messageOf(reply), reply.status);
}

export async function askJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  return (await (await ask(path, init)).json()) as T;
}

/** What went wrong in the words of the service: JSON, a DALI document, or plain text. */
async function messageOf(reply: Response): Promise<string> {
  const text = await reply.text();
  const type = reply.headers.get('content-type') ?? '';
  if (type.includes('json')) {
    try {
      return (JSON.parse(text) as { error?: { message?: string } }).error?.message ?? `The server answered ${reply.status}.`;
    } catch {
      return `The server answered ${reply.status}.`;
    }
  }
  if (type.includes('xml')) {
    const info = new DOMParser().parseFromString(text, 'text/xml').querySelector('INFO[name="QUERY_STATUS"]');
    if (info?.textContent) return info.textContent;
  }
  return text.length > 0 && text.length < 400 && !text.startsWith('<') ? text : `The server answered ${reply.status}.`;
}
