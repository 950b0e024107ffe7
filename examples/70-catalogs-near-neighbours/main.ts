/** Ingests a catalogue as HATS, searches a cone, and finds close pairs tile by tile with the margin cache. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { catalogRelation, createDuckdbEngine, ingestCatalog, openCollection, regionRelation } from '@almagest/catalogs';
import { circleDeg } from '@almagest/sphere';

const folder = mkdtempSync(join(tmpdir(), 'almagest-example-'));
const lines = Array.from(
  { length: 2000 },
  (_, i) => `${i},${(150 + ((i * 0.618034) % 1)).toFixed(6)},${(2 + ((i * 0.754878) % 1)).toFixed(6)}`,
);
writeFileSync(join(folder, 'sources.csv'), `id,ra,dec\n${lines.join('\n')}\n`);

const { path, tiles, marginRows } = await ingestCatalog({
  archive: join(folder, 'catalogs'),
  name: 'sources',
  inputs: [join(folder, 'sources.csv')],
  raColumn: 'ra',
  decColumn: 'dec',
  maxRows: 200,
  marginArcsec: 60,
  indexColumn: 'id',
  now: new Date(),
});
console.log(`${tiles} tiles, ${marginRows ?? 0} rows of margin`);

const { primary, margins } = await openCollection(path);
const engine = await createDuckdbEngine();
async function count(sql: string): Promise<number> {
  const { batches } = await engine.run(sql);
  for await (const batch of batches) return Number(batch.columns[0]?.data[0]);
  return 0;
}
const distance = (a: string, b: string): string =>
  `2 * asin(sqrt(pow(sin(radians(${b}.dec - ${a}.dec) / 2), 2) + cos(radians(${a}.dec)) * cos(radians(${b}.dec)) * pow(sin(radians(${b}.ra - ${a}.ra) / 2), 2)))`;

const near = await regionRelation(primary, circleDeg(150.5, 2.5, 0.1));
console.log(
  `${await count(`SELECT count(*) FROM ${near} s, (SELECT 150.5 AS ra, 2.5 AS "dec") c WHERE ${distance('s', 'c')} <= radians(0.1)`)} sources within 0.1 degree`,
);

let pairs = 0;
for (const tile of primary.tiles) {
  const own = await catalogRelation({ ...primary, tiles: [tile] });
  const margin = margins[0]?.tiles.some((other) => other.order === tile.order && other.pixel === tile.pixel)
    ? await catalogRelation({ ...margins[0], tiles: [tile] })
    : `(SELECT * FROM ${own} WHERE false)`;
  pairs += await count(
    `SELECT count(*) FROM ${own} a, (SELECT * FROM ${own} UNION ALL SELECT * FROM ${margin}) b WHERE a.id < b.id AND ${distance('a', 'b')} < radians(60 / 3600)`,
  );
}
const all = await catalogRelation(primary);
console.log(
  `${pairs} pairs within an arcminute; ${await count(`SELECT count(*) FROM ${all} a, ${all} b WHERE a.id < b.id AND ${distance('a', 'b')} < radians(60 / 3600)`)} without tiles`,
);
await engine.close();
rmSync(folder, { recursive: true });
