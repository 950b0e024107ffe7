/** Two nights of detections become objects in an alert database, then alerts in a log, which a filter looks through. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { alertDetector, AlertLog, compileFilter, fromWire, packetSchema, packetType } from '@almagest/alerts';
import { createApdb } from '@almagest/apdb';
import { associateVisit } from '@almagest/association';
import { circleDeg } from '@almagest/sphere';
import { type Column, getColumn, makeColumn, makeTable, type Table } from '@almagest/table';

const folder = mkdtempSync(join(tmpdir(), 'two-nights-'));
const apdb = await createApdb({ address: join(folder, 'apdb.sqlite3') });
const log = await AlertLog.open(join(folder, 'alerts'));
const field = circleDeg(150, 2, 0.5);

function column(name: string, values: readonly number[]): Column {
  return makeColumn({ name, datatype: 'float64', data: Float64Array.from(values) });
}

/** Twenty detections in a row; the fifth star brightens. */
function detections(night: number, midpointMjdTai: number): Table {
  const stars = Array.from({ length: 20 }, (_, i) => i);
  return makeTable([
    column(
      'ra',
      stars.map((i) => 150 + i / 100 + (night * 0.05) / 3600),
    ),
    column(
      'dec',
      stars.map(() => 2),
    ),
    column(
      'psfFlux',
      stars.map((i) => (i === 5 ? 1000 * (1 + 4 * night) : 1000)),
    ),
    ...['psfFluxErr', 'snr', 'x', 'y'].map((name) =>
      column(
        name,
        stars.map(() => 50),
      ),
    ),
    column(
      'midpointMjdTai',
      stars.map(() => midpointMjdTai),
    ),
    makeColumn({ name: 'band', datatype: 'string', data: stars.map(() => 'r') }),
  ]);
}

for (const night of [0, 1]) {
  const visit = BigInt(night + 1);
  const visitMjdTai = 61_364 + night;
  const objects = await apdb.getDiaObjects(field);
  const history = await apdb.getDiaSources({
    diaObjectIds: getColumn(objects, 'diaObjectId').data as BigInt64Array,
    untilMjdTai: visitMjdTai,
  });
  const result = associateVisit({ visit, detector: 0, visitMjdTai, sources: detections(night, visitMjdTai), objects, history });
  await apdb.store({
    visit,
    detector: 0,
    visitMjdTai,
    processedMjdTai: visitMjdTai + 0.001,
    objects: result.objects,
    sources: result.sources,
  });
  const sent = await alertDetector(apdb, log, visit, 0, {}); // images would give stamps
  console.log(`night ${night}: ${result.newCount} new objects, ${result.updatedCount} seen again, ${sent.appended} alerts`);
}

const type = packetType(packetSchema());
const filter = compileFilter('SELECT diaObject.diaObjectId AS object, psfFlux WHERE psfFlux > 3 * max(prvDiaSources.psfFlux)', type.node);
for (const entry of await log.read(0, 100)) {
  const packet = type.decode(fromWire(entry.bytes).packet);
  if (filter.passes(packet)) console.log('brightened:', filter.select(packet)); // the fifth star: 5000 nJy
}
await log.close();
await apdb.close();
rmSync(folder, { recursive: true });
