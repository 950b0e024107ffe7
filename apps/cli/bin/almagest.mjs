#!/usr/bin/env node
// Starts the command under Node 24, which npm installs beside the packages where the system's Node is older: from the bundle that
// setup made while its sources are as they were then, else from the sources. `almagest` beside it spares the older Node's start.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const args = process.argv.slice(2);
if (Number(process.versions.node.split('.')[0]) >= 24) {
  process.getBuiltinModule('node:module').enableCompileCache();
  const entry = bundled();
  if (entry) await import(entry);
  else {
    // Queries of the server each hold a thread of this pool while the engine works; four would let scans keep others waiting.
    // No command of the bundle is a server, and threads cost it milliseconds.
    process.env.UV_THREADPOOL_SIZE ??= '16';
    await import('../src/main.ts');
  }
} else {
  let dir = import.meta.dirname;
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
  const { spawnSync } = await import('node:child_process');
  const run = spawnSync(node, [import.meta.filename, ...args], { stdio: 'inherit' });
  process.exit(run.status ?? 1);
}

/** The bundle's entry, if it has the command and every source behind it is as it was; stacks of errors show sources. */
function bundled() {
  if (process.env.ALMAGEST_DEBUG) return undefined;
  const name = args.find((arg) => !arg.startsWith('-')) ?? 'almagest';
  if (!/^[a-z-]+$/.test(name)) return undefined;
  try {
    const { main, sources } = JSON.parse(readFileSync(join(import.meta.dirname, `../dist/bundle/${name}.json`), 'utf8'));
    for (const [path, size, mtimeMs] of sources) {
      const found = statSync(join(import.meta.dirname, '../../..', path), { throwIfNoEntry: false });
      if (found?.size !== size || found.mtimeMs !== mtimeMs) return undefined;
    }
    return `../dist/bundle/${main}`;
  } catch {
    return undefined;
  }
}
