import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Butler, checkRepository, connectButler, type CoreButler, type CreateOptions, ingestFiles } from '../../src/index.ts';
import { ADDRESS, makeServed } from '../served-repository.ts';

const METRIC = { name: 'metric', dimensions: ['visit'], storageClass: 'StructuredDataDict' };
const LEASE_SEC = 0.15;
const at = (visit: number) => ({ instrument: 'Cam', visit });

/** Everything that a client may do in one transaction, under names of its own. */
async function doAll(butler: CoreButler, name: string, file: string): Promise<void> {
  await butler.transaction(async () => {
    await butler.registerDatasetType({ ...METRIC, name });
    const first = await butler.put({ n: 1 }, name, at(2), { run: `${name}/first` });
    await butler.insertDimensionData('instrument', [
      { name, visit_max: 1, visit_system: 0, exposure_max: 1, detector_max: 1, class_name: 'x.Other' },
    ]);
    await butler.transaction(async () => {
      await butler.registry.registerCollection(`${name}/best`, 'TAGGED');
      await butler.registry.associate(`${name}/best`, [first]);
    });
    const ref = await butler.makeRef(name, at(3), { run: `${name}/second` });
    await ingestFiles(butler, [{ path: file, refs: [ref] }], { mode: 'move' });
    expect(await butler.queryDatasets(name, { collections: [`${name}/*`] })).toHaveLength(2);
  });
}

/** What is left of {@link doAll}: all of it, or nothing. */
async function whatIsLeft(server: Butler, name: string): Promise<'all' | 'nothing'> {
  expect((await checkRepository(server, { checksums: true })).problems).toEqual([]);
  const found = [
    await server.registry.findDatasetType(name),
    ...(await Promise.all(['first', 'second', 'best'].map(async (part) => await server.registry.findCollection(`${name}/${part}`)))),
    (await server.queryDimensionRecords('instrument', { where: `instrument = '${name}'` }))[0],
    (await server.queryDatasets(name, { collections: [`${name}/best`] }).catch(() => []))[0],
  ].map((each) => each !== undefined);
  expect({ name, found, size: new Set(found).size }).toEqual({ name, found, size: 1 });
  return found[0] ? 'all' : 'nothing';
}

/** A client that is gone after so many requests, the last one heard by the server or not. */
function dyingFetch(
  handler: (request: Request) => Promise<Response>,
  { last, isHeard }: { readonly last: number; readonly isHeard: boolean },
): {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly sent: () => number;
  readonly gone: Promise<void>;
  readonly end: () => void;
} {
  let sent = 0;
  const gone = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Response>();
  return {
    sent: () => sent,
    gone: gone.promise,
    end: () => ended.resolve(new Response('the test has ended', { status: 410 })),
    fetch: async (request) => {
      if (sent >= last) return (await ended.promise).clone() as Response;
      // Signs of life come at any time; what is counted comes always.
      if (!request.url.endsWith('renew')) sent += 1;
      if (sent < last) return await handler(request);
      if (isHeard) await (await handler(request)).text();
      gone.resolve();
      return (await ended.promise).clone() as Response;
    },
  };
}

/**
 * Lets clients go after so many requests, each in the middle of one transaction, and looks at what is left.
 *
 * @param options.step - 1 tries every request.
 */
export async function goAfterRequests({
  step,
  repository = {},
}: {
  readonly step: number;
  readonly repository?: CreateOptions;
}): Promise<{ readonly left: readonly string[]; readonly requests: number }> {
  await using served = await makeServed(repository, { leaseSec: LEASE_SEC });
  const folder = mkdtempSync(join(tmpdir(), 'almagest-gone-'));
  const seen = new Set<string>();
  let requests = Infinity;
  for (const isHeard of [true, false])
    for (let last = 1; last <= requests; last += step) {
      const name = `gone_${String(isHeard)}_${last}`;
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, 'n: 2\n');
      const dying = dyingFetch(served.handler, { last, isHeard });
      const work = connectButler(ADDRESS, { fetch: dying.fetch }).then(async (client) => await doAll(client, name, file));
      const finished = work.then(() => true);
      if (await Promise.race([finished, dying.gone.then(() => false)])) requests = dying.sent();
      // The writer that comes next waits for the lease, and no longer.
      await served.server.registry.registerCollection(`${name}/next`, 'RUN');
      if (repository.database) await new Promise((resolve) => setTimeout(resolve, 2000 * LEASE_SEC));
      const left = await whatIsLeft(served.server, name);
      // The original goes after the commit, so it is there where nothing else is; and what was sent is not kept.
      if (left === 'nothing') expect(existsSync(file)).toBe(true);
      const uploads = join(served.folder, '.almagest/uploads');
      const kept = existsSync(uploads) ? readdirSync(uploads, { recursive: true }).map(String) : [];
      expect(kept.filter((path) => path.endsWith('.yaml'))).toEqual([]);
      seen.add(left);
      dying.end();
      await finished.catch(() => undefined);
    }
  rmSync(folder, { recursive: true });
  return { left: [...seen].toSorted(), requests };
}
