import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type PreparedRun, prepareRun, runDigest } from './mock-run.ts';
import type { SurveyOptions } from './survey.ts';

export interface KillOptions {
  readonly survey: SurveyOptions;
  readonly kills: number;
  readonly seed: number;
  /** Kills a worker process rather than the coordinator in this share of the cases. */
  readonly workerShare: number;
}

export interface KillReport {
  readonly kills: { readonly coordinator: number; readonly worker: number };
  readonly runs: number;
  readonly quanta: number;
  /** Runs whose files or registered ids were not those of an undisturbed one. */
  readonly wrong: readonly string[];
}

const ENTRY = new URL('./mock-coordinator.ts', import.meta.url).pathname;

/**
 * Kills a mock run with SIGKILL at random moments until it comes through, again and again until there were enough kills, and compares the
 * outputs of each run with those of an undisturbed one.
 */
export async function killRuns(scratch: string, { survey, kills, seed, workerShare }: KillOptions): Promise<KillReport> {
  const random = generator(seed);
  const reference = await prepareRun(mkdtempSync(join(scratch, 'ref-')), survey);
  const durationMs = await finish(reference, 'thread');
  const [expected, expectedIds] = [runDigest(reference.root).digest, idsOf(reference)];
  const count = { coordinator: 0, worker: 0 };
  const wrong: string[] = [];
  let runs = 0;
  while (count.coordinator + count.worker < kills) {
    const prepared = await prepareRun(mkdtempSync(join(scratch, 'run-')), survey);
    const kind = random() < workerShare ? 'process' : 'thread';
    // Up to three deaths of the coordinator in a run; in processes also of workers, which the run outlives.
    for (let deaths = 0; deaths < 3 && count.coordinator + count.worker < kills;) {
      const child = start(prepared, kind);
      const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
      await begun(child, ended);
      while (child.exitCode === null && child.signalCode === null && count.coordinator + count.worker < kills) {
        await Promise.race([new Promise((resolve) => setTimeout(resolve, 20 + random() * 0.4 * durationMs)), ended]);
        if (child.exitCode !== null) break;
        const worker = kind === 'process' && random() < 0.7 ? childOf(child.pid, random()) : undefined;
        if (worker === undefined) {
          child.kill('SIGKILL');
          count.coordinator++;
          await ended;
        } else if (killed(worker)) count.worker++;
      }
      deaths++;
      if (child.exitCode !== null) break;
      if (child.signalCode === null) child.kill('SIGKILL');
      await ended;
    }
    await finish(prepared, kind);
    runs++;
    const { digest, files } = runDigest(prepared.root);
    if (digest !== expected) wrong.push(`run ${runs}: other files (${files.length})`);
    if (idsOf(prepared) !== expectedIds) wrong.push(`run ${runs}: other registered ids`);
  }
  return { kills: count, runs, quanta: reference.graph.tasks.reduce((sum, task) => sum + task.count, 0), wrong };
}

function start({ graphPath, provenancePath, root }: PreparedRun, kind: string): ChildProcess {
  return fork(ENTRY, [graphPath, provenancePath, root, kind, registryOf(root)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

const registryOf = (root: string): string => `${root}.registry`;

/** Runs to the end; gives the milliseconds. */
async function finish(prepared: PreparedRun, kind: string): Promise<number> {
  const begin = performance.now();
  const code = await new Promise<number | null>((resolve) => start(prepared, kind).on('exit', (status) => resolve(status)));
  if (code !== 0) throw new Error(`the undisturbed run ended with ${code}`);
  return performance.now() - begin;
}

/** Waits for the first sign of work, or for the end. */
async function begun(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  await Promise.race([new Promise((resolve) => child.once('message', resolve)), ended]);
}

function killed(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // It ended by itself in between.
  }
}

/** Ids that the stand-in registry knows, sorted. */
function idsOf({ root }: PreparedRun): string {
  const path = registryOf(root);
  return existsSync(path) ? [...new Set(readFileSync(path, 'utf8').trim().split('\n'))].toSorted().join() : '';
}

/** One of the processes that another has started; `choice` from 0 to 1 says which. */
function childOf(pid: number | undefined, choice: number): number | undefined {
  const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean),
  );
  const found = children[Math.floor(choice * children.length)];
  return found === undefined ? undefined : Number(found);
}

/** Mulberry32, by Tommy Ettinger (public domain). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let value = Math.imul(state ^ (state >>> 15), state | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
}
