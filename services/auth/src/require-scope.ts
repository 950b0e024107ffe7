import { ForbiddenError } from './errors.ts';
import type { Identity, Scope } from './identity.ts';

/** @throws {ForbiddenError} unless the identity has the scope, or `admin`, which includes all. */
export function requireScope(identity: Identity, scope: Scope): void {
  if (identity.scopes.has(scope) || identity.scopes.has('admin')) return;
  throw new ForbiddenError(`this needs the scope ${scope}; ${identity.user} has ${[...identity.scopes].join(', ') || 'none'}`, {
    details: { scope },
  });
}
