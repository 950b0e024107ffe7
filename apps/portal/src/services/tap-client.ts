import { parseVotable, type Table, tablesOf } from '@almagest/table';
import { ask } from './problem.ts';

export interface QueryAnswer {
  readonly table: Table;
  /** True where there were more rows than were asked for. */
  readonly overflowed: boolean;
}

/** A job as UWS tells of it. */
export interface TapJob {
  readonly id: string;
  readonly phase: string;
  readonly query: string;
  readonly createdAt: string;
  readonly rows?: number;
  readonly bytes?: number;
  readonly error?: string;
  readonly hasResult: boolean;
}

const ENDED = new Set(['COMPLETED', 'ERROR', 'ABORTED', 'ARCHIVED']);

export const isEnded = (job: TapJob): boolean => ENDED.has(job.phase);

/** Runs a query and waits for it. @throws {ServiceProblem} */
export async function runQuery(adql: string, options: { readonly maxRows: number; readonly signal?: AbortSignal }): Promise<QueryAnswer> {
  const reply = await ask('/tap/sync', {
    method: 'POST',
    body: new URLSearchParams({ LANG: 'ADQL', QUERY: adql, MAXREC: String(options.maxRows), RESPONSEFORMAT: 'votable/b2' }),
    ...(options.signal ? { signal: options.signal } : {}),
  });
  return readAnswer(new Uint8Array(await reply.arrayBuffer()));
}

export function readAnswer(bytes: Uint8Array): QueryAnswer {
  const document = parseVotable(bytes);
  const [table] = tablesOf(document);
  if (!table) throw new Error('The service answered without a table.');
  const infos = [...(table.meta.infos ?? []), ...document.resources.flatMap((resource) => resource.infos ?? [])];
  return { table, overflowed: infos.some((info) => info.name === 'QUERY_STATUS' && info.value === 'OVERFLOW') };
}

/** What a query would read, as the service reckons it. */
export interface QueryEstimate {
  readonly rows: number;
  readonly rowsRead: number;
  readonly files: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly waiting: number;
}

export async function getEstimate(adql: string, signal?: AbortSignal): Promise<QueryEstimate> {
  const search = new URLSearchParams({ LANG: 'ADQL', QUERY: adql });
  return (await (await ask(`/tap/estimate?${search}`, signal ? { signal } : {})).json()) as QueryEstimate;
}

/** Starts a job that goes on without the page. */
export async function startJob(adql: string, maxRows: number): Promise<TapJob> {
  const body = new URLSearchParams({ LANG: 'ADQL', QUERY: adql, PHASE: 'RUN', MAXREC: String(maxRows), RESPONSEFORMAT: 'votable/b2' });
  return readJob(await (await ask('/tap/async', { method: 'POST', body })).text());
}

/** Waits up to `waitSec` for the job to change. */
export async function getJob(id: string, options: { readonly waitSec?: number; readonly signal?: AbortSignal } = {}): Promise<TapJob> {
  const wait = options.waitSec === undefined ? '' : `?WAIT=${options.waitSec}`;
  return readJob(await (await ask(`/tap/async/${encodeURIComponent(id)}${wait}`, options.signal ? { signal: options.signal } : {})).text());
}

export async function getJobResult(id: string, signal?: AbortSignal): Promise<QueryAnswer> {
  const reply = await ask(`/tap/async/${encodeURIComponent(id)}/results/result`, signal ? { signal } : {});
  return readAnswer(new Uint8Array(await reply.arrayBuffer()));
}

export async function abortJob(id: string): Promise<void> {
  await ask(`/tap/async/${encodeURIComponent(id)}/phase`, { method: 'POST', body: new URLSearchParams({ PHASE: 'ABORT' }) });
}

export async function deleteJob(id: string): Promise<void> {
  await ask(`/tap/async/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** The reader's jobs, newest first. */
export async function listJobs(
  signal?: AbortSignal,
): Promise<readonly { readonly id: string; readonly phase: string; readonly createdAt: string }[]> {
  const xml = new DOMParser().parseFromString(await (await ask('/tap/async?LAST=20', signal ? { signal } : {})).text(), 'text/xml');
  return [...xml.getElementsByTagNameNS('*', 'jobref')].map((job) => ({
    id: job.getAttribute('id') ?? '',
    phase: textOf(job, 'phase') ?? '',
    createdAt: textOf(job, 'creationTime') ?? '',
  }));
}

function readJob(text: string): TapJob {
  const xml = new DOMParser().parseFromString(text, 'text/xml').documentElement;
  const parameter = [...xml.getElementsByTagNameNS('*', 'parameter')].find((each) => each.getAttribute('id')?.toUpperCase() === 'QUERY');
  const number = (name: string): { readonly [key: string]: number } => {
    const found = textOf(xml, name);
    return found === undefined ? {} : { [name]: Number(found) };
  };
  const error = textOf(xml, 'message');
  return {
    id: textOf(xml, 'jobId') ?? '',
    phase: textOf(xml, 'phase') ?? 'UNKNOWN',
    query: parameter?.textContent ?? '',
    createdAt: textOf(xml, 'creationTime') ?? '',
    ...number('rows'),
    ...number('bytes'),
    ...(error === undefined ? {} : { error }),
    hasResult: xml.getElementsByTagNameNS('*', 'result').length > 0,
  };
}

function textOf(within: Element, name: string): string | undefined {
  return within.getElementsByTagNameNS('*', name)[0]?.textContent ?? undefined;
}
