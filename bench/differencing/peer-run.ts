/** Runs commands in turn and measures the processor time that they take: other users of the machine change it less than the clock. */
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
  const rules = `-c /dev/null -HEADER_SUFFIX NONE -WEIGHT_TYPE NONE -RESAMPLING_TYPE LANCZOS3 -WRITE_XML N -VERBOSE_TYPE QUIET -NTHREADS 1`;
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

/** Least processor seconds of each command over the rounds, in which they take turns; absent where one cannot run. */
export function processorSeconds(commands: readonly TimedCommand[], rounds: number): Map<string, number> {
  const best = new Map<string, number>();
  const failed = new Set<string>();
  for (let round = 0; round < rounds; round++)
    for (const { name, command, args } of commands) {
      if (failed.has(name)) continue;
      const children = childSeconds(command, args);
      if (children === undefined) failed.add(name);
      else best.set(name, Math.min(best.get(name) ?? Number.POSITIVE_INFINITY, children));
    }
  return best;
}

/** Runs under the shell's own clock, which tells the child's user time. */
function childSeconds(command: string, args: readonly string[]): number | undefined {
  const script = 'TIMEFORMAT="%U"; time "$@" > /dev/null 2>&1';
  const done = spawnSync('bash', ['-c', script, 'bash', command, ...args], { encoding: 'utf8' });
  return done.status === 0 ? Number(done.stderr.trim().split(/\s+/).at(-1)) : undefined;
}
