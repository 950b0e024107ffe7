import { type DaliParameters, DaliParameterError, errorDocument } from '@almagest/dali';
import { createReadStream } from 'node:fs';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { requireScope, type Scope } from '@almagest/auth';
import { JobNotFoundError } from '../errors.ts';
import { ACTIVE_PHASES, type Job, type Phase, PHASES } from '../models/job.ts';
import type { TapContext } from './context.ts';
import { baseUrl, readRequest } from './request.ts';
import type { Upload } from '../services/read-upload.ts';
import { jobListXml, jobXml, parametersXml, resultsXml } from './uws-xml.ts';

/** Longest time that one request waits for a phase to change [s]. */
const MAX_WAIT_SEC = 120;

interface JobRoute {
  readonly Params: { readonly id: string };
}

/** What a service with jobs is. */
export interface UwsContext extends Pick<TapContext, 'authenticate' | 'jobs' | 'usage' | 'prefix'> {
  /** What somebody needs to make a job. */
  readonly scope: Scope;
  /** Name of the service in limits of use. */
  readonly service: string;
  /** Tables that come with a job; none unless told. */
  readonly readUploads?: (parameters: DaliParameters, files: ReadonlyMap<string, Uint8Array>) => Promise<readonly Upload[]>;
}

/** The asynchronous half of a service: jobs as UWS 1.1 has them, under `/async` of the scope. */
export function registerAsync(app: FastifyInstance, context: UwsContext): void {
  const { jobs } = context;
  const url = (request: FastifyRequest): string => `${baseUrl(request, context.prefix)}/async`;
  const read = (request: FastifyRequest): ReturnType<typeof readRequest> => readRequest(request, context.authenticate);
  const seeOther = async (request: FastifyRequest, reply: FastifyReply, path: string): Promise<void> => {
    await reply
      .code(303)
      .header('location', `${url(request)}${path}`)
      .send();
  };
  const sendXml = async (reply: FastifyReply, xml: string): Promise<void> => {
    await reply.type('text/xml').send(xml);
  };
  const findJob = async (request: FastifyRequest<JobRoute>): Promise<{ job: Job; owner: string; parameters: DaliParameters }> => {
    const { identity, parameters } = await read(request);
    return { job: jobs.get(request.params.id, identity.user), owner: identity.user, parameters };
  };

  app.get('/async', async (request, reply) => {
    const { identity, parameters } = await read(request);
    await sendXml(reply, jobListXml(selectJobs(jobs.list(identity.user), parameters), url(request)));
  });
  app.post('/async', async (request, reply) => {
    const { identity, parameters, files } = await read(request);
    requireScope(identity, context.scope);
    await context.usage?.spend({ identity, address: request.ip }, context.service);
    const job = await jobs.create(identity, parameters, (await context.readUploads?.(parameters, files)) ?? []);
    if (parameters.find('PHASE') === 'RUN') await jobs.start(job.id, identity.user);
    await seeOther(request, reply, `/${job.id}`);
  });
  app.get<JobRoute>('/async/:id', async (request, reply) => {
    const { owner, parameters } = await findJob(request);
    const job = await waited(context, { request, reply }, owner, parameters);
    await sendXml(reply, jobXml(job, `${url(request)}/${job.id}`));
  });
  const remove = async (request: FastifyRequest<JobRoute>, reply: FastifyReply): Promise<void> => {
    const { job, owner } = await findJob(request);
    await jobs.remove(job.id, owner);
    await seeOther(request, reply, '');
  };
  app.delete<JobRoute>('/async/:id', remove);
  app.post<JobRoute>('/async/:id', async (request, reply) => {
    const { job, owner, parameters } = await findJob(request);
    if (parameters.find('ACTION') === 'DELETE') {
      await jobs.remove(job.id, owner);
      await seeOther(request, reply, '');
      return;
    }
    await jobs.update(job.id, owner, { parameters });
    await seeOther(request, reply, `/${job.id}`);
  });
  registerProperties(app, context, { findJob, seeOther });
  app.get<JobRoute>('/async/:id/parameters', async (request, reply) => sendXml(reply, parametersXml((await findJob(request)).job)));
  app.post<JobRoute>('/async/:id/parameters', async (request, reply) => {
    const { job, owner, parameters } = await findJob(request);
    await jobs.update(job.id, owner, { parameters });
    await seeOther(request, reply, `/${job.id}`);
  });
  app.get<JobRoute>('/async/:id/results', async (request, reply) => {
    const { job } = await findJob(request);
    await sendXml(reply, resultsXml(job, `${url(request)}/${job.id}`));
  });
  app.get<{ Params: { readonly id: string; readonly result: string } }>('/async/:id/results/:result', async (request, reply) => {
    const { job } = await findJob(request);
    const name = request.params.result;
    const found = name === 'result' && job.result ? job.result : job.results?.find(({ id }) => id === name);
    if (!found)
      throw new JobNotFoundError(`the job has no result ${JSON.stringify(name.slice(0, 40))}; it is ${job.phase}`, {
        details: { job: job.id },
      });
    await reply
      .type(found.contentType)
      .header('content-length', found.bytes)
      .send(createReadStream(jobs.resultPath(job, name)));
  });
  app.get<JobRoute>('/async/:id/error', async (request, reply) => {
    const { job } = await findJob(request);
    if (!job.error) throw new JobNotFoundError(`the job has no error; it is ${job.phase}`, { details: { job: job.id } });
    await reply.type('application/x-votable+xml').send(errorDocument(job.error.message));
  });
}

