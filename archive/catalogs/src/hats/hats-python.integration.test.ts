import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';
import { ingestCatalog } from '../ingest/ingest-catalog.ts';

/** A Python that has `hats` and `lsdb`, in an environment that is made once. */
const found = spawnSync(join(import.meta.dirname, '../../../../scripts/services/python-archive.sh'), { encoding: 'utf8' });
const python = found.status === 0 ? found.stdout.trim() : undefined;
if (python === undefined) console.log('hats and lsdb cannot be installed here: the tests against them are skipped');
const folder = mkdtempSync(join(tmpdir(), 'almagest-hats-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CHECK = `
import json, sys, warnings
warnings.simplefilter('ignore')
import hats, lsdb
import hats.io.validation as validation
path = sys.argv[1]
catalog = lsdb.open_catalog(path)
frame = catalog.compute()
print('RESULT' + json.dumps({
  'valid': bool(validation.is_valid_collection(path, strict=True)),
  'rows': len(frame), 'partitions': catalog.npartitions, 'margin': len(catalog.margin.compute()),
  'cone': len(catalog.cone_search(150.0, -30.0, 1800).compute()) if 'id' in frame.columns else len(catalog.cone_search(127.5, 1.5, 300).compute()),
  'pairs': len(catalog.crossmatch(catalog, radius_arcsec=4, n_neighbors=3, suffixes=('_a', '_b')).compute()),
  'sum': float(frame[sys.argv[2]].sum()),
}))
`;

test.skipIf(python === undefined || !haveData)(
  'a catalogue written here opens in hats and lsdb, strictly valid, with the same rows',
  async () => {
    const input = dataPath('refcats', 'SDSS_DR9.vot.gz');
    const { path, rows, tiles, marginRows } = await ingestCatalog({
      archive: folder,
      name: 'sdss',
      inputs: [input],
      raColumn: 'RA_ICRS',
      decColumn: 'DE_ICRS',
      maxRows: 1000,
      highestOrder: 12,
      marginArcsec: 10,
      now: new Date(),
    });
    const output = execFileSync(python as string, ['-c', CHECK, path, 'RA_ICRS'], { encoding: 'utf8' });
    const found = JSON.parse(output.slice(output.indexOf('RESULT') + 6)) as Record<string, number | boolean>;
    expect(found).toMatchObject({ valid: true, rows, partitions: tiles, margin: marginRows });
    expect(rows).toBe(12_405);
    expect(found['cone']).toBeGreaterThan(1000);
    expect(found['pairs']).toBeGreaterThanOrEqual(rows);
  },
);
