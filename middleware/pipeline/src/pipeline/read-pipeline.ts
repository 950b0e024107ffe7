import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseDocument } from 'yaml';
import { parseConfigText, parseFlatConfig } from '../config/dump.ts';
import { isPlainObject } from '../config/layers.ts';
import { PipelineFileError } from '../errors.ts';
import { resolveModule } from '../task/registry.ts';
import {
  checkPipelineFile,
  type ConfigBlock,
  type ConfigBlockFile,
  type Contract,
  importsOf,
  type PipelineDocument,
  type PipelineFile,
  type PipelineImport,
  type Subset,
  type TaskEntry,
} from './document.ts';

/**
 * Reads a pipeline file with everything that it imports.
 *
 * @param location - Path, `@almagest/room/pipelines/name.yaml`, or either followed by `#selection` (see {@link selectTasks}).
 * @throws {PipelineFileError} if a file is missing, malformed, imports itself, or defines a label twice.
 */
export function readPipelineDocument(location: string): PipelineDocument {
  return readWithImports(findPipelineFile(location, process.cwd()), []);
}

/** Parses pipeline YAML that is not in a file; imports and classes are relative to `baseDir`. */
export function parsePipelineDocument(text: string, baseDir: string = process.cwd(), where = 'pipeline'): PipelineDocument {
  return mergeImports(checkPipelineFile(parseYamlText(text, where), where), baseDir, where, []);
}

function readWithImports(path: string, above: readonly string[]): PipelineDocument {
  if (above.includes(path)) throw new PipelineFileError(`pipelines import each other: ${[...above, path].join(' -> ')}`);
  return mergeImports(checkPipelineFile(parseYamlText(readText(path), path), path), dirname(path), path, [...above, path]);
}

function mergeImports(file: PipelineFile, baseDir: string, where: string, above: readonly string[]): PipelineDocument {
  const tasks = new Map<string, TaskEntry>();
  const subsets = new Map<string, Subset>();
  const contracts: Contract[] = [];
  const parameters: Record<string, unknown> = {};
  const steps: PipelineDocument['steps'][number][] = [];
  let { instrument } = file;
  for (const entry of importsOf(file)) {
    const imported = trimImport(readWithImports(findPipelineFile(entry.location, baseDir), above), entry, where);
    for (const [label, task] of imported.tasks) {
      if (tasks.has(label)) throw new PipelineFileError(`${where}: two imports define task "${label}"; exclude it from one of them`);
      tasks.set(label, task);
    }
    for (const [name, subset] of imported.subsets) {
      if (subsets.has(name)) throw new PipelineFileError(`${where}: two imports define subset "${name}"`);
      subsets.set(name, subset);
    }
    contracts.push(...imported.contracts);
    steps.push(...imported.steps);
    Object.assign(parameters, imported.parameters);
    instrument ??= imported.instrument;
  }
  Object.assign(parameters, file.parameters);
  for (const [label, entry] of Object.entries(file.tasks ?? {}))
    tasks.set(label, mergeTask(tasks.get(label), entry, { label, baseDir, where }));
  for (const entry of file.contracts ?? [])
    contracts.push(typeof entry === 'string' ? { contract: entry, message: '' } : { contract: entry.contract, message: entry.msg ?? '' });
  for (const [name, entry] of Object.entries(file.subsets ?? {})) {
    if (tasks.has(name)) throw new PipelineFileError(`${where}: "${name}" is both a task and a subset`);
    subsets.set(
      name,
      isLabelList(entry) ? { labels: entry, description: '' } : { labels: entry.subset, description: entry.description ?? '' },
    );
  }
  for (const [name, { labels }] of subsets)
    for (const label of labels)
      if (!tasks.has(label)) throw new PipelineFileError(`${where}: subset "${name}" names task "${label}", which does not exist`);
  steps.push(...(file.steps ?? []));
  for (const step of steps) if (!subsets.has(step.label)) throw new PipelineFileError(`${where}: step "${step.label}" is no subset`);
  const head = { description: file.description, parameters, tasks, contracts, subsets, steps };
  return instrument === undefined ? head : { ...head, instrument };
}

