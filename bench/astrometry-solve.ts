/**
 * Solving a field with a poor pointing against SCAMP, and blind against solve-field, each as a whole process on the same source
 * lists of a simulated 4k frame, and from the image itself. The frames and the peers' configuration come from ../shared/peers (ALMAGEST_PEERS).
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PEERS = process.env['ALMAGEST_PEERS'] ?? join(import.meta.dirname, '../../shared/peers');
const PYTHON = '/usr/bin/python3';
/** Ratio to reach against each peer. */
const TARGETS: Readonly<Record<string, number>> = { scamp: 0.3, 'solve-field star list': 1, 'solve-field image': 1 };

if (!existsSync(join(PEERS, 'make_sim.py')))
  console.log(JSON.stringify({ bench: 'astrometry-solve', skipped: `no peers' harness in ${PEERS}` }));
else run();

function run(): void {
  const work = mkdtempSync(join(tmpdir(), 'almagest-astrometry-'));
  try {
    const sim = process.env['ALMAGEST_SIM'] ?? join(work, 'sim');
    if (
      !existsSync(join(sim, 'refcat.fits')) &&
      spawnSync(PYTHON, [join(PEERS, 'make_sim.py'), sim, '--only', 'sci,astrom']).status !== 0
    ) {
      console.log(JSON.stringify({ bench: 'astrometry-solve', skipped: 'make_sim.py did not run: numpy and astropy are needed' }));
      return;
    }
    const once = `${process.execPath} ${join(import.meta.dirname, 'astrometry/solve-once.ts')} {out}/a_sci.cat {sim}/refcat.fits`;
    const image = `${process.execPath} ${join(import.meta.dirname, '../apps/cli/bin/almagest.mjs')} solve {out}/nowcs.fits --reference {sim}/refcat.csv --scale 0.21 --order 1 -o {out}/image.head`;
    const ours = {
      'astrom-one': [{ name: 'ours', cmd: `${once} {out}/ours.head --wcs {sim}/sci.badwcs`, quality: 'wcs {sim} sci {out}/ours.head' }],
      'solve-blind': [
        { name: 'ours', cmd: `${once} {out}/blind.head --scale 0.21`, quality: 'wcs {sim} sci {out}/blind.head' },
        { name: 'ours image', cmd: image, quality: 'wcs {sim} sci {out}/image.head' },
      ],
    };
    writeFileSync(join(work, 'ours.json'), JSON.stringify(ours));
    const args = [
      join(PEERS, 'bench_peers.py'),
      sim,
      join(work, 'out'),
      '--task',
      'astrom-one,solve-blind',
      '--runs',
      '3',
      '--ours',
      join(work, 'ours.json'),
    ];
    const { stdout } = spawnSync(PYTHON, args, {
      encoding: 'utf8',
      env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/bin` },
    });
    report(
      stdout
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line) as Line),
    );
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

interface Line {
  readonly task: string;
  readonly peer?: string;
  readonly wall_s?: { readonly median: number };
  readonly quality?: { readonly rms_mas?: number; readonly worst_mas?: number };
}

function report(lines: readonly Line[]): void {
  for (const line of lines) {
    if (line.peer === undefined || line.peer.startsWith('ours')) continue;
    const wanted = line.peer.endsWith(' image') ? 'ours image' : 'ours';
    const own = lines.find((other) => other.task === line.task && other.peer === wanted);
    if (!line.wall_s || !own?.wall_s) continue;
    const ratio = Number((own.wall_s.median / line.wall_s.median).toPrecision(3));
    const quality = { ours_rms_mas: own.quality?.rms_mas, peer_rms_mas: line.quality?.rms_mas };
    console.log(
      JSON.stringify({
        bench: line.task,
        ours_s: own.wall_s.median,
        peer: line.peer,
        peer_s: line.wall_s.median,
        ratio,
        target: TARGETS[line.peer],
        ...quality,
      }),
    );
  }
}
