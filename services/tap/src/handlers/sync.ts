import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { requireScope } from '@almagest/auth';
import { createSerializer } from '../formats/serializer.ts';
import { readQuery } from '../services/query-parameters.ts';
import { loadUploads } from '../services/uploads.ts';
import type { TapContext } from './context.ts';
import { baseUrl, publicMessage, readRequest } from './request.ts';
import { capabilitiesXml } from './capabilities.ts';
import { readUploads } from './upload-sources.ts';

/** Runs one query and streams its rows; when the client goes away the engine stops. */
export async function handleSync(context: TapContext, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { parameters, files, identity } = await readRequest(request, context.authenticate);
  if (parameters.find('REQUEST') === 'getCapabilities') {
    await reply.type('text/xml').send(capabilitiesXml(context, baseUrl(request, context.prefix)));
    return;
  }
  requireScope(identity, 'exec:query');
  const query = readQuery(parameters, context.limits);
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort(new Error('the client went away'));
  });
  const timer = setTimeout(
    () => controller.abort(new Error(`it ran longer than ${context.syncSeconds} s: use the asynchronous service`)),
    context.syncSeconds * 1000,
  );
  const uploads = await loadUploads(
    context.queries.engine,
    await readUploads(parameters, files, context),
    randomUUID().replaceAll('-', ''),
    context.limits.uploads,
  );
  const finish = async (): Promise<void> => {
    clearTimeout(timer);
    await uploads.release();
  };
  try {
    const answer = await context.jobs.lanes.run('fast', controller.signal, () =>
      context.queries.run({ adql: query.adql, maxRows: query.maxRows, signal: controller.signal, uploads: uploads.tables }),
    );
    const serializer = createSerializer(query.format.name, { columns: answer.columns, query: query.adql });
    const body = async function* (): AsyncGenerator<Uint8Array> {
      let failure: string | undefined;
      try {
        yield serializer.start();
        for await (const batch of answer.batches) yield serializer.rows(batch);
      } catch (error) {
        request.log.warn(error);
        failure = publicMessage(error);
      } finally {
        await finish();
      }
      yield await serializer.finish({ overflow: answer.overflowed(), ...(failure === undefined ? {} : { error: failure }) });
    };
    await reply.type(query.format.contentType).send(Readable.from(body(), { objectMode: false }));
  } catch (error) {
    await finish();
    throw error;
  }
}
