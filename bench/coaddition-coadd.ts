/** `almagest coadd` of ten dithered 4096 x 4096 frames, files in to a file out, one thread, against SWarp on the same frames. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { judge, measureCosts, prepareSwarp, simulate } from './differencing/peer-run.ts';

const TARGET = 0.4;
const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-coadd-'));
const print = (line: object): void => console.log(JSON.stringify({ bench: 'coaddition-coadd', ...line }));

try {
  const sim = simulate(folder, { sci: 'sci.fits', dithers: 'dith_09.fits' });
  if (sim === undefined) print({ skipped: 'no simulated frames: ../shared/peers with numpy and astropy is needed' });
  else run(sim);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function run(sim: string): void {
  const frames = Array.from({ length: 10 }, (_, n) => join(sim, `dith_0${n}.fits`));
  const [ours, theirs] = ['ours.fits', 'swarp.fits'].map((name) => join(folder, name)) as [string, string];
  const costs = measureCosts(
    [
      {
        name: 'ours',
        command: process.execPath,
        args: [cli, 'coadd', ...frames, '--out', ours, '--like', join(sim, 'sci.fits'), '--weights', 'equal'],
      },
      {
        name: 'SWarp',
        command: 'SWarp',
        args: [...frames, ...prepareSwarp(folder, sim, 'swarp'), '-BACK_SIZE', '256', '-COMBINE_TYPE', 'AVERAGE'],
      },
    ],
    Number(process.env['ALMAGEST_RUNS'] ?? '2'),
  );
  const [own, peer] = [costs.get('ours'), costs.get('SWarp')];
  if (own === undefined) throw new Error('almagest coadd failed');
  const quality = { ours: judge('image', sim, ours, 'sci') };
  if (peer === undefined)
    print({ ours_s: own.wall, ours_user_s: own.user, peer: 'SWarp', skipped: 'SWarp is not installed', target: TARGET, ...quality });
  else
    print({
      ours_s: own.wall,
      ours_user_s: own.user,
      peer: 'SWarp',
      peer_s: peer.wall,
      ratio: rounded(own.wall / peer.wall),
      peer_user_s: peer.user,
      user_ratio: rounded(own.user / peer.user),
      target: TARGET,
      ...quality,
      theirs: judge('image', sim, theirs, 'sci'),
    });
}

function rounded(value: number): number {
  return Number(value.toFixed(3));
}
