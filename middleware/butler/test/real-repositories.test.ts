import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeRegion, htmEnvelope } from '@almagest/sphere';
import { dataPath, haveData } from '@almagest/test-data';
import { afterAll, expect, test } from 'vitest';
import { Butler, IncompatibleRepositoryError, SqliteDatabase, SqlRegistry } from '../src/index.ts';
import { skypixEnvelope } from '../src/dimensions/region.ts';
import { sql } from 'kysely';

const folder = mkdtempSync(join(tmpdir(), 'almagest-real-'));
afterAll(() => rmSync(folder, { recursive: true }));

test.skipIf(!haveData)('reads every dataset of a repository that the Python Butler made in 2022 (universe 2)', async () => {
  await using butler = await Butler.open(dataPath('butler', 'metricvalue_repo1'));
  expect(butler.universe.version).toBe(2);
  const refs = await butler.queryDatasets('*', { collections: ['testrun'] });
  expect(refs).toHaveLength(15);
  const values = await Promise.all(refs.map(async (ref) => (await butler.get(ref)) as { metric: string; value: number }));
  for (const [i, value] of values.entries())
    expect([value.metric, typeof value.value]).toEqual([refs[i]!.datasetType.name.replace('metricvalue_verify_', 'verify.'), 'number']);
  const dated = await butler.queryDatasets('metricvalue_verify_testing', {
    collections: ['testrun'],
    where: "metricvalue_verify_testing.ingest_date > T'2022-08-05 20:07:00' AND instrument = 'TestCam' AND visit = 54321",
  });
  expect(dated.map((ref) => ref.dataId.get('detector')).toSorted((a, b) => Number(a) - Number(b))).toEqual([12, 25]);
});

test.skipIf(!haveData)('refuses to write to an older layout, and says what to do', async () => {
  cpSync(dataPath('butler', 'metricvalue_repo1'), join(folder, 'copy'), { recursive: true });
  await expect(Butler.open(join(folder, 'copy'), { writeable: true })).rejects.toThrow(
    /layout 1\.0\.0; this release writes 2\.0\.0\. It can be opened for reading\. Migrate it/,
  );
});

test.skipIf(!haveData)('opens a real registry of universe 0, and finds the pixels of its regions as the field did', async () => {
  const file = join(folder, 'gen3.sqlite3');
  writeFileSync(file, gunzipSync(readFileSync(dataPath('jointcal-cfht-d3', 'butler-registry-gen3.sqlite3.gz'))));
  const db = await SqliteDatabase.open(file, { readOnly: true });
  const registry = await SqlRegistry.open(db, { records: { table: 'file_datastore_records', datastore: 'x' }, now: () => 0n });
  expect([registry.universe.version, (await registry.queryDatasetTypes()).map((type) => type.name)]).toEqual([
    0,
    ['calexp', 'camera', 'sdss_dr9_fink_v5b', 'skyMap', 'sourceTable_visit', 'visitSummary'],
  ]);
  for (const element of ['visit', 'visit_detector_region', 'patch', 'tract']) {
    const keys = registry.universe.get(element).required;
    const rows = await db.all(sql`SELECT * FROM ${sql.table(element)}`);
    for (const row of rows) {
      const region = new Uint8Array(Buffer.from(String(row['region']), 'base64'));
      const match = keys.map((key) => sql`${sql.ref(key)} = ${row[key === element ? 'id' : key]!}`);
      const stored = await db.all(
        sql`SELECT skypix_index FROM ${sql.table(`${element}_skypix_overlap`)} WHERE ${sql.join(match, sql` AND `)} ORDER BY 1`,
      );
      const found = new Set(skypixEnvelope(region, { system: 'htm', level: 7 }));
      expect([element, stored.every((pixel) => found.has(Number(pixel['skypix_index']))), found.size - stored.length <= 2]).toEqual([
        element,
        true,
        true,
      ]);
      expect(htmEnvelope(7, decodeRegion(region)).bounds.length).toBeGreaterThan(0);
    }
  }
  await registry.close();
});

test('refuses databases that hold something else', async () => {
  const path = join(folder, 'other.sqlite3');
  const db = await SqliteDatabase.open(path);
  await db.createTable({
    name: 'butler_attributes',
    columns: [
      { name: 'name', type: 'text' },
      { name: 'value', type: 'text' },
    ],
    primaryKey: ['name'],
  });
  await db.insert('butler_attributes', ['name', 'value'], [['config:registry.managers.collections', 'somebody.else.NameKeyManager']]);
  await expect(SqlRegistry.open(db, { records: { table: 't', datastore: 'x' }, now: () => 0n })).rejects.toThrow(
    IncompatibleRepositoryError,
  );
  await db.close();
  await expect(Butler.open(folder)).rejects.toMatchObject({ code: 'butler.no-repository' });
});
