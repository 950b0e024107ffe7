import { ANONYMOUS, authHeaders, authStatus, type Authenticator, type Identity, requireScope, type UsageLimits } from '@almagest/auth';
import { Butler, butlerHandler, type ButlerHandlerOptions, type CoreButler, type RemoteUser } from '@almagest/butler';
import { AlmagestError } from '@almagest/errors';
import { mountHandler, type ServicePart } from '@almagest/server';

export interface ServeButlerOptions {
  readonly authenticate: Authenticator;
  readonly usage: UsageLimits;
  /** Path of the interface; clients give it to `connectButler`. */
  readonly prefix: string;
  readonly handler?: ButlerHandlerOptions;
}

/** Name under which requests count in the limits of use. */
export const BUTLER_SERVICE = 'butler';

/** Opens a repository for writing; for reading where its disk or its layout allows no more. */
export async function openForService(folder: string): Promise<Butler> {
  try {
    return await Butler.open(folder, { writeable: true });
  } catch (error) {
    if (error instanceof AlmagestError && error.fault !== 'internal') return await Butler.open(folder);
    throw error;
  }
}

/**
 * Serves a repository over HTTP: whoever may read images reads, the scope `write:butler` writes.
 * People who did not sign in share limits with others at their address.
 */
export function serveButler(butler: CoreButler, { authenticate, usage, prefix, handler = {} }: ServeButlerOptions): ServicePart {
  const users = new WeakMap<Request, RemoteUser>();
  const answer = butlerHandler(butler, { ...handler, authorize: (request) => users.get(request) });
  return async (app) => {
    // Before the repository is closed, which waits for open transactions.
    app.addHook('preClose', async () => await answer.close());
    await mountHandler(
      app,
      async (request, { address }) => {
        try {
          const identity = await identify(request, authenticate);
          await usage.spend({ identity, address }, BUTLER_SERVICE);
          if (identity.scopes.has('admin') || identity.scopes.has('read:image')) users.set(request, userOf(identity, address));
          else if (!new URL(request.url).searchParams.has('signature')) requireScope(identity, 'read:image');
        } catch (error) {
          return refuse(error);
        }
        return await answer(request);
      },
      { prefix },
    );
  };
}

async function identify(request: Request, authenticate: Authenticator): Promise<Identity> {
  return await authenticate({
    authorization: request.headers.get('authorization') ?? undefined,
    cookie: request.headers.get('cookie') ?? undefined,
  });
}

function userOf(identity: Identity, address: string): RemoteUser {
  return {
    name: identity.user === ANONYMOUS ? `${ANONYMOUS} at ${address}` : identity.user,
    mayWrite: identity.scopes.has('write:butler') || identity.scopes.has('admin'),
  };
}

/** A refusal as the butler's interface has errors. */
function refuse(error: unknown): Response {
  const status = authStatus(error);
  if (status === undefined || !(error instanceof AlmagestError)) throw error;
  const { code, message, retryable } = error.toJSON();
  return Response.json(
    { error: { code, fault: 'caller', retryable, message, details: { status } } },
    { status, headers: authHeaders(error) },
  );
}
