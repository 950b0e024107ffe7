import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler } from '@almagest/butler';
import { fitsBytes, Header, imageHdu } from '@almagest/fits';
import type { RawExposure } from '@almagest/instrument';
import { expect, test } from 'vitest';
import { datasetsOf, ingestSurvey, openOrCreate } from './repository.ts';

const CAMERA = `format: almagest-camera/1
name: Attic
title: A camera that ships with nobody
origin: This test.
filters: [{ name: clear, band: clear }]
detectorTypes:
  ccd:
    { size: [8, 6], pixelMm: 0.01, gain: 2, readNoise: 5, saturation: 65535, amplifiers: [{ name: A, box: [0, 0, 8, 6], rawData: [0, 0, 8, 6] }] }
detectors: [{ id: 0, name: CCD, type: ccd }]
maxExposureId: 4294967295
translation:
  extends: fits
  match: "$INSTRUME == 'Attic camera'"
  properties:
    telescope: { const: attic }
    instrument: { const: Attic }
    exposure_id: { expr: secondsSince2000(datetime_begin) }
    datetime_end: { expr: 'addSeconds(datetime_begin, exposure_time)' }
    detector_num: { const: 0 }
    detector_name: { const: CCD }
    detector_unique_name: { const: CCD }
    detector_exposure_id: { expr: exposure_id }
    physical_filter: { const: clear }
    observation_id: { expr: text(exposure_id) }
    observation_type: { const: science }
    boresight_rotation_coord: { const: unknown }
`;

test('raws of a camera that comes as a file of its own are taken in and read, also by a process that knows the repository alone', async () => {
  const work = mkdtempSync(join(tmpdir(), 'almagest-own-'));
  try {
    const root = join(work, 'repo');
    writeFileSync(join(work, 'attic.yaml'), CAMERA);
    const header = Header.of({ INSTRUME: 'Attic camera', 'DATE-OBS': '2026-11-20T01:00:00', EXPTIME: 5 });
    writeFileSync(join(work, 'one.fits'), await fitsBytes([imageHdu({ data: new Uint16Array(48).fill(300), shape: [6, 8], header })]));
    await (await openOrCreate(root, join(work, 'attic.yaml')))[Symbol.asyncDispose]();
    rmSync(join(work, 'attic.yaml'));
    {
      await using butler = await openOrCreate(root, undefined);
      expect(await ingestSurvey(butler, [work], { root, mode: 'copy' })).toMatchObject({ ingested: [{}], failures: [] });
    }
    await using butler = await Butler.open(root);
    const [ref] = await datasetsOf(butler, 'raw', ['Attic/raw/all']);
    const raw = (await butler.get(ref!, {}, { storageClass: 'RawExposure' })) as RawExposure;
    expect(raw).toMatchObject({ camera: { name: 'Attic' }, detector: { name: 'CCD' }, info: { exposure_time: 5 } });
    expect(raw.amplifiers[0]!.data[0]).toBe(300);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
