import { EncryptJWT, jwtDecrypt } from 'jose';
import { z } from 'zod';

/** What must be remembered while somebody is at the identity provider. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly codeVerifier: string;
  /** Page of this server to go back to. */
  readonly returnTo: string;
}

const pending = z.object({ state: z.string(), nonce: z.string(), codeVerifier: z.string(), returnTo: z.string() });

/** Longest time that a sign-in may take [s]. */
export const SIGN_IN_SEC = 600;

/**
 * Seals a pending sign-in for the cookie of the browser that began it: nobody else can bring it to an end, and the server keeps
 * nothing.
 *
 * @param key 32 random bytes.
 */
export function sealPending(value: PendingSignIn, key: Uint8Array): Promise<string> {
  return new EncryptJWT({ ...value })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
    .setIssuedAt()
    .setExpirationTime(`${SIGN_IN_SEC}s`)
    .encrypt(key);
}

/** What was sealed; undefined if it is too old or not ours. */
export async function openPending(text: string, key: Uint8Array): Promise<PendingSignIn | undefined> {
  try {
    return pending.parse((await jwtDecrypt(text, key)).payload);
  } catch {
    return undefined;
  }
}
