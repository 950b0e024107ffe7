/**
 * Bundles the command line into apps/cli/dist/bundle, one chunk a command, so that a command starts without loading a hundred modules.
 *
 * Beside the chunks lies one JSON file a command that names the entry and the size and time of every source behind it; the launcher
 * (apps/cli/bin/almagest.mjs) runs the bundle only while all of them are as they were, and the sources otherwise.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { ROOT } from './rooms.ts';

/**
 * Commands that load no code by name. The others run tasks that a pipeline names, or start threads from source files; a task
 * imports the rooms themselves, so that a bundled copy of the same rooms beside them would break the identity of classes.
 */
const BUNDLED = new Set(
  'adql auth butler catalog detect fits image ingest init isr metrics reference schema solve sphere table time translate-header wcs'.split(
    ' ',
  ),
);
/** Packages with binaries, or large ones that few runs need: loaded from node_modules. */
const EXTERNAL = [/^@duckdb\//, /^@aws-sdk\//, /^@smithy\//, /^pg$/];
const OUT = join(ROOT, 'apps/cli/dist/bundle');
const BUILT = join(OUT, 'built.json');
const MAIN = join(ROOT, 'apps/cli/src/main.ts');
const COMMANDS = join(ROOT, 'apps/cli/src/commands');
const DAY_MS = 86_400_000;

/** Path below the root, size in bytes, time of the last change in milliseconds. */
type Stamp = readonly [path: string, size: number, mtimeMs: number];

function isBuilt(): boolean {
  if (!existsSync(BUILT)) return false;
  const stamps = JSON.parse(readFileSync(BUILT, 'utf8')) as readonly Stamp[];
  return stamps.every(([path, size, mtimeMs]) => {
    const found = statSync(join(ROOT, path), { throwIfNoEntry: false });
    return found?.size === size && found.mtimeMs === mtimeMs;
  });
}

async function bundle(): Promise<void> {
  const graph = new Map<string, readonly string[]>();
  const stamps = new Map(['package-lock.json', relative(ROOT, import.meta.filename)].map((path) => [path, stampOf(path)] as const));
  const byName = new Set<string>();
  const always = [...stamps.values()];
  const plugins = [chooseCommands(), loadLate(), keepPlaces(stamps, byName), recordGraph(graph)];
  const build = await rolldown({ input: { main: MAIN }, platform: 'node', external: EXTERNAL, plugins, logLevel: 'silent' });
  const { output } = await build.write({ dir: OUT, format: 'esm', entryFileNames: '[name]-[hash].js', chunkFileNames: '[name]-[hash].js' });
  await build.close();
  const main = output.find((file) => file.type === 'chunk' && file.isEntry)?.fileName;
  const own = reach(MAIN, graph, (path) => !path.startsWith(COMMANDS));
  for (const name of ['almagest', ...BUNDLED]) {
    const entry = join(COMMANDS, `${name}.ts`);
    const reached = name === 'almagest' ? new Set<string>() : reach(entry, graph, () => true);
    const culprits = [...reached].filter((path) => byName.has(path)).map((path) => relative(ROOT, path));
    if (culprits.length > 0) throw new Error(`almagest ${name} loads code by name, so it cannot be bundled: ${culprits.join(', ')}`);
    const sources = new Set([...own, ...reached]);
    const files = [...sources].map((path) => stamps.get(relative(ROOT, path))).filter((stamp) => stamp !== undefined);
    writeJson(join(OUT, `${name}.json`), { main, sources: [...always, ...files] });
  }
  writeJson(BUILT, [...stamps.values()]);
  // Older chunks stay for a day: a command that began before may still load them.
  const written = new Set(output.map((file) => file.fileName));
  for (const name of readdirSync(OUT))
    if (name.endsWith('.js') && !written.has(name) && Date.now() - statSync(join(OUT, name)).mtimeMs > DAY_MS) rmSync(join(OUT, name));
}

/** Leaves the commands that run from their sources out of the bundle; the launcher never gets there. */
function chooseCommands(): Plugin {
  return {
    name: 'choose-commands',
    resolveId(source, importer) {
      const name = /^\.\/commands\/(.*)\.ts$/.exec(source)?.[1];
      if (name === undefined || BUNDLED.has(name) || !importer?.endsWith('command-table.ts')) return null;
      return { id: `../../src/commands/${name}.ts`, external: true };
    },
  };
}

/**
 * Parts of Node that take milliseconds to load and that most runs never use: loaded at the first call of a function.
 * Own sources alone, and the parser of the command line, which can start programs but never does here.
 */
const LATE: Readonly<Record<string, readonly string[]>> = {
  'node:crypto': ['createHash', 'createHmac', 'hash', 'randomBytes', 'randomUUID', 'timingSafeEqual'],
  'node:zlib': ['crc32', 'gunzipSync', 'gzipSync', 'inflateRawSync', 'inflateSync', 'deflateSync', 'deflateRawSync'],
  'node:child_process': ['execFile', 'execFileSync', 'fork', 'spawn', 'spawnSync'],
};

function loadLate(): Plugin {
  return {
    name: 'load-late',
    resolveId(source, importer) {
      const own = importer !== undefined && (!importer.includes('node_modules') || importer.includes('/commander/'));
      return source in LATE && own ? `\0late:${source}` : null;
    },
    load(id) {
      const source = id.startsWith('\0late:') ? id.slice(6) : '';
      const names = LATE[source];
      if (names === undefined) return null;
      const part = `process.getBuiltinModule('${source}')`;
      const functions = names.map((name) => `export const ${name} = (...args) => ${part}.${name}(...args);`);
      return [...functions, `export default { ${names.join(', ')} };`].join('\n');
    },
  };
}

/** Makes modules find their data files from where the bundle lies, refuses those that find code so, and stamps each. */
function keepPlaces(stamps: Map<string, Stamp>, byName: Set<string>): Plugin {
  return {
    name: 'keep-places',
    transform(code, id) {
      if (id.includes('node_modules') || !id.startsWith(ROOT)) return null;
      const path = relative(ROOT, id);
      stamps.set(path, stampOf(path));
      if (/import\.meta\.(url|filename|resolve)|\bimport\((?!['"])/.test(code.replaceAll(/\/\*[^]*?\*\/|\/\/.*/g, ''))) byName.add(id);
      const folder = JSON.stringify(`/${relative(OUT, dirname(id))}`);
      return code.includes('import.meta.dirname') ? code.replaceAll('import.meta.dirname', `(import.meta.dirname + ${folder})`) : null;
    },
  };
}

/** Notes what each module imports, modules included that only pass names on and leave no code. */
function recordGraph(graph: Map<string, readonly string[]>): Plugin {
  return {
    name: 'record-graph',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const info = this.getModuleInfo(id);
        if (info) graph.set(id, [...info.importedIds, ...info.dynamicallyImportedIds]);
      }
    },
  };
}

function reach(from: string, graph: ReadonlyMap<string, readonly string[]>, follow: (path: string) => boolean): Set<string> {
  const seen = new Set<string>();
  const waiting = [from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (seen.has(path) || !follow(path)) continue;
    seen.add(path);
    waiting.push(...(graph.get(path) ?? []));
  }
  return seen;
}

function stampOf(path: string): Stamp {
  const { size, mtimeMs } = statSync(join(ROOT, path));
  return [path, size, mtimeMs];
}

/** Whole or not at all, since commands read it at any time. */
function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(value));
  renameSync(`${path}.${process.pid}`, path);
}

if (!isBuilt()) await bundle();
