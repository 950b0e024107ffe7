/** Makes a repository, names data by what they are, certifies a calibration for a time, and asks why an answer is empty. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Butler, checkRepository, registerInstrument } from '@almagest/butler';
import { loadCamera } from '@almagest/instrument';
import { taiNsFromIso } from '@almagest/time';

const folder = mkdtempSync(join(tmpdir(), 'butler-'));
const butler = await Butler.create(join(folder, 'repo'));
const instrument = await registerInstrument(butler, loadCamera('simcam-tiny'));
const at = (text: string): bigint => taiNsFromIso(text, { scale: 'tai' });

await butler.registerDatasetType({ name: 'gain', dimensions: ['detector'], storageClass: 'StructuredDataDict', isCalibration: true });
const spring = await butler.put({ gain: 1.52 }, 'gain', { instrument, detector: 0 }, { run: 'calib/spring' });
const autumn = await butler.put({ gain: 1.55 }, 'gain', { instrument, detector: 0 }, { run: 'calib/autumn' });
await butler.registry.registerCollection('calib', 'CALIBRATION', 'Gains by season');
await butler.registry.certify('calib', [spring], { begin: undefined, end: at('2026-09-01') });
await butler.registry.certify('calib', [autumn], { begin: at('2026-09-01'), end: undefined });

const moment = at('2026-11-20T02:00:00');
const valid = await butler.get(
  'gain',
  { instrument, detector: 0 },
  { collections: ['calib'], timespan: { begin: moment, end: moment + 1n } },
);
console.log('valid in November:', valid);

await butler.registry.registerCollection('best', 'CHAINED');
await butler.registry.editChain('best', 'redefine', ['calib', 'calib/autumn', 'calib/spring']);
const runs = await butler.queryDatasets('gain', { collections: ['calib/*'], findFirst: false, orderBy: ['gain.run'] });
console.log('all gains:', runs.map((ref) => ref.run).join(', '));

const query = butler
  .query()
  .where("instrument = 'SimCam-tiny' AND detector.purpose = 'GUIDER'")
  .datasets({ type: 'gain', collections: ['best'] });
console.log('why nothing:', (await query.explainNoResults()).join('; '));
console.log('files and registry agree:', (await checkRepository(butler, { checksums: true })).problems.length === 0);

await butler.close();
rmSync(folder, { recursive: true });
