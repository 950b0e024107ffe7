/**
 * `npm run bench [-- NAME...] [--json]`: runs the programs of bench/ one after the other and says of every line whether it is within
 * its target, against the peers that it finds. It ends with a line `N lines, M within target`.
 *
 * Each program writes JSON lines {bench, ours_s, peer, peer_s, ratio, target} and, where a peer is missing, a line with `skipped`.
 * A program that fails or takes too long is told and the rest go on. All together take less than 25 minutes on two idle cores: a
 * program has 5 minutes, and those that wait when 24 are over are left out and named, unless programs were asked for by name.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BenchLine, formatLine, judgeLine } from './bench-verdict.ts';
import { ROOT } from './rooms.ts';

const PROGRAM_MS = 300_000;
const ALL_MS = 24 * 60_000;
/** Those that take minutes come last, so that they alone are left out on a slow machine. */
const SLOW: readonly string[] = [
  'alerts-kafka',
  'apdb-growth',
  'butler-registry',
  'pipeline-execution',
  'tap-query',
  'prompt-latency',
  'measurement-psf-photometry',
  'measurement-crowded',
];

const dir = join(ROOT, 'bench');
const json = process.argv.includes('--json');
const wanted = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const slowness = (name: string): number => SLOW.indexOf(name.replace(/\.ts$/, ''));
const programs = (existsSync(dir) ? readdirSync(dir) : [])
  .filter((name) => name.endsWith('.ts') && (wanted.length === 0 || wanted.some((word) => name.includes(word))))
  .toSorted((a, b) => slowness(a) - slowness(b) || (a < b ? -1 : 1));
const counts = { judged: 0, within: 0, open: 0, skipped: 0 };
const troubles: string[] = [];
const frames = mkdtempSync(join(tmpdir(), 'almagest-bench-frames-'));
const started = Date.now();

const load = loadavg()[0] ?? 0;
console.log(`# ${availableParallelism()} cores, load ${load.toFixed(1)}${load > 0.5 ? ': times of a busy machine say little' : ''}`);
try {
  for (const program of programs) {
    if (wanted.length === 0 && Date.now() - started > ALL_MS) {
      troubles.push(`${program} was left out after ${ALL_MS / 60_000} minutes: npm run bench -- ${program.replace(/\.ts$/, '')}`);
      continue;
    }
    const begun = Date.now();
    console.log(`# ${program}`);
    const trouble = await run(program);
    if (trouble !== undefined) {
      troubles.push(`${program} ${trouble}`);
      console.log(`FAIL  ${program} ${trouble}`);
    }
    console.log(`# ${program}: ${((Date.now() - begun) / 1000).toFixed(0)} s`);
  }
} finally {
  rmSync(frames, { recursive: true, force: true });
}
for (const trouble of troubles) console.log(`# ${trouble}`);
console.log(`# ${counts.open} lines without a target, ${counts.skipped} skipped, ${troubles.length} programs failed or left out`);
console.log(`${counts.judged} lines, ${counts.within} within target`);
process.exitCode = troubles.length > 0 ? 1 : 0;

/** Runs a program to its end; what went wrong, if anything did. */
async function run(program: string): Promise<string | undefined> {
  // A group of its own, so that what it starts ends with it; simulated frames of the peers' harness are made once for all.
  const child = spawn(process.execPath, ['--expose-gc', join(dir, program)], {
    cwd: ROOT,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ALMAGEST_SIM: frames, ...process.env },
  });
  const stop = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  const interrupted = (): void => {
    stop();
    process.exit(130);
  };
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop();
  }, PROGRAM_MS);
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code === 0 ? undefined : `ended with ${signal ?? `code ${code}`}`));
  });
  createInterface({ input: child.stdout }).on('line', tell);
  const trouble = await ended;
  clearTimeout(timer);
  process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
  return late ? `was stopped after ${PROGRAM_MS / 1000} s` : trouble;
}

function tell(text: string): void {
  const line = parseLine(text);
  if (line === undefined) {
    console.log(text);
    if (text.includes('skipped') || text.includes('not installed')) counts.skipped++;
    return;
  }
  const verdict = judgeLine(line);
  if (verdict.skipped !== undefined) counts.skipped++;
  else if (verdict.pass === undefined) counts.open++;
  else counts.judged++;
  if (verdict.pass) counts.within++;
  console.log(json ? JSON.stringify({ ...line, pass: verdict.pass ?? null }) : formatLine(line, verdict));
}

function parseLine(text: string): BenchLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as BenchLine;
  } catch {
    return undefined;
  }
}
