import type { FastifyInstance, FastifySchema } from 'fastify';
import { parameterError } from '../models/dali.ts';
import { getNight, listNights } from '../services/nights.ts';
import { type ImagesContext, mayRead, sendJsonError } from './context.ts';

const about = (description: string): { readonly schema: FastifySchema } => ({ schema: { description, tags: ['nights'] } as FastifySchema });

/** The routes from which the page takes nights. */
export function registerNightRoutes(app: FastifyInstance, context: ImagesContext): void {
  app.setErrorHandler((error, request, reply) => sendJsonError(request, reply, error));
  app.get('/', about('Nights that have visits, newest first.'), async (request) => {
    await mayRead(context, request);
    return { nights: await listNights(context.catalog.butler) };
  });
  app.get<{ Params: { day: string } }>('/:day', about('Visits of a night (yyyymmdd) and what was made of each.'), async (request) => {
    await mayRead(context, request);
    if (!/^\d{8}$/.test(request.params.day)) throw parameterError('day', 'must be written as yyyymmdd');
    return await getNight(context.catalog.butler, Number(request.params.day));
  });
}
