import type { Identity } from './identity.ts';

/** Who may read something: everybody, or the members of any of these groups. */
export type Access = 'public' | readonly string[];

/** Holders of `admin` may read everything. */
export function mayRead(identity: Identity, access: Access): boolean {
  if (access === 'public' || identity.scopes.has('admin')) return true;
  return access.some((group) => identity.groups?.has(group) ?? false);
}
