/**
 * The server of the TAP benchmarks, in a process of its own with the engines of `almagest serve`: `node serve-archive.ts ARCHIVE FOLDER`.
 * Prints its address; ends when its input does.
 */
import { join } from 'node:path';
import { anonymousAuthenticator } from '@almagest/auth';
import { createDuckdbEngine, describeCatalog } from '@almagest/catalogs';
import { createServer, listen } from '@almagest/server';
import { DEFAULT_LIMITS, publishCatalog, registerTap } from '@almagest/tap';

const [archive, folder] = process.argv.slice(2) as [string, string];
const engine = await createDuckdbEngine({ temporaryFolder: join(folder, 'spill'), niceness: 5, memoryLimit: '300MB' });
const quickEngine = await createDuckdbEngine({ threads: 1, memoryLimit: '200MB', plansQuickly: true });
const record = await describeCatalog(join(archive, 'objects'));
const app = await createServer({
  version: 'bench',
  parts: [
    (server) =>
      registerTap(server, {
        prefix: '/tap',
        engine,
        quickEngine,
        content: { schemas: [{ name: 'survey' }], tables: [publishCatalog(record, quickEngine, 'survey')], keys: [] },
        functions: [],
        authenticate: anonymousAuthenticator(['exec:query']),
        jobFolder: join(folder, 'jobs'),
        limits: { defaultMaxRows: DEFAULT_LIMITS.hardMaxRows },
        syncSeconds: 600,
      }),
  ],
});
console.log(await listen(app, { port: 0 }));
process.stdin.resume();
process.stdin.on('end', () => {
  void app.close().then(async () => {
    await Promise.all([engine.close(), quickEngine.close()]);
    process.exit();
  });
});
