/**
 * Compiles the AssemblyScript kernels to one WebAssembly module and embeds it in a TypeScript file, so that Node and
 * the browser load it alike. Does nothing when the result is newer than every source.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './rooms.ts';

const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Almagest needs Node 24 or newer; this is ${process.version}. On Linux x64 npm installs it by itself; elsewhere install Node 24.`,
  );
  process.exit(1);
}

const dir = join(ROOT, 'foundation/kernels');
const sources = existsSync(join(dir, 'assembly'))
  ? readdirSync(join(dir, 'assembly'))
      .filter((name) => name.endsWith('.ts'))
      .toSorted()
      .map((name) => join(dir, 'assembly', name))
  : [];
const wasm = join(dir, 'dist/kernels.wasm');
const embedded = join(dir, 'src/wasm-bytes.generated.ts');
const newest = Math.max(0, ...[...sources, import.meta.filename].map((path) => statSync(path).mtimeMs));

if (!existsSync(embedded) || !existsSync(wasm) || statSync(embedded).mtimeMs < newest) {
  mkdirSync(join(dir, 'dist'), { recursive: true });
  const flags =
    '-O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 16 --maximumMemory 65536 --enable threads,simd,bulk-memory';
  const asc = join(ROOT, 'node_modules/assemblyscript/bin/asc.js');
  const run = spawnSync(process.execPath, [asc, ...sources, '-o', wasm, ...flags.split(' ')], { stdio: 'inherit' });
  if (run.status !== 0) process.exit(run.status ?? 1);
  const base64 = readFileSync(wasm).toString('base64');
  writeFileSync(
    embedded,
    `/** The compiled kernels, base64; made by npm run build:wasm from assembly/. */\nexport const wasmBase64: string =\n  '${base64}';\n`,
  );
}
