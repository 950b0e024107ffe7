import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { combineBias, combineDark, combineFlat, combineSkyFlat, type FrameSource } from '@almagest/calibration';
import { openFits, writeFits } from '@almagest/fits';
import { createMaskedImage, exposureHdus, exposureOf, readExposure } from '@almagest/image';
import { createRandom } from '@almagest/numerics';
import { openFile, writeFileAtomic } from '@almagest/resources';

/*
 * Peak memory of combining N reduced frames of 1536 x 1536 (image, mask and variance: 28 MB each) from files: it must not grow with N.
 */

const SIDE = 1536;
const COUNTS = [6, 48];
const KINDS = ['bias', 'dark', 'flat', 'sky-flat'] as const;

const [kind, count, path] = process.argv.slice(2);
if (kind !== undefined && count !== undefined && path !== undefined) await combine(kind as (typeof KINDS)[number], Number(count), path);
else await compareCounts();

async function combine(what: (typeof KINDS)[number], n: number, file: string): Promise<void> {
  const frame: FrameSource = {
    width: SIDE,
    height: SIDE,
    read: async (y0 = 0, y1 = SIDE) => {
      await using source = await openFile(file);
      return (await readExposure(await openFits(source), { box: { x0: 0, y0, width: SIDE, height: y1 - y0 } })).maskedImage;
    },
  };
  const frames = Array.from({ length: n }, () => frame);
  const noise = { readVariance: 36, variancePerUnit: 1 };
  const options = { memoryBytes: 16 * 1024 * 1024 };
  if (what === 'bias') await combineBias(frames, noise, options);
  else if (what === 'dark')
    await combineDark(frames, frames.map(() => 30), noise, options); // prettier-ignore
  else if (what === 'flat') await combineFlat(frames, noise, options);
  else await combineSkyFlat(frames, options);
  console.log(JSON.stringify({ rss: process.resourceUsage().maxRSS / 1024 }));
}

async function compareCounts(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'almagest-bench-memory-'));
  try {
    const image = createMaskedImage(SIDE, SIDE);
    createRandom('memory').fillNormal(image.image.data, 1000, 30);
    const file = join(folder, 'frame.fits');
    await writeFileAtomic(file, writeFits(exposureHdus(exposureOf(image, { metadata: new Map() }))), { durable: false });
    for (const each of KINDS) {
      const peaks = COUNTS.map((n) => {
        const run = spawnSync(process.execPath, [import.meta.filename, each, String(n), file], { encoding: 'utf8' });
        if (run.status !== 0) throw new Error(`${each} of ${n} frames failed: ${run.stderr}`);
        return Math.round((JSON.parse(run.stdout) as { readonly rss: number }).rss);
      });
      const growth = (peaks.at(-1) ?? 0) / (peaks[0] ?? 1);
      console.log(
        JSON.stringify({
          bench: `combined ${each} of 1536 x 1536 frames from files, peak memory [MB]`,
          ...Object.fromEntries(COUNTS.map((n, k) => [`${n}_frames`, peaks[k]])),
          growth,
          target: 'growth 1.15',
          pass: growth <= 1.15,
        }),
      );
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
