import { parameterError, DaliParameters, availabilityXml, errorDocument } from '@almagest/dali';
import { authHeaders } from '@almagest/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { makeTable, type VotableDocument, writeVotable } from '@almagest/table';
import { CutoutOutsideError, ImageNotFoundError } from '../errors.ts';
import { obsCoreRows } from '../models/obscore.ts';
import { parseShape, type SkyShape } from '../models/sky-shape.ts';
import { cutoutBytes, cutOutShape } from '../services/cutout.ts';
import { DATALINK_TYPE, linksDocument, linksService } from '../services/datalink.ts';
import { findImages } from '../services/find-images.ts';
import { capabilitiesXml } from './vosi.ts';
import { type ImagesContext, mayRead, publicError, publisherOf, sendTextError, statusOf } from './context.ts';

/** Rows that SIA gives where the client sets no limit, and at most. */
const DEFAULT_ROWS = 10_000;
const VOTABLE = 'application/x-votable+xml';
/** Identifiers that one DataLink request may have. */
const MAX_IDS = 500;

/** SODA, DataLink and SIA with their descriptions. @see SODA 1.0; DataLink 1.1; SIA 2.0; VOSI 1.1 */
export function registerIvoaRoutes(app: FastifyInstance, context: ImagesContext): void {
  app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string', bodyLimit: 1_000_000 }, (_request, body, done) =>
    done(null, body),
  );
  const service = (path: string, standardId: string, answer: Answer, sendError: typeof sendTextError): void => {
    const handler = async (request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply | void> => {
      try {
        await mayRead(context, request);
        return await answer(context, readParameters(request), request, reply);
      } catch (error) {
        return await sendError(request, reply, error);
      }
    };
    app.get(path, handler);
    app.post(path, handler);
    const folder = path.slice(0, path.lastIndexOf('/'));
    app.get(`${folder}/capabilities`, (request, reply) =>
      reply.type('text/xml').send(capabilitiesXml(publisherOf(context, request).baseUrl, { standardId, path, folder })),
    );
    app.get(`${folder}/availability`, (_request, reply) => reply.type('text/xml').send(availabilityXml(context.startedAt)));
  };
  service('/soda/sync', 'ivo://ivoa.net/std/SODA#sync-1.0', answerSoda, sendTextError);
  service('/datalink/links', 'ivo://ivoa.net/std/DataLink#links-1.1', answerLinks, sendVotableError);
  service('/sia/query', 'ivo://ivoa.net/std/SIA#query-2.0', answerSia, sendVotableError);
}

type Answer = (context: ImagesContext, parameters: DaliParameters, request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

async function answerSoda(
  context: ImagesContext,
  parameters: DaliParameters,
  _request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const id = parameters.find('ID');
  if (id === undefined) throw parameterError('ID', 'is missing');
  const uuid = datasetOf(id);
  const shapes: SkyShape[] = ['CIRCLE', 'POLYGON', 'RANGE', 'POS'].flatMap((name) =>
    parameters.all(name).map((text) => parseShape(text, name)),
  );
  if (shapes.length > 1) throw parameterError('POS', 'and the other shapes may be given once in a synchronous request');
  const [shape] = shapes;
  if (!shape) {
    await context.catalog.getRef(uuid);
    return await reply.redirect(`${publisherOf(context, _request).baseUrl}/api/images/${uuid}/fits`, 303);
  }
  try {
    const bytes = await cutoutBytes(await cutOutShape(context.catalog, uuid, shape));
    return await reply.type('application/fits').header('content-disposition', `attachment; filename="${uuid}-cutout.fits"`).send(bytes);
  } catch (error) {
    // A shape that misses the data is an empty answer, not a failure (SODA 1.0, section 3.4).
    if (error instanceof CutoutOutsideError) return await reply.code(204).send();
    throw error;
  }
}

async function answerLinks(
  context: ImagesContext,
  parameters: DaliParameters,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const ids = parameters.all('ID');
  if (ids.length > MAX_IDS) throw parameterError('ID', `may be given ${MAX_IDS} times at most`);
  votableWanted(parameters);
  const requests = await Promise.all(
    ids.map(async (id) => {
      try {
        return { id, image: await context.catalog.get(datasetOf(id)) };
      } catch (error) {
        if (error instanceof ImageNotFoundError) return { id, image: undefined };
        throw error;
      }
    }),
  );
  return await sendVotable(reply.type(DATALINK_TYPE), linksDocument(requests, publisherOf(context, request)));
}

async function answerSia(
  context: ImagesContext,
  parameters: DaliParameters,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const publisher = publisherOf(context, request);
  votableWanted(parameters);
  const asked = parameters.find('MAXREC');
  if (asked !== undefined && !/^\d{1,9}$/.test(asked)) throw parameterError('MAXREC', 'must be a whole number from 0');
  const limit = asked === undefined ? DEFAULT_ROWS : Number(asked);
  const found = findImages(await context.catalog.list(), parameters, publisher);
  const table = obsCoreRows(found.slice(0, limit), publisher);
  const columns = table.columns.map((column) => (column.name === 'obs_publisher_did' ? { ...column, id: 'publisherDID' } : column));
  return await sendVotable(reply.type(VOTABLE), {
    version: '1.4',
    resources: [
      {
        type: 'results',
        infos: [{ name: 'QUERY_STATUS', value: 'OK' }],
        tables: [makeTable(columns, { ...table.meta, infos: found.length > limit ? [{ name: 'QUERY_STATUS', value: 'OVERFLOW' }] : [] })],
      },
      linksService(publisher, 'publisherDID'),
    ],
  });
}

async function sendVotable(reply: FastifyReply, document: VotableDocument): Promise<FastifyReply> {
  return await reply.send(writeVotable(document));
}

async function sendVotableError(request: FastifyRequest, reply: FastifyReply, error: unknown): Promise<void> {
  if (statusOf(error) >= 500) request.log.error(error);
  const { code, message } = publicError(error);
  await reply
    .code(statusOf(error))
    .headers(authHeaders(error))
    .type(VOTABLE)
    .send(errorDocument(`${message} [${code}]`));
}

function votableWanted(parameters: DaliParameters): void {
  const format = parameters.find('RESPONSEFORMAT');
  if (format !== undefined && !/^(votable|text\/xml|application\/x-votable\+xml)/i.test(format))
    throw parameterError('RESPONSEFORMAT', `must be ${VOTABLE}; found ${JSON.stringify(format.slice(0, 60))}`);
}

/** The dataset's UUID in a publisher identifier, or alone. */
function datasetOf(id: string): string {
  return id.includes('?') ? id.slice(id.lastIndexOf('?') + 1) : id;
}

function readParameters(request: FastifyRequest): DaliParameters {
  const pairs: [string, string][] = [...new URL(request.url, 'http://localhost').searchParams];
  if (typeof request.body === 'string') pairs.push(...new URLSearchParams(request.body));
  return new DaliParameters(pairs);
}
