/**
 * `almagest subtract` on a simulated 4096 x 4096 pair, files in to files out, beside HOTPANTS where it is installed (HOTPANTS names
 * it), and beside SWarp's resampling of the template, of which HOTPANTS took 4.1 times the time and 5.4 times the processor time when
 * both were measured together on one thread (13.5 and 3.31 s, 12.8 and 2.38 s; ../shared/peers/README.md). Ours has two threads.
 *
 * The pair comes aligned, as HOTPANTS needs it, and as it was taken, so that ours resamples too.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cost, judge, measureCosts, prepareSwarp, simulate, type TimedCommand } from './differencing/peer-run.ts';

const HOTPANTS_PER_SWARP: Cost = { user: 12.8 / 2.38, wall: 13.5 / 3.31 };
const TARGET = 0.25;
const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-subtract-'));
const print = (line: object): void => console.log(JSON.stringify({ bench: 'differencing-subtract', ...line }));

try {
  const sim = simulate(folder, { sci: 'sci.fits', ref: 'ref.fits' });
  if (sim === undefined) print({ skipped: 'no simulated pair: ../shared/peers with numpy and astropy is needed' });
  else run(sim);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(sim: string): void {
  const at = (name: string): string => join(folder, name);
  const sci = join(sim, 'sci.fits');
  const swarp = [join(sim, 'ref.fits'), ...prepareSwarp(folder, sim, 'aligned'), '-SUBTRACT_BACK', 'N', '-COMBINE_TYPE', 'AVERAGE'];
  const rules =
    '-iu 90000 -il -100 -ig 1 -ir 7 -tu 13500 -tl -200 -tg 69.2 -tr 0.32 -tp -130 -c t -n i -nsx 16 -nsy 16 -v 0 ' +
    '-ng 3 6 0.45 4 0.90 2 1.80 -r 10 -rss 12 -ko 2 -bgo 2';
  const hotpants = ['-inim', sci, '-tmplim', at('aligned.fits'), '-outim', at('hotpants.fits'), ...rules.split(' ')];
  const ours = (template: string, out: string): readonly string[] => [cli, 'subtract', sci, template, at(out), '--json'];
  const commands: TimedCommand[] = [
    { name: 'SWarp', command: 'SWarp', args: swarp },
    { name: 'HOTPANTS', command: process.env['HOTPANTS'] ?? 'hotpants', args: hotpants },
    { name: 'aligned', command: process.execPath, args: ours(at('aligned.fits'), 'aligned-difference.fits') },
    { name: 'as taken', command: process.execPath, args: ours(join(sim, 'ref.fits'), 'difference.fits') },
  ];
  const costs = measureCosts(commands, Number(process.env['ALMAGEST_RUNS'] ?? '3'));
  const swarpCost = costs.get('SWarp');
  const measured = costs.get('HOTPANTS');
  const peer = measured === undefined ? 'HOTPANTS, from its recorded ratio to SWarp' : 'HOTPANTS';
  const peerCost = measured ?? (swarpCost && scaled(swarpCost));
  for (const [name, file] of [
    ['aligned', 'aligned-difference.fits'],
    ['as taken', 'difference.fits'],
  ] as const) {
    const own = costs.get(name);
    if (own === undefined) continue;
    const ratio =
      peerCost === undefined
        ? {}
        : {
            peer,
            peer_s: rounded(peerCost.wall),
            ratio: rounded(own.wall / peerCost.wall),
            peer_user_s: rounded(peerCost.user),
            user_ratio: rounded(own.user / peerCost.user),
          };
    const quality = judge('transients', sim, at(file)) as { 'at_5.0'?: object; 'at_5.5'?: object; core_chi2_bright?: number };
    print({
      pair: name,
      ours_s: own.wall,
      ours_user_s: own.user,
      ...ratio,
      target: TARGET,
      at5: quality['at_5.0'],
      at55: quality['at_5.5'],
      coreChi2: quality.core_chi2_bright,
    });
  }
  if (measured !== undefined) print({ pair: 'aligned', peer: 'HOTPANTS', quality: judge('transients', sim, at('hotpants.fits')) });
}

function scaled({ user, wall }: Cost): Cost {
  return { user: user * HOTPANTS_PER_SWARP.user, wall: wall * HOTPANTS_PER_SWARP.wall };
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
