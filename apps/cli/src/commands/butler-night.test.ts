import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Butler } from '@almagest/butler';
import { openFits } from '@almagest/fits';
import type { RawExposure } from '@almagest/instrument';
import { openFile } from '@almagest/resources';
import { decodeRegion, regionHas, unitFromLonLat } from '@almagest/sphere';
import { readWcs } from '@almagest/wcs';
import { Command } from 'commander';
import { afterAll, expect, test, vi } from 'vitest';
import { register as registerButler } from './butler.ts';
import { register as registerSimulate } from './simulate.ts';

const dir = mkdtempSync(join(tmpdir(), 'almagest-night-'));
afterAll(() => rmSync(dir, { recursive: true }));

async function run(...args: readonly string[]): Promise<void> {
  const spy = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    const program = new Command().exitOverride();
    registerButler(program);
    registerSimulate(program);
    await program.parseAsync(args, { from: 'user' });
  } finally {
    spy.mockRestore();
  }
}

test('a simulated night comes in as raws, and the regions of its visits are where its truth says', async () => {
  const [night, repo] = [join(dir, 'night'), join(dir, 'repo')];
  await run('simulate', 'tiny', night, '--types', 'science', '--limit', '2');
  await run('butler', 'create', repo);
  await run('butler', 'register-instrument', repo, 'simcam-tiny');
  await run('butler', 'ingest-raws', repo, join(night, 'raw'), '-t', 'symlink', '--camera', 'simcam-tiny');
  await run('butler', 'define-visits', repo, 'simcam-tiny');
  await using butler = await Butler.open(repo, { collections: ['SimCam-tiny/raw/all'] });
  const raws = await butler.queryDatasets('raw', { orderBy: ['exposure'] });
  expect(raws).toHaveLength(2);
  const raw = (await butler.get(raws[0]!, {}, { storageClass: 'RawExposure' })) as RawExposure;
  expect([raw.detector.name, raw.info.observation_type, raw.amplifiers.length]).toEqual(['S00', 'science', 4]);
  for (const ref of raws) {
    const [record] = await butler.queryDimensionRecords('visit_detector_region', {
      dataId: { instrument: 'SimCam-tiny', visit: ref.dataId.get('exposure') },
    });
    const region = decodeRegion(record!.fields['region'] as Uint8Array);
    await using source = await openFile(fileURLToPath((await butler.getUris(ref))[0]!));
    const header = (await (await openFits(source)).hdus())
      .map((hdu) => hdu.header)
      .find((candidate) => candidate.getString('CTYPE1') !== undefined)!;
    const wcs = readWcs(header);
    const covers = (x: number, y: number): boolean => {
      const { ra, dec } = wcs.pixelToSky(x, y);
      return regionHas(region, unitFromLonLat({ lon: ra, lat: dec }));
    };
    expect([covers(0, 0), covers(511, 0), covers(511, 511), covers(0, 511)]).toEqual([true, true, true, true]);
    expect([covers(-600, 256), covers(1100, 256), covers(256, -600), covers(256, 1100)]).toEqual([false, false, false, false]);
  }
});