interface Tools {
  readonly findJob: (request: FastifyRequest<JobRoute>) => Promise<{ job: Job; owner: string; parameters: DaliParameters }>;
  readonly seeOther: (request: FastifyRequest, reply: FastifyReply, path: string) => Promise<void>;
}

/** The parts of a job that are plain text and may be set. */
function registerProperties(app: FastifyInstance, { jobs }: UwsContext, { findJob, seeOther }: Tools): void {
  const texts: Readonly<Record<string, (job: Job) => string>> = {
    phase: (job) => job.phase,
    executionduration: (job) => String(job.executionDuration),
    destruction: (job) => job.destruction,
    quote: (job) => job.quote ?? '',
    owner: (job) => (job.owner === 'anonymous' ? '' : job.owner),
  };
  for (const [name, text] of Object.entries(texts))
    app.get<JobRoute>(`/async/:id/${name}`, async (request, reply) => {
      const { job } = await findJob(request);
      await reply.type('text/plain').send(text(job));
    });
  app.post<JobRoute>('/async/:id/phase', async (request, reply) => {
    const { job, owner, parameters } = await findJob(request);
    const phase = parameters.get('PHASE');
    if (phase === 'RUN') await jobs.start(job.id, owner);
    else if (phase === 'ABORT') await jobs.abort(job.id, owner);
    else
      throw new DaliParameterError(`PHASE must be RUN or ABORT; found ${JSON.stringify(phase.slice(0, 40))}`, {
        details: { parameter: 'PHASE' },
      });
    await seeOther(request, reply, `/${job.id}`);
  });
  app.post<JobRoute>('/async/:id/executionduration', async (request, reply) => {
    const { job, owner, parameters } = await findJob(request);
    const executionDuration = parameters.findCount('EXECUTIONDURATION');
    await jobs.update(job.id, owner, executionDuration === undefined ? {} : { executionDuration });
    await seeOther(request, reply, `/${job.id}`);
  });
  app.post<JobRoute>('/async/:id/destruction', async (request, reply) => {
    const { job, owner, parameters } = await findJob(request);
    await jobs.update(job.id, owner, { destruction: parameters.get('DESTRUCTION') });
    await seeOther(request, reply, `/${job.id}`);
  });
}

async function waited(
  { jobs }: UwsContext,
  { request, reply }: { readonly request: FastifyRequest<JobRoute>; readonly reply: FastifyReply },
  owner: string,
  parameters: DaliParameters,
): Promise<Job> {
  const job = jobs.get(request.params.id, owner);
  const text = parameters.find('WAIT');
  if (text === undefined) return job;
  if (!/^-?\d+$/.test(text))
    throw new DaliParameterError(`WAIT must be a number of seconds; found ${JSON.stringify(text.slice(0, 40))}`, {
      details: { parameter: 'WAIT' },
    });
  const seconds = Number(text) < 0 ? MAX_WAIT_SEC : Math.min(Number(text), MAX_WAIT_SEC);
  const phase = (parameters.find('PHASE') ?? job.phase) as Phase;
  if (phase !== job.phase || !ACTIVE_PHASES.has(job.phase)) return job;
  const controller = new AbortController();
  reply.raw.once('close', () => controller.abort());
  return jobs.wait(job.id, owner, phase, seconds, controller.signal);
}

/** The filters of a job list. @see UWS 1.1, section 2.2.2.1 */
function selectJobs(all: readonly Job[], parameters: DaliParameters): readonly Job[] {
  const phases = parameters.all('PHASE');
  for (const phase of phases)
    if (!PHASES.includes(phase as Phase))
      throw new DaliParameterError(`PHASE must be one of ${PHASES.join(', ')}; found ${JSON.stringify(phase.slice(0, 40))}`, {
        details: { parameter: 'PHASE' },
      });
  const after = parameters.find('AFTER');
  const afterMs = after === undefined ? undefined : Date.parse(/Z|[+-]\d\d:?\d\d$/.test(after) ? after : `${after}Z`);
  if (afterMs !== undefined && Number.isNaN(afterMs))
    throw new DaliParameterError(`AFTER must be an ISO 8601 time; found ${JSON.stringify(after)}`, { details: { parameter: 'AFTER' } });
  const last = parameters.findCount('LAST');
  const chosen = all
    .filter((job) => (phases.length > 0 ? phases.includes(job.phase) : job.phase !== 'ARCHIVED'))
    .filter((job) => afterMs === undefined || Date.parse(job.creationTime) > afterMs)
    .toSorted((a, b) => b.creationTime.localeCompare(a.creationTime));
  return last === undefined ? chosen : chosen.slice(0, last);
}