/** A local entry for an imported label adds to it; another class replaces it. */
function mergeTask(
  imported: TaskEntry | undefined,
  entry: NonNullable<PipelineFile['tasks']>[string],
  { label, baseDir, where }: { readonly label: string; readonly baseDir: string; readonly where: string },
): TaskEntry {
  const full = typeof entry === 'string' ? { class: entry } : entry;
  const config = configBlocks(full.config, `${where}, task "${label}"`, baseDir);
  const own = { class: full.class, baseDir, config, connections: full.connections ?? {}, resources: full.resources ?? {} };
  if (!imported || imported.class !== own.class) return own;
  return {
    ...imported,
    config: [...imported.config, ...own.config],
    connections: { ...imported.connections, ...own.connections },
    resources: { ...imported.resources, ...own.resources },
  };
}

function isBlocks(config: NonNullable<RawConfig>): config is readonly ConfigBlockFile[] {
  return Array.isArray(config);
}

type RawConfig = Exclude<NonNullable<PipelineFile['tasks']>[string], string>['config'];

function configBlocks(config: RawConfig, source: string, baseDir: string): readonly ConfigBlock[] {
  if (config === undefined) return [];
  if (!isBlocks(config)) return [{ source, values: config }];
  return config.flatMap(({ dataId, file, values = {} }) => {
    const when = dataId === undefined ? {} : { dataId };
    const blocks: ConfigBlock[] = [];
    if (file !== undefined) {
      const path = resolve(baseDir, file);
      const text = readText(path);
      blocks.push({ ...when, source: path, values: path.endsWith('.py') ? parseFlatConfig(text, path) : parseConfigText(text, path) });
    }
    if (Object.keys(values).length > 0) blocks.push({ ...when, source, values });
    return blocks;
  });
}

function trimImport(document: PipelineDocument, entry: PipelineImport, where: string): PipelineDocument {
  if (entry.include !== undefined && entry.exclude !== undefined)
    throw new PipelineFileError(`${where}: import of ${entry.location} has both include and exclude`);
  const expand = (labels: string | readonly string[]): string[] =>
    [labels].flat().flatMap((name) => {
      if (document.tasks.has(name)) return [name];
      const subset = document.subsets.get(name);
      if (!subset) throw new PipelineFileError(`${where}: ${entry.location} has no task or subset "${name}"`);
      return subset.labels;
    });
  const excluded = new Set(entry.exclude === undefined ? [] : expand(entry.exclude));
  const included = entry.include === undefined ? undefined : new Set(expand(entry.include));
  const keep = (label: string): boolean => (included ? included.has(label) : !excluded.has(label));
  const rename = (label: string): string => entry.rename?.[label] ?? label;
  const tasks = new Map([...document.tasks].filter(([label]) => keep(label)).map(([label, task]) => [rename(label), task]));
  const subsets = new Map(
    [...document.subsets]
      .filter(([, { labels }]) => entry.labeledSubsetModifyMode === 'EDIT' || labels.every(keep))
      .map(([name, subset]) => [name, { ...subset, labels: subset.labels.filter(keep).map(rename) }]),
  );
  const contracts = entry.importContracts ? document.contracts : [];
  return { ...document, tasks, subsets, contracts, steps: document.steps.filter((step) => subsets.has(step.label)) };
}

/** Finds a pipeline file: absolute, relative to a folder, or inside an installed package. */
export function findPipelineFile(location: string, baseDir: string): string {
  const tried = isAbsolute(location) ? location : resolve(baseDir, location);
  if (existsSync(tried)) return tried;
  const parts = location.split('/');
  const name = parts.slice(0, location.startsWith('@') ? 2 : 1).join('/');
  try {
    let dir = dirname(fileURLToPath(resolveModule(name, baseDir)));
    while (!existsSync(join(dir, 'package.json')) && dirname(dir) !== dir) dir = dirname(dir);
    const path = join(dir, ...parts.slice(name.split('/').length));
    if (existsSync(path)) return path;
  } catch {
    // reported below, with the path that most people mean
  }
  throw new PipelineFileError(`no pipeline file "${location}" (looked at ${tried} and in installed packages)`);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new PipelineFileError(`cannot read ${path}`, { cause });
  }
}

function parseYamlText(text: string, where: string): unknown {
  const document = parseDocument(text, { uniqueKeys: true });
  const problem = document.errors[0];
  if (problem) throw new PipelineFileError(`${where}: ${problem.message}`);
  const data: unknown = document.toJS({ maxAliasCount: 100 });
  if (!isPlainObject(data)) throw new PipelineFileError(`${where}: expected a mapping with description and tasks`);
  return data;
}

type SubsetEntry = NonNullable<PipelineFile['subsets']>[string];

function isLabelList(entry: SubsetEntry): entry is readonly string[] {
  return Array.isArray(entry);
}
