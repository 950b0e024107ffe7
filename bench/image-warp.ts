/** Lanczos-3 resampling of a 4096 x 4096 frame, files in to files out, one thread, against SWarp on the same frame. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';
import { printRatio } from './native/run-native.ts';

const N = 4096;
const RUNS = 3;
const folder = mkdtempSync(join(tmpdir(), 'almagest-bench-warp-'));
const cli = join(import.meta.dirname, '../apps/cli/bin/almagest.mjs');

function wcsCards(angle: number, scale: number): Record<string, number | string> {
  const [c, s] = [Math.cos(angle) * scale, Math.sin(angle) * scale];
  const place = { CTYPE1: 'RA---TAN', CTYPE2: 'DEC--TAN', CRVAL1: 150.1, CRVAL2: 2.2, CRPIX1: 2048.5, CRPIX2: 2048.5 };
  return { ...place, CD1_1: -c, CD1_2: s, CD2_1: s, CD2_2: c };
}

function secondsOf(command: string, args: readonly string[]): number | undefined {
  const times: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const start = performance.now();
    const done = spawnSync(command, args, { cwd: folder });
    if (done.status !== 0) return undefined;
    times.push((performance.now() - start) / 1000);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(RUNS / 2)];
}

try {
  const data = Float32Array.from({ length: N * N }, (_, k) => 1000 + 30 * Math.sin(k * 12.9898) + ((k * 7919) % 40_009 === 0 ? 5e4 : 0));
  const write = async (name: string, angle: number, scale: number): Promise<void> =>
    writeFileSync(join(folder, name), await fitsBytes([imageHdu({ data, shape: [N, N], header: Header.of(wcsCards(angle, scale)) })]));
  await write('frame.fits', 0.01, 5.6e-5);
  await write('grid.fits', 0, 5.55e-5);
  const head = Header.of({ NAXIS: 2, NAXIS1: N, NAXIS2: N, EQUINOX: 2000, RADESYS: 'ICRS', ...wcsCards(0, 5.55e-5) });
  const cards = new TextDecoder().decode(head.toBytes()).match(/.{80}/g) ?? [];
  writeFileSync(
    join(folder, 'swarp.head'),
    `${cards
      .map((card) => card.trimEnd())
      .filter((card) => card !== '')
      .join('\n')}\n`,
  );
  const ours = secondsOf(process.execPath, [cli, 'image', 'warp', 'frame.fits', 'ours.fits', '--like', 'grid.fits']);
  const rules =
    '-c /dev/null -IMAGEOUT_NAME swarp.fits -WEIGHTOUT_NAME swarp.weight.fits -SUBTRACT_BACK N -RESAMPLING_TYPE LANCZOS3 ' +
    '-COMBINE_TYPE AVERAGE -WRITE_XML N -NTHREADS 1 -VERBOSE_TYPE QUIET';
  const swarp = secondsOf('SWarp', ['frame.fits', ...rules.split(' ')]);
  if (ours === undefined) throw new Error('almagest image warp failed');
  printRatio({ bench: 'Lanczos-3, files in to files out', ours, peer: 'SWarp', peerSeconds: swarp, target: 0.35 });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
