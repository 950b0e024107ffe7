import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * A token as its owner holds it: `alm-<id>.<secret>`. The id is public and finds the row; the secret is 192 random bits, of
 * which only the SHA-256 is kept. So many bits cannot be guessed, so that a slow hash as for passwords would add nothing.
 */
export interface TokenParts {
  readonly id: string;
  readonly secret: string;
}

const TOKEN = /^alm-([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{32})$/;

export function makeToken(): TokenParts {
  return { id: randomBytes(12).toString('base64url'), secret: randomBytes(24).toString('base64url') };
}

export function formatToken({ id, secret }: TokenParts): string {
  return `alm-${id}.${secret}`;
}

/** The parts of a token, or undefined where the text is none. */
export function parseToken(text: string): TokenParts | undefined {
  const [, id, secret] = TOKEN.exec(text) ?? [];
  return id === undefined || secret === undefined ? undefined : { id, secret };
}

export function hashSecret(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest();
}

/** Compares in a time that does not depend on where they differ. */
export function isSecret(secret: string, hash: Uint8Array): boolean {
  const found = hashSecret(secret);
  return found.length === hash.length && timingSafeEqual(found, hash);
}
