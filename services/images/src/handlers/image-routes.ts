import { DaliParameterError } from '@almagest/dali';
import { createReadStream } from 'node:fs';
import type { Stretch } from '@almagest/image';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { z } from 'zod';
import { cutoutBytes, cutOutStamp, MAX_CUTOUT_PIXELS } from '../services/cutout.ts';
import { stampSeries } from '../services/stamp-series.ts';
import { openArtifact } from '../storage/open-artifact.ts';
import { type ImagesContext, mayRead, sendJsonError } from './context.ts';

const PREVIEW = z.object({
  stretch: z.enum(['linear', 'sqrt', 'log', 'asinh'] satisfies Stretch[]).default('asinh'),
  size: z.coerce.number().int().min(16).max(2048).default(512),
});
const CUTOUT = z.object({
  ra: z.coerce.number().min(0).max(360),
  dec: z.coerce.number().min(-90).max(90),
  size: z.coerce.number().int().min(1).max(Math.sqrt(MAX_CUTOUT_PIXELS)).default(64),
});
const STAMPS = CUTOUT.extend({
  type: z.string().max(200),
  band: z.string().max(40).optional(),
  limit: z.coerce.number().int().min(1).max(2000).default(500),
});
const LIST = z.object({ type: z.string().max(200).optional(), limit: z.coerce.number().int().min(1).max(50_000).default(5000) });

type ById = { Params: { id: string } };

/** The routes that the page uses: a list, previews, cutouts and the files themselves. */
export function registerImageRoutes(app: FastifyInstance, context: ImagesContext): void {
  app.setErrorHandler((error, request, reply) => sendJsonError(request, reply, error));
  app.get('/', about('Images: type, data ID, band, time, size and footprint [deg], newest first.'), async (request) => {
    await mayRead(context, request);
    const { type, limit } = checked(LIST, request.query);
    const images = (await context.catalog.list()).filter((image) => type === undefined || image.type === type);
    return { images: images.slice(0, limit), total: images.length };
  });
  app.get(
    '/stamps',
    about(
      'FITS with a stamp of `size` pixels about ra, dec [deg] from every image of a type that has it, oldest first: one position over all epochs.',
    ),
    async (request, reply) => {
      await mayRead(context, request);
      const bytes = await stampSeries(context.catalog, checked(STAMPS, request.query));
      return reply.type('application/fits').header('content-disposition', 'attachment; filename="stamps.fits"').send(bytes);
    },
  );
  app.get<ById>('/:id', about('One image.'), async (request) => {
    await mayRead(context, request);
    return await context.catalog.get(request.params.id);
  });
  app.get<ById>(
    '/:id/preview.png',
    about('Picture: stretch linear, sqrt, log or asinh; size of the longer side.'),
    async (request, reply) => {
      await mayRead(context, request);
      const png = await context.previews.render(request.params.id, checked(PREVIEW, request.query));
      return immutable(reply).type('image/png').send(png);
    },
  );
  app.get<ById>(
    '/:id/cutout',
    about('FITS square of `size` pixels about ra, dec [deg]: image, mask, variance, WCS.'),
    async (request, reply) => {
      await mayRead(context, request);
      const { ra, dec, size } = checked(CUTOUT, request.query);
      const bytes = await cutoutBytes(await cutOutStamp(context.catalog, request.params.id, { ra, dec, sidePixels: size }));
      return immutable(reply)
        .type('application/fits')
        .header('content-disposition', `attachment; filename="${request.params.id}-cutout.fits"`)
        .send(bytes);
    },
  );
  app.get<ById>('/:id/fits', about('The file as it is stored; ranges of bytes are served.'), async (request, reply) => {
    await mayRead(context, request);
    return await sendFile(context, request, reply);
  });
}

/** What the OpenAPI description says of a route. */
function about(description: string): { readonly schema: FastifySchema } {
  return { schema: { description, tags: ['images'] } as FastifySchema };
}

/** Sends a whole file, or the one range of bytes that was asked for. @see RFC 9110, section 14 */
async function sendFile(context: ImagesContext, request: FastifyRequest<ById>, reply: FastifyReply): Promise<FastifyReply> {
  const ref = await context.catalog.getRef(request.params.id);
  await using source = await openArtifact(context.catalog.butler, ref);
  const { size, path } = source;
  immutable(reply)
    .type('application/fits')
    .header('accept-ranges', 'bytes')
    .header('content-disposition', `attachment; filename="${ref.id}.fits"`);
  const asked = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(request.headers.range ?? '');
  if (!asked || (asked[1] === '' && asked[2] === '')) return reply.header('content-length', size).send(createReadStream(path));
  const start = asked[1] === '' ? Math.max(0, size - Number(asked[2])) : Number(asked[1]);
  const end = asked[1] === '' || asked[2] === '' ? size - 1 : Math.min(size - 1, Number(asked[2]));
  if (start > end)
    return reply
      .code(416)
      .header('content-range', `bytes */${size}`)
      .type('application/json')
      .send({ error: { code: 'images.range', message: `the file has ${size} bytes` } });
  return reply
    .code(206)
    .header('content-range', `bytes ${start}-${end}/${size}`)
    .header('content-length', end - start + 1)
    .send(createReadStream(path, { start, end }));
}

/** Datasets never change, so a browser may keep what it has. */
function immutable(reply: FastifyReply): FastifyReply {
  return reply.header('cache-control', 'private, max-age=31536000, immutable');
}

function checked<S extends z.ZodType>(schema: S, query: unknown): z.infer<S> {
  const result = schema.safeParse(query);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const parameter = String(issue?.path[0] ?? '');
  throw new DaliParameterError(`${parameter}: ${issue?.message ?? 'not valid'}`, { details: { parameter } });
}
