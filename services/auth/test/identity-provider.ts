import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';

interface ProviderModule {
  readonly default: new (issuer: string, configuration: object) => { callback(): Parameters<typeof createServer>[1] };
}

/** An OpenID Connect provider on loopback that lets everybody in under the name that they give. */
export async function startProvider(client: {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly redirectUri: string;
}): Promise<{ readonly server: Server; readonly issuer: string }> {
  // Its development forms announce themselves on the console.
  const { warn, info } = console;
  console.warn = console.info = () => undefined;
  try {
    const name: string = 'oidc-provider';
    const { default: Provider } = (await import(name)) as ProviderModule;
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const provider = new Provider(issuer, {
      clients: [{ client_id: client.clientId, client_secret: client.clientSecret, redirect_uris: [client.redirectUri] }],
      findAccount: (_context: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id }) }),
      ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, IdToken: 600 },
      cookies: { keys: ['key of the test'] },
    });
    server.on('request', provider.callback() as never);
    return { server, issuer };
  } finally {
    Object.assign(console, { warn, info });
  }
}
