import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Butler, checkRepository } from '../../src/index.ts';
import { insertCamera } from '../test-repository.ts';

/** A disk of a few megabytes in memory; undefined where mounting is not allowed. */
function mountSmallDisk(): string | undefined {
  const place = mkdtempSync(join(tmpdir(), 'almagest-small-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'tmpfs', place], { stdio: 'ignore' });
    return place;
  } catch {
    rmSync(place, { recursive: true });
    console.log('skipped: a small disk cannot be mounted here (needs root)');
    return undefined;
  }
}

const disk = mountSmallDisk();

test.skipIf(disk === undefined)(
  'a disk that really fills up loses nothing, leaves nothing, and is used again when there is room',
  async () => {
    try {
      await using butler = await Butler.create(join(disk!, 'repo'), { run: 'u/me' });
      await insertCamera(butler);
      await butler.registerDatasetType({ name: 'pixel', dimensions: ['htm9'], storageClass: 'StructuredDataDict' });
      writeFileSync(join(disk!, 'ballast'), new Uint8Array(4 << 20));
      let put = 0;
      let failed = 0;
      const value = (i: number): object => ({ i, text: 'x'.repeat(20_000) });
      for (; put < 1000 && failed < 3;) {
        try {
          await butler.put(value(put), 'pixel', { htm9: 2_000_000 + put });
          put += 1;
        } catch (error) {
          failed += 1;
          expect(error).toMatchObject({
            fault: 'environment',
            code: expect.stringMatching(/^butler\.(artifact-not-written|database-unreachable)$/) as string,
          });
        }
      }
      expect([failed, put > 20]).toEqual([3, true]);
      rmSync(join(disk!, 'ballast'));
      await using again = await Butler.open(join(disk!, 'repo'), { writeable: true, run: 'u/me' });
      expect((await again.queryDatasets('pixel')).length).toBe(put);
      expect((await checkRepository(again, { checksums: true })).problems).toEqual([]);
      await again.put(value(put), 'pixel', { htm9: 2_000_000 + put });
      expect(await again.get('pixel', { htm9: 2_000_000 + put })).toEqual(value(put));
    } finally {
      execFileSync('umount', ['-l', disk!]);
      rmSync(disk!, { recursive: true, force: true });
    }
  },
);
