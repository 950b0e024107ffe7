/** Runs commands in turn and measures the time that they take, by the clock and of the processor: other users of the machine change the latter less. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';

const PEERS: string = process.env['ALMAGEST_PEERS'] ?? join(import.meta.dirname, '../../../shared/peers');
const PYTHON = '/usr/bin/python3';

/** Files of the peers' harness, made where they are missing; undefined where it cannot run. */
export function simulate(folder: string, files: Readonly<Record<string, string>>): string | undefined {
  if (!existsSync(join(PEERS, 'make_sim.py'))) return undefined;
  const sim = process.env['ALMAGEST_SIM'] ?? join(folder, 'sim');
  const missing = Object.entries(files).filter(([, file]) => !existsSync(join(sim, file)));
  const only = missing.map(([product]) => product).join(',');
  if (missing.length > 0 && spawnSync(PYTHON, [join(PEERS, 'make_sim.py'), sim, '--only', only]).status !== 0) return undefined;
  return sim;
}

/** The harness's configuration of SWarp and the header of its result. */
export function prepareSwarp(out: string, sim: string, name: string): readonly string[] {
  mkdirSync(out, { recursive: true });
  spawnSync(PYTHON, [join(PEERS, 'peer_jobs.py'), 'make-head', join(sim, 'sci.fits'), join(out, `${name}.head`)]);
  const rules = `-c /dev/null -HEADER_SUFFIX .head -WEIGHT_TYPE NONE -RESAMPLING_TYPE LANCZOS3 -WRITE_XML N -VERBOSE_TYPE QUIET -NTHREADS 1`;
  return [
    ...rules.split(' '),
    '-RESAMPLE_DIR',
    out,
    '-VMEM_DIR',
    out,
    '-IMAGEOUT_NAME',
    join(out, `${name}.fits`),
    '-WEIGHTOUT_NAME',
    join(out, `${name}.weight.fits`),
  ];
}

/** Figures of merit against the truth. */
export function judge(...args: readonly string[]): Record<string, unknown> {
  const { stdout } = spawnSync(PYTHON, [join(PEERS, 'quality.py'), ...args], { encoding: 'utf8' });
  return JSON.parse(stdout) as Record<string, unknown>;
}

export interface TimedCommand {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

/** Seconds that a command took. */
export interface Cost {
  /** Of the processor in user mode, all threads together. */
  readonly user: number;
  /** Of the clock. */
  readonly wall: number;
}

/** Least seconds of each command over the rounds, in which they take turns; absent where one cannot run. */
export function measureCosts(commands: readonly TimedCommand[], rounds: number): Map<string, Cost> {
  const best = new Map<string, Cost>();
  const failed = new Set<string>();
  for (let round = 0; round < rounds; round++)
    for (const { name, command, args } of commands) {
      if (failed.has(name)) continue;
      const cost = costOf(command, args);
      if (cost === undefined) {
        failed.add(name);
        continue;
      }
      const known = best.get(name) ?? cost;
      best.set(name, { user: Math.min(known.user, cost.user), wall: Math.min(known.wall, cost.wall) });
    }
  return best;
}

/** Runs under the shell's own clock, which tells the child's user time. */
function costOf(command: string, args: readonly string[]): Cost | undefined {
  const script = 'TIMEFORMAT="%U %R"; time "$@" > /dev/null 2>&1';
  const done = spawnSync('bash', ['-c', script, 'bash', command, ...args], { encoding: 'utf8' });
  if (done.status !== 0) return undefined;
  const [user = Number.NaN, wall = Number.NaN] = done.stderr.trim().split(/\s+/).slice(-2).map(Number);
  return { user, wall };
}
