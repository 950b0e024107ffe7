import type { FastifySchema } from 'fastify';

/** What a route is for, as the OpenAPI description has it; a route without words is left out of it. */
export function about(description?: string): { readonly schema: FastifySchema } {
  const schema: object = description === undefined ? { hide: true } : { description, tags: ['accounts'] };
  return { schema };
}
