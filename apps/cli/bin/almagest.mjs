#!/usr/bin/env node
// Starts the command under Node 24, which npm installs beside the packages where the system's Node is older.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

// Queries of the server each hold a thread of this pool while the engine works; four would let scans keep others waiting.
process.env.UV_THREADPOOL_SIZE ??= '16';

const here = dirname(fileURLToPath(import.meta.url));
if (Number(process.versions.node.split('.')[0]) >= 24) {
  const { enableCompileCache } = await import('node:module');
  enableCompileCache();
  await import('../src/main.ts');
} else {
  let dir = here;
  let node = '';
  while (node === '' && dir !== dirname(dir)) {
    const candidate = join(dir, 'node_modules/.bin/node');
    if (existsSync(candidate)) node = candidate;
    dir = dirname(dir);
  }
  if (node === '') {
    console.error(`almagest needs Node 24 or newer; this is ${process.version}. Run npm run setup (Linux x64) or install Node 24.`);
    process.exit(3);
  }
  const run = spawnSync(node, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}
