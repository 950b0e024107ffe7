import { createRequire } from 'node:module';
import { isAbsolute, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { TaskNotFoundError } from '../errors.ts';
import type { Task } from './task.ts';

const registered = new Map<string, Task>();

/** Makes a task known by its name in this process; workers in other threads load tasks by module instead. */
export function registerTask(task: Task): void {
  const known = registered.get(task.name);
  if (known && known !== task) throw new TaskNotFoundError(`two tasks are named "${task.name}"; rename one`);
  registered.set(task.name, task);
}

/** Names of the registered tasks, sorted. */
export function registeredTasks(): readonly string[] {
  return [...registered.keys()].toSorted();
}

/**
 * Loads the task that a pipeline names.
 *
 * @param specifier - `module#export` (`@almagest/isr#isrTask`, `./my-task.ts#myTask`), or the name of a registered task.
 * @param baseDir - Folder that relative and installed modules are looked up from.
 * @throws {TaskNotFoundError} if the module or the export does not exist, or the export is no task.
 */
export async function loadTask(specifier: string, baseDir: string = process.cwd()): Promise<Task> {
  const at = specifier.lastIndexOf('#');
  if (at < 0) {
    const task = registered.get(specifier);
    if (task) return task;
    throw new TaskNotFoundError(
      `expected "module#export" or a registered task (${registeredTasks().join(', ') || 'none is registered'}); found "${specifier}"`,
    );
  }
  const module = await importModule(specifier.slice(0, at), baseDir, specifier);
  const task = module[specifier.slice(at + 1)];
  if (!isTask(task)) {
    const tasks = Object.keys(module).filter((key) => isTask(module[key]));
    throw new TaskNotFoundError(`"${specifier}" is no task; the module exports ${tasks.length > 0 ? tasks.join(', ') : 'none'}`);
  }
  return task;
}

async function importModule(name: string, baseDir: string, specifier: string): Promise<Record<string, unknown>> {
  try {
    return (await import(resolveModule(name, baseDir))) as Record<string, unknown>;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TaskNotFoundError(`cannot load the module of task "${specifier}" from ${baseDir}: ${reason}`, { cause });
  }
}

/** Resolves a module name against a folder: relative path, absolute path, or package installed there, else installed beside us. */
export function resolveModule(name: string, baseDir: string): string {
  if (name.startsWith('file:') || name.startsWith('node:')) return name;
  if (name.startsWith('.')) return pathToFileURL(join(baseDir, name)).href;
  if (isAbsolute(name)) return pathToFileURL(name).href;
  try {
    return pathToFileURL(createRequire(pathToFileURL(join(baseDir, 'from.js'))).resolve(name)).href;
  } catch {
    return import.meta.resolve(name);
  }
}

function isTask(value: unknown): value is Task {
  return typeof value === 'object' && value !== null && 'connections' in value && 'run' in value && 'configSchema' in value;
}
