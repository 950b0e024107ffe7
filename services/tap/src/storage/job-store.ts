import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '@almagest/resources';
import type { Job } from '../models/job.ts';

/** Keeps jobs in a folder, one folder each, so that they outlive the process; a job file is replaced in one rename. */
export interface JobStore {
  readonly all: () => readonly Job[];
  find(id: string): Job | undefined;
  put(job: Job): Promise<void>;
  remove(id: string): Promise<void>;
  /** Where the files of a job are kept. */
  folderOf(id: string): string;
}

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Opens the store and reads the jobs that an earlier process left. A job file that cannot be read is set aside, not lost. */
export async function openJobStore(folder: string): Promise<JobStore> {
  makeFolder(folder);
  const jobs = new Map<string, Job>();
  for (const name of await readdir(folder)) {
    if (!ID.test(name)) continue;
    const job = await readJob(join(folder, name, 'job.json'));
    if (job) jobs.set(job.id, job);
  }
  let writes: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const next = writes.then(work, work);
    writes = next.catch(() => undefined);
    return next;
  };
  return {
    all: () => [...jobs.values()],
    find: (id) => jobs.get(id),
    folderOf: (id) => join(folder, id),
    put: (job) => {
      jobs.set(job.id, job);
      return inTurn(async () => {
        const dir = join(folder, job.id);
        await mkdir(dir, { recursive: true });
        const temporary = join(dir, 'job.json.part');
        await writeFile(temporary, JSON.stringify(jobs.get(job.id) ?? job));
        await rename(temporary, join(dir, 'job.json'));
      });
    },
    remove: (id) => {
      jobs.delete(id);
      return inTurn(() => rm(join(folder, id), { recursive: true, force: true }));
    },
  };
}

async function readJob(path: string): Promise<Job | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Job;
  } catch {
    await rename(path, `${path}.unreadable`).catch(() => undefined);
    return undefined;
  }
}
