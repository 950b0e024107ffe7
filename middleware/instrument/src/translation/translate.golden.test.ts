import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { expect, test } from 'vitest';
import { listCameras, loadCamera } from '../camera/load-camera.ts';
import { recognizeCamera } from '../camera/recognize.ts';
import { parseHeaderText } from '../header/header-record.ts';
import { observationInfoToJson } from '../properties/observation-info.ts';
import { PROPERTIES, PROPERTY_NAMES, type PropertyName } from '../properties/properties.ts';
import { correctHeader, translateHeader } from './translate.ts';

const FOLDER = dataPath('headers', 'astro_metadata_translator');
const expected = JSON.parse(readFileSync(join(import.meta.dirname, '../../test/golden/headers/expected.json'), 'utf8')) as Record<
  string,
  Record<string, unknown>
>;

/** One unit in the last place of astropy's two-double time is 5e-17 day; both sides round once or twice. Geocentric metres and angles differ by a few last places (9e-10 m) of the trigonometry. */
const TOLERANCE: Partial<Record<(typeof PROPERTIES)[PropertyName]['kind'], number>> = { time: 1.2e-14, location: 5e-9, radec: 5e-13 };

for (const [file, want] of Object.entries(expected)) {
  test.skipIf(!haveData)(`translates ${file} as the field's translator does`, () => {
    const raw = parseHeaderText(readFileSync(join(FOLDER, file), 'utf8'), file);
    const camera = recognizeCamera(
      raw,
      listCameras().map((name) => loadCamera(name)),
    );
    const correction = join(FOLDER, 'corrections', `${camera.name}-${String(raw.get('OBSID'))}.yaml`);
    const extra = existsSync(correction) ? parseHeaderText(readFileSync(correction, 'utf8')) : undefined;
    const { header } = correctHeader(raw, camera.translation, extra);
    const { info } = translateHeader(header, camera.translation, { camera: camera.name, strict: false });
    const got = observationInfoToJson(info);
    for (const name of PROPERTY_NAMES) {
      const tolerance = TOLERANCE[PROPERTIES[name].kind];
      const wanted = want[name] ?? null;
      if (tolerance === undefined || wanted === null || got[name] === null) expect.soft(got[name], name).toEqual(wanted);
      else
        for (const [i, w] of (wanted as number[]).entries())
          expect.soft(Math.abs(((got[name] as number[])[i] ?? NaN) - w), `${name}[${i}]`).toBeLessThanOrEqual(tolerance);
    }
  });
}
