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
    for (let k = 0; k < 4 && count.coordinator + count.worker < kills; k++) {
      const child = start(prepared, kind);
      const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
      const victim = kind === 'process' && random() < 0.7 ? 'worker' : 'coordinator';
      await wait(child, 60 + random() * durationMs, ended);
      if (child.exitCode !== null) break;
      const pid = victim === 'worker' ? childOf(child.pid) : child.pid;
      if (pid === undefined) child.kill('SIGKILL');
      else process.kill(pid, 'SIGKILL');
      count[pid === undefined ? 'coordinator' : victim]++;
      if (victim === 'worker' && pid !== undefined) await ended;
      else await ended;
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

/** Waits from the first sign of work, or until the run ends. */
async function wait(child: ChildProcess, ms: number, ended: Promise<unknown>): Promise<void> {
  const started = new Promise((resolve) => child.once('message', resolve));
  await Promise.race([started, ended]);
  await Promise.race([new Promise((resolve) => setTimeout(resolve, ms * 0.6)), ended]);
}

/** Ids that the stand-in registry knows, sorted. */
function idsOf({ root }: PreparedRun): string {
  const path = registryOf(root);
  return existsSync(path) ? [...new Set(readFileSync(path, 'utf8').trim().split('\n'))].toSorted().join() : '';
}

function childOf(pid: number | undefined): number | undefined {
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const children = readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim().split(' ').filter(Boolean);
    if (children[0] !== undefined) return Number(children[0]);
  }
  return undefined;
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
