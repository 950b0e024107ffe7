import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { HeaderFileError } from '../errors.ts';
import { translateFile } from '../translation/translate-file.ts';
import {
  formatIndex,
  formatSidecar,
  parseIndex,
  parseSidecar,
  readIndex,
  readSidecar,
  sidecarPath,
  writeIndex,
  writeSidecar,
} from './sidecar.ts';

test('names the sidecar after the raw', () => {
  expect(['a/b.fits', 'b.fits.fz', 'c.fit.gz'].map(sidecarPath)).toEqual(['a/b.json', 'b.json', 'c.json']);
});

test.skipIf(!haveData)("reads the field's sidecars, and its own come back equal", async () => {
  const folder = dataPath('headers', 'astro_metadata_translator');
  const entry = parseSidecar(readFileSync(join(folder, 'fitsheader-hsc.json'), 'utf8'));
  expect(entry.translator).toBe('HSC');
  expect(entry.info).toMatchObject({ exposure_id: 904024, detector_unique_name: '1_12', focus_z: null });
  expect(parseSidecar(formatSidecar(entry))).toEqual(entry);
  for (const file of ['obsinfo-full.json', 'obsinfo-full-extensions.json']) {
    expect(parseSidecar(readFileSync(join(folder, file), 'utf8')).info).toMatchObject({ instrument: 'TestCam', altaz_end: [110.5, 64.5] });
  }
  expect(() => parseSidecar(readFileSync(join(folder, 'bad-sidecar.json'), 'utf8'))).toThrow(HeaderFileError);
  expect(() => parseSidecar(readFileSync(join(folder, 'fitsheader-hsc-HSCA04090107.json'), 'utf8'))).toThrow(/untranslated/);
});

test.skipIf(!haveData)('an index keeps what files share once and gives every entry back', async () => {
  const entries = new Map(
    await Promise.all(
      ['m92010_M92_V.fits', 'm92011_M92_V.fits'].map(async (file) => {
        const [t] = await translateFile(dataPath('m92-kpno-1987/raw', file));
        return [file, { translator: 'KPNO-RCA1', info: t!.info }] as const;
      }),
    ),
  );
  const text = formatIndex(entries);
  expect((JSON.parse(text) as { __COMMON__: object }).__COMMON__).toMatchObject({ instrument: 'KPNO-RCA1', exposure_time: 60 });
  expect(parseIndex(text)).toEqual(entries);
  const folder = await mkdtemp(join(tmpdir(), 'almagest-sidecar-'));
  const [[, first]] = [...entries] as [[string, never]];
  await writeIndex(folder, entries);
  expect(await readSidecar(await writeSidecar(join(folder, 'x.fits'), first))).toEqual(first);
  expect(await readIndex(folder)).toEqual(entries);
  await rm(folder, { recursive: true });
});

test.each(['', '[]', '"x"', '{"telescope": 3}', '{"nonsense": 1}', '{"exposure_time": -1}', '{"datetime_begin": [1]}'])(
  'refuses the sidecar %s',
  (text) => {
    expect(() => parseSidecar(text)).toThrow();
  },
);
