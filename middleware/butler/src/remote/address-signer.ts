import { ArtifactMissingError } from '../errors.ts';

/** Makes and checks addresses of artifacts that need no sign-in for a while. */
export interface AddressSigner {
  /** @param expires - Unix time [s] from which on the address is refused. */
  sign(id: string, path: string, expires: number): Promise<string>;
  /** Whether the parameters of an address were made by {@link sign} with this key and have not expired at `now` [s]. */
  check(id: string, parameters: URLSearchParams, now: number): Promise<boolean>;
}

/** Signs with HMAC-SHA-256. @param key - At least 32 bytes; random unless given. */
export function makeAddressSigner(key: Uint8Array = crypto.getRandomValues(new Uint8Array(32))): AddressSigner {
  const secret = crypto.subtle.importKey('raw', key as Uint8Array<ArrayBuffer>, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
    'verify',
  ]);
  const text = (id: string, path: string, expires: string): Uint8Array<ArrayBuffer> =>
    new TextEncoder().encode(JSON.stringify([id, path, expires]));
  return {
    sign: async (id, path, expires) => {
      const signature = new Uint8Array(await crypto.subtle.sign('HMAC', await secret, text(id, path, String(expires))));
      const query = new URLSearchParams({ path, expires: String(expires), signature: hex(signature) });
      return `artifact/${id}?${query.toString()}`;
    },
    check: async (id, parameters, now) => {
      const [path, expires, signature] = [parameters.get('path'), parameters.get('expires'), parameters.get('signature')];
      if (path === null || expires === null || signature === null || !/^(?:[0-9a-f]{2}){32}$/.test(signature)) return false;
      const bytes = Uint8Array.from(signature.match(/../g)!, (pair) => Number.parseInt(pair, 16));
      if (!(await crypto.subtle.verify('HMAC', await secret, bytes, text(id, path, expires)))) return false;
      if (Number(expires) > now) return true;
      throw new ArtifactMissingError('this address of an artifact has expired; ask for a new one', { details: { id } });
    },
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
