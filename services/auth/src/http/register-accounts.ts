import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ForbiddenError, TokenRequestError } from '../errors.ts';
import { ANONYMOUS, type Authenticator, type Identity, type Scope, SCOPES } from '../identity.ts';
import { requireScope } from '../require-scope.ts';
import { sessionToken } from '../token-authenticator.ts';
import type { TokenStore } from '../tokens/token-store.ts';
import type { UsageLimits } from '../usage/usage-limits.ts';
import { about } from './about.ts';
import { sendAuthError } from './send-auth-error.ts';

export interface AccountsOptions {
  readonly authenticate: Authenticator;
  readonly tokens: TokenStore;
  readonly usage?: UsageLimits;
}

const requestBody = z.strictObject({
  name: z.string().max(200).default(''),
  scopes: z.array(z.enum(SCOPES)).min(1),
  lifetimeSec: z.number().positive().max(1e10).optional(),
});

/**
 * Mounts what people need for their accounts: `GET /auth/me` (who am I, what is left of my limits), and their tokens by
 * `GET`, `POST` and `DELETE /auth/tokens`. Tokens are made from a browser's session, so that a stolen token makes no others.
 */
export async function registerAccounts(app: FastifyInstance, { authenticate, tokens, usage }: AccountsOptions): Promise<void> {
  const identify = (request: FastifyRequest): Promise<Identity> =>
    authenticate({ authorization: request.headers.authorization, cookie: request.headers.cookie });
  const identifyUser = async (request: FastifyRequest): Promise<Identity> => {
    const identity = await identify(request);
    if (identity.user === ANONYMOUS) throw new ForbiddenError('sign in first', { details: { scope: 'read:catalog' } });
    return identity;
  };
  await app.register(async (scope) => {
    scope.setErrorHandler((error, request, reply) => sendAuthError(request, reply, error));
    scope.get('/auth/me', about('Who makes the request.'), async (request) => {
      const identity = await identify(request);
      const limits = usage ? await usage.state({ identity, address: request.ip }) : [];
      return { user: identity.user, scopes: [...identity.scopes], groups: [...(identity.groups ?? [])], limits };
    });
    scope.get('/auth/tokens', about('The tokens of the account.'), async (request) => ({
      tokens: tokens.list((await identifyUser(request)).user),
    }));
    scope.post('/auth/tokens', about('Makes a token; its text is shown once.'), async (request, reply) => {
      const identity = await identifyUser(request);
      if (request.headers.authorization !== undefined || sessionToken({ cookie: request.headers.cookie }) === undefined)
        throw new ForbiddenError('a token is made from the page, after signing in', { details: { scope: 'session' } });
      const parsed = requestBody.safeParse(request.body);
      if (!parsed.success) throw new TokenRequestError(`a token needs a name and scopes: ${z.prettifyError(parsed.error)}`);
      const { name, scopes, lifetimeSec } = parsed.data;
      for (const each of scopes) requireScope(identity, each satisfies Scope);
      const groups = [...(identity.groups ?? [])];
      const made = tokens.create({ user: identity.user, name, scopes, groups, ...(lifetimeSec === undefined ? {} : { lifetimeSec }) });
      return reply.code(201).header('cache-control', 'no-store').send(made);
    });
    scope.delete<{ Params: { id: string } }>('/auth/tokens/:id', about('Ends a token at once.'), async (request) => {
      const identity = await identifyUser(request);
      return tokens.revoke(request.params.id, identity.scopes.has('admin') ? undefined : identity.user);
    });
  });
}
