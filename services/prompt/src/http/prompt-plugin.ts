import type { Readable } from 'node:stream';
import { type Authenticator, requireScope, type Scope } from '@almagest/auth';
import type { ObjectStore } from '@almagest/butler';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Registry } from 'prom-client';
import { z } from 'zod';
import type { PromptDaemon } from '../daemon/prompt-daemon.ts';
import { BadAnnouncementError, RawRejectedError } from '../errors.ts';
import { takeObject, takeUpload } from '../intake/raw-sources.ts';
import { BUDGET_SEC, latencyOf } from '../units/unit.ts';

export interface PromptPluginOptions {
  readonly daemon: PromptDaemon;
  readonly authenticate: Authenticator;
  /** Folder that uploads go to. */
  readonly incoming: string;
  /** Store whose events tell of new raws. */
  readonly objects?: ObjectStore;
  /** Largest upload [byte]; 2 GiB unless told. */
  readonly maxBytes?: number;
  /** Where the routes are; default `/api/prompt`. */
  readonly prefix?: string;
}

const query = z.object({ day: z.coerce.number().int().optional(), limit: z.coerce.number().int().min(1).max(10_000).default(1000) });
/** The part of an S3 event notification that says which object is new. */
const s3Event = z.object({
  Records: z
    .array(
      z.object({
        eventName: z.string().optional(),
        s3: z.object({ bucket: z.object({ name: z.string() }), object: z.object({ key: z.string() }) }),
      }),
    )
    .max(1000),
});

/**
 * Mounts the routes of the daemon: `POST next-visit`, `PUT raws/:name`, `POST s3-events`, `GET status` and `GET units`.
 *
 * Those that change something take the scope `write:butler`, others `read:image`.
 */
export function registerPrompt(app: FastifyInstance, options: PromptPluginOptions): void {
  const { daemon, authenticate, incoming, objects, maxBytes = 2 ** 31, prefix = '/api/prompt' } = options;
  const allow = async ({ headers }: FastifyRequest, scope: Scope): Promise<void> =>
    requireScope(await authenticate({ authorization: headers.authorization, cookie: headers.cookie }), scope);
  const receiver = { announce: (data: unknown) => daemon.announce(data), receiveRaw: (path: string) => daemon.receiveRaw(path) };

  app.post(`${prefix}/next-visit`, { bodyLimit: 65_536 }, async (request, reply) => {
    await allow(request, 'write:butler');
    if (typeof request.body !== 'object' || request.body === null) throw new BadAnnouncementError('an announcement is a JSON object');
    const { isNew, detectors } = await daemon.announce(request.body);
    return reply.code(isNew ? 202 : 200).send({ accepted: isNew, detectors });
  });

  void app.register((scope, _options, done) => {
    // A raw is written as it comes, whatever it calls itself.
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
    scope.put<{ readonly Params: { readonly name: string } }>(`${prefix}/raws/:name`, { bodyLimit: maxBytes }, async (request, reply) => {
      await allow(request, 'write:butler');
      // Told at once where the length is; a stream without one is cut off.
      if (Number(request.headers['content-length'] ?? 0) > maxBytes)
        throw new RawRejectedError(`${request.params.name}: at most ${maxBytes} bytes are taken`);
      const units = await takeUpload(request.params.name, request.body as Readable, { receiver, incoming, maxBytes });
      return reply.code(202).send({ units });
    });
    done();
  });

  if (objects)
    app.post(`${prefix}/s3-events`, { bodyLimit: 2 ** 20 }, async (request, reply) => {
      await allow(request, 'write:butler');
      const event = s3Event.safeParse(request.body);
      if (!event.success) throw new BadAnnouncementError('an S3 event notification with Records was expected');
      let taken = 0;
      for (const { s3 } of event.data.Records) {
        // Keys in notifications are encoded as in a query.
        const address = `s3://${s3.bucket.name}/${decodeURIComponent(s3.object.key.replaceAll('+', ' '))}`;
        const base = objects.address('');
        // What lies outside of the watched prefix is somebody else's.
        if (!address.startsWith(base)) continue;
        const key = address.slice(base.length);
        // oxlint-disable-next-line no-await-in-loop -- one after the other
        if (await takeObject(key, { objects, incoming, receiver, units: daemon.units, onProblem: daemon.noteProblem })) taken++;
      }
      return reply.code(202).send({ taken });
    });

  app.get(`${prefix}/status`, async (request) => {
    await allow(request, 'read:image');
    return { ...daemon.status(), budgetSec: BUDGET_SEC, rejected: daemon.units.rejectedFiles() };
  });

  app.get(`${prefix}/units`, async (request, reply) => {
    await allow(request, 'read:image');
    const asked = query.safeParse(request.query);
    if (!asked.success)
      return reply.code(400).send({ error: { code: 'prompt.bad-query', message: 'day is written as yyyymmdd, limit from 1 to 10000' } });
    const { day, limit } = asked.data;
    const records = daemon.units.list({ limit, ...(day === undefined ? {} : { day }) });
    return { units: records.map((record) => ({ ...record, latency: latencyOf(record) })) };
  });
}

/** The registry of the server that an app is, where it has one. */
export function metricsRegistryOf(app: FastifyInstance): Registry | undefined {
  return app.hasDecorator('metricsRegistry') ? app.getDecorator<Registry>('metricsRegistry') : undefined;
}
