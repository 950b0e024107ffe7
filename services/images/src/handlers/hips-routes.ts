import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authenticator, requireScope, type UsageLimits } from '@almagest/auth';
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify';
import { HipsNotFoundError } from '../hips/errors.ts';
import { formatHipsProperties, type HipsProperties, parseHipsProperties } from '../hips/properties.ts';
import { sendJsonError } from './context.ts';

export interface HipsServiceOptions {
  /** Folder with a HiPS in each of its folders. */
  readonly folder: string;
  readonly authenticate: Authenticator;
  /** Where the services are mounted; `''` for the root. */
  readonly prefix?: string;
  /** Limits of use; a request takes one point of the service `hips`. */
  readonly usage?: UsageLimits;
  /** The HiPS that `/hips` itself is; `colour` unless told, else the first. */
  readonly main?: string;
}

/** Files that a HiPS has; nothing else is looked for, so that no path leads out of the folder. */
const FILE = /^(?:Moc\.fits|Norder\d{1,2}\/(?:Allsky\.(?:fits|png|jpg)|Dir\d{1,12}\/Npix\d{1,12}\.(?:fits|png|jpg)))$/;
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const TYPES: Readonly<Record<string, string>> = { fits: 'application/fits', png: 'image/png', jpg: 'image/jpeg' };

/** Serves every HiPS of a folder at `/hips/NAME`, the main one at `/hips`, and their list at `/hips/list`. @see HiPS 1.0, sections 4 and 5 */
export async function registerHips(app: FastifyInstance, options: HipsServiceOptions): Promise<void> {
  const { folder, authenticate, prefix = '', main = 'colour' } = options;
  const base = (request: FastifyRequest): string => `${request.protocol}://${request.host}${prefix}/hips`;
  const answer = async (request: FastifyRequest, reply: FastifyReply, path: string): Promise<FastifyReply> => {
    const { headers } = request;
    const identity = await authenticate({ authorization: headers.authorization, cookie: headers.cookie });
    requireScope(identity, 'read:image');
    await options.usage?.spend({ identity, address: request.ip }, 'hips');
    void reply.header('access-control-allow-origin', '*');
    if (path === 'list') return await reply.type('text/plain; charset=utf-8').send(await listText(folder, base(request)));
    const slash = path.indexOf('/');
    const first = slash < 0 ? path : path.slice(0, slash);
    const isNamed = NAME.test(first) && !/^(properties|Norder\d+)$/.test(first);
    const name = isNamed ? first : await mainOf(folder, main);
    const file = isNamed ? path.slice(first.length + 1) : path;
    if (file === 'properties' || file === '') {
      const properties = { ...(await readProperties(folder, name)), hips_service_url: `${base(request)}/${name}` };
      return await reply.type('text/plain; charset=utf-8').header('cache-control', 'no-cache').send(formatHipsProperties(properties));
    }
    return await sendFile(request, reply, join(folder, name), file);
  };
  await app.register(
    (scope, _options, done) => {
      scope.setErrorHandler((error, request, reply) => sendJsonError(request, reply, error));
      const schema = {
        description: 'Sky surveys in HiPS: tiles, properties, coverage; `list` names them.',
        tags: ['images'],
      } as FastifySchema;
      scope.get<{ Params: { '*': string } }>('/*', { schema }, (request, reply) => answer(request, reply, request.params['*']));
      done();
    },
    { prefix: `${prefix}/hips` },
  );
}

async function sendFile(request: FastifyRequest, reply: FastifyReply, folder: string, file: string): Promise<FastifyReply> {
  const state = FILE.test(file) ? await stat(join(folder, file)).catch(() => undefined) : undefined;
  if (!state?.isFile()) throw notFound(file);
  const tag = `"${state.mtimeMs.toString(36)}-${state.size.toString(36)}"`;
  void reply.header('etag', tag).header('cache-control', 'public, max-age=3600');
  if (request.headers['if-none-match'] === tag) return await reply.code(304).send();
  return await reply
    .type(TYPES[file.slice(file.lastIndexOf('.') + 1)]!)
    .header('content-length', state.size)
    .send(createReadStream(join(folder, file)));
}

/** The records of all HiPS, one after the other. @see HiPS 1.0, section 5.2 */
async function listText(folder: string, base: string): Promise<string> {
  const records: string[] = [];
  for (const name of await listHips(folder)) {
    const properties = await readProperties(folder, name);
    const keys = ['creator_did', 'hips_release_date', 'hips_status', 'obs_title', 'hips_frame', 'hips_order', 'hips_tile_format'];
    const record = Object.fromEntries(keys.map((key) => [key, properties[key]]));
    records.push(formatHipsProperties({ ...record, hips_service_url: `${base}/${name}` }));
  }
  return records.join('\n');
}

/** Names of the HiPS of a folder that are whole. */
export async function listHips(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => NAME.test(name)).toSorted();
  const whole = await Promise.all(
    names.map((name) =>
      stat(join(folder, name, 'properties')).then(
        () => true,
        () => false,
      ),
    ),
  );
  return names.filter((_name, n) => whole[n]);
}

async function mainOf(folder: string, main: string): Promise<string> {
  const names = await listHips(folder);
  const name = names.includes(main) ? main : names[0];
  if (name === undefined) throw notFound('hips');
  return name;
}

async function readProperties(folder: string, name: string): Promise<HipsProperties> {
  try {
    return parseHipsProperties(await readFile(join(folder, name, 'properties'), 'utf8'));
  } catch (cause) {
    throw notFound(name, cause);
  }
}

function notFound(name: string, cause?: unknown): HipsNotFoundError {
  const text = name.slice(0, 80);
  return new HipsNotFoundError(`there is no HiPS or tile ${JSON.stringify(text)}`, { details: { name: text }, cause });
}
