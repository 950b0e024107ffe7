import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { createImage, createMask, exposureOf, maskedImageOf } from '@almagest/image';
import { afterAll, expect, test } from 'vitest';

const BIN = new URL('../../bin/almagest.mjs', import.meta.url).pathname;
const README = new URL('../../../../middleware/pipeline/README.md', import.meta.url).pathname;
// In the reach of the packages, as a file of a user's own package would be.
const scratch = mkdtempSync(join(import.meta.dirname, '../../.example-guide-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const guide = readFileSync(README, 'utf8').split('## Adding a task')[1]?.split('\n### ')[0] ?? '';
const block = (language: string): string => new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``).exec(guide)?.[1] ?? '';

test('the guide of the README adds a task in one file of under 60 lines, and its command runs it', async () => {
  const task = block('ts');
  const name = /^\/\/ (\S+)/.exec(task)?.[1] ?? '';
  expect(task.trim().split('\n').length).toBeLessThan(60);
  writeFileSync(join(scratch, name), task);
  writeFileSync(join(scratch, 'hot-pixels.yaml'), block('yaml'));
  const instrument = 'Cam';
  {
    await using butler = await Butler.create(join(scratch, 'repo'));
    await butler.insertDimensionData('instrument', [
      { name: instrument, visit_max: 9, visit_system: 0, exposure_max: 9, detector_max: 6, class_name: 'Cam' },
    ]);
    await butler.insertDimensionData('detector', [1, 2].map((id) => ({ instrument, id, full_name: `D${id}`, purpose: 'SCIENCE' }))); // prettier-ignore
    await butler.registerDatasetType({ name: 'darkFrame', dimensions: ['instrument', 'detector'], storageClass: 'ExposureF' });
    for (const detector of [1, 2]) {
      const image = createImage(8, 5);
      image.data[detector * 8 + 3] = 51;
      const dark = exposureOf(maskedImageOf(image, createMask(8, 5), createImage(8, 5)), {});
      await butler.put(dark, 'darkFrame', { instrument, detector }, { run: 'Cam/darks' });
    }
  }
  const [, ...words] = block('sh')
    .trim()
    .match(/"[^"]*"|\S+/g) as readonly string[];
  const args = words.map((word) => word.replaceAll('"', ''));
  const run = spawnSync(process.execPath, [BIN, ...args, '--json', '--progress', 'none'], { cwd: scratch, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toMatchObject({ total: 2, counts: { success: 2 } });
  await using butler = await Butler.open(join(scratch, 'repo'), { collections: ['u/me/hot'] });
  expect(await butler.get('hotPixels', { instrument, detector: 2 })).toEqual({ x: [3], y: [2] });
  const report = spawnSync(process.execPath, [BIN, 'report', 'u/me/hot', '-b', 'repo', '--json'], { cwd: scratch, encoding: 'utf8' });
  expect(JSON.parse(report.stdout)).toMatchObject({ tasks: [{ label: 'hotPixels', quanta: 2, counts: { success: 2 } }] });
}, 120_000);
