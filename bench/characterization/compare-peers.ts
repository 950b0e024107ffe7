/** Runs tasks of the peers' harness with ours beside them and prints one JSON line a peer. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface PeerComparison {
  readonly bench: string;
  /** Frames that make_sim.py has to make. */
  readonly products: string;
  readonly tasks: readonly string[];
  /** Counted runs of each program; 3 unless told, ALMAGEST_RUNS above all. */
  readonly runs?: number;
  /** Ratio to reach, by peer or by task and peer. */
  readonly targets: Readonly<Record<string, number>>;
  /** Our programs by task, given how to start Node. */
  readonly ours: (node: string) => Readonly<Record<string, readonly { name: string; cmd: string; quality: string }[]>>;
  /** Figures of the judge to print. */
  readonly figures: readonly string[];
}

interface Line {
  readonly task: string;
  readonly peer?: string;
  readonly wall_s?: { readonly median: number };
  readonly quality?: Readonly<Record<string, unknown>>;
}

const PEERS = process.env['ALMAGEST_PEERS'] ?? join(import.meta.dirname, '../../../shared/peers');
const PYTHON = '/usr/bin/python3';

export function comparePeers(comparison: PeerComparison): void {
  const { bench, products, tasks } = comparison;
  const skip = (reason: string): void => console.log(JSON.stringify({ bench, skipped: reason }));
  if (!existsSync(join(PEERS, 'make_sim.py'))) return skip(`no peers' harness in ${PEERS}`);
  const work = mkdtempSync(join(tmpdir(), 'almagest-peers-'));
  try {
    const sim = process.env['ALMAGEST_SIM'] ?? join(work, 'sim');
    const missing = products.split(',').some((product) => !existsSync(join(sim, `${product}.fits`)));
    if (missing && spawnSync(PYTHON, [join(PEERS, 'make_sim.py'), sim, '--only', products]).status !== 0)
      return skip('make_sim.py did not run: numpy and astropy are needed');
    writeFileSync(join(work, 'ours.json'), JSON.stringify(comparison.ours(process.execPath)));
    const runs = process.env['ALMAGEST_RUNS'] ?? String(comparison.runs ?? 3);
    const args = [
      join(PEERS, 'bench_peers.py'),
      sim,
      join(work, 'out'),
      '--task',
      tasks.join(','),
      '--runs',
      runs,
      '--ours',
      join(work, 'ours.json'),
    ];
    const { stdout } = spawnSync(PYTHON, args, {
      encoding: 'utf8',
      // The command keeps its compiled modules; so do the programs here.
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/bin`, NODE_COMPILE_CACHE: join(tmpdir(), 'almagest-bench-modules') },
    });
    const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
    report(
      comparison,
      lines.map((line) => JSON.parse(line) as Line),
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function report({ bench, targets, figures }: PeerComparison, lines: readonly Line[]): void {
  const chosen = (line: Line): Record<string, unknown> => Object.fromEntries(figures.map((name) => [name, line.quality?.[name]]));
  for (const line of lines) {
    if (line.peer === undefined || line.peer === 'ours') continue;
    const own = lines.find((other) => other.task === line.task && other.peer === 'ours');
    if (!line.wall_s || !own?.wall_s) continue;
    const ratio = Number((own.wall_s.median / line.wall_s.median).toPrecision(3));
    const target = targets[`${line.task} ${line.peer}`] ?? targets[line.peer];
    console.log(
      JSON.stringify({
        bench,
        task: line.task,
        ours_s: own.wall_s.median,
        peer: line.peer,
        peer_s: line.wall_s.median,
        ratio,
        target,
        ours: chosen(own),
        theirs: chosen(line),
      }),
    );
  }
}
