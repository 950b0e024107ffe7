import type { Apdb } from '@almagest/apdb';
import type { Exposure } from '@almagest/image';
import { findColumn, getColumn, makeColumn, rowsOf, type Table, takeRows, withColumn } from '@almagest/table';
import { cutStamp } from '../cutout/stamp.ts';
import { type EncodedPacket, encodePackets } from '../packet/encode-packets.ts';
import { PACKET_SCHEMA_ID, packetSchema } from '../packet/packet-schema.ts';
import { toWire } from '../packet/wire-format.ts';
import type { AlertLog, AppendOutcome } from '../stream/alert-log.ts';

export interface AlertImages {
  /** Images of one detector, with WCS; stamps come from those that are given. */
  readonly difference?: Exposure;
  readonly science?: Exposure;
  readonly template?: Exposure;
}

export interface AlertOptions {
  /** Side of the stamps [pixel]. */
  readonly sidePixels?: number;
  /** Add variance, mask and PSF to the stamps. */
  readonly planes?: boolean;
  /** Least reliability of a source that is sent; sources without one are sent. */
  readonly minReliability?: number;
}

/** Side of stamps unless told [pixel]. */
export const DEFAULT_SIDE = 30;

/** Makes the packets of one visit and detector that is stored in the alert database, with histories of twelve months. */
export async function* packetsOfDetector(
  apdb: Apdb,
  visit: bigint,
  detector: number,
  images: AlertImages,
  options: AlertOptions = {},
): AsyncGenerator<EncodedPacket> {
  const stored = await apdb.getVisitDetector(visit, detector);
  if (!stored) return;
  const sources = wanted(await apdb.getVisitSources(visit, detector), options.minReliability ?? 0);
  if (sources.nrows === 0) return;
  const objectIds = getColumn(sources, 'diaObjectId');
  const ids = BigInt64Array.from(new Set(Array.from(objectIds.data as BigInt64Array).filter((_, i) => !objectIds.nulls?.[i])));
  const window = { diaObjectIds: ids, untilMjdTai: stored.visitMjdTai };
  const ssIds = findColumn(sources, 'ssObjectId');
  const moving = Array.from((ssIds?.data ?? new BigInt64Array(0)) as BigInt64Array).filter((_, i) => !ssIds?.nulls?.[i]);
  const ssSources = moving.length > 0 ? await apdb.getRows('SSSource', getColumn(sources, 'diaSourceId').data as BigInt64Array) : undefined;
  const orbits = ssSources && (await orbitsOf(apdb, ssSources));
  const ra = getColumn(sources, 'ra').data as Float64Array;
  const dec = getColumn(sources, 'dec').data as Float64Array;
  const stamp = (exposure: Exposure | undefined, row: number): Uint8Array | undefined =>
    exposure &&
    cutStamp(
      exposure,
      { ra: ra[row]!, dec: dec[row]! },
      { sidePixels: options.sidePixels ?? DEFAULT_SIDE, planes: options.planes ?? false, cards: [['BUNIT', 'nJy']] },
    );
  yield* encodePackets({
    sources,
    history: await apdb.getDiaSources(window),
    forced: await apdb.getDiaForcedSources(window),
    objects: await apdb.getDiaObjectsById(ids),
    ...(ssSources ? { ssSources } : {}),
    ...(orbits ? { orbits } : {}),
    cutouts: (row) => ({
      difference: stamp(images.difference, row),
      science: stamp(images.science, row),
      template: stamp(images.template, row),
    }),
  });
}

/** Orbits of the predicted objects, with the id that the packet finds them by. */
async function orbitsOf(apdb: Apdb, ssSources: Table): Promise<Table> {
  const byName = new Map<string, bigint>();
  for (const row of rowsOf(ssSources))
    if (row['designation'] !== null) byName.set(row['designation'] as string, row['ssObjectId'] as bigint);
  const orbits = await apdb.getOrbits([...byName.keys()]);
  const data = BigInt64Array.from(rowsOf(orbits), (row) => byName.get(row['designation'] as string)!);
  return withColumn(orbits, makeColumn({ name: 'ssObjectId', datatype: 'int64', data }));
}

/** Packets of one transaction of the log. */
const BATCH = 500;

/** Makes the packets of a detector and logs them, each source once however often this is called. */
export async function alertDetector(
  apdb: Apdb,
  log: AlertLog,
  visit: bigint,
  detector: number,
  images: AlertImages,
  options: AlertOptions = {},
): Promise<AppendOutcome> {
  if ((await log.findSchema(PACKET_SCHEMA_ID)) === undefined) await log.putSchema(PACKET_SCHEMA_ID, packetSchema());
  let outcome: AppendOutcome = { appended: 0, duplicates: 0, nextOffset: log.endOffset };
  let batch: EncodedPacket[] = [];
  const flush = async (): Promise<void> => {
    const part = await log.append(
      batch.map(({ diaSourceId, ra, dec, midpointMjdTai, bytes }) => ({
        key: diaSourceId,
        ra,
        dec,
        mjdTai: midpointMjdTai,
        bytes: toWire(PACKET_SCHEMA_ID, bytes),
      })),
    );
    outcome = { appended: outcome.appended + part.appended, duplicates: outcome.duplicates + part.duplicates, nextOffset: part.nextOffset };
    batch = [];
  };
  for await (const packet of packetsOfDetector(apdb, visit, detector, images, options)) {
    batch.push(packet);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
  return outcome;
}

function wanted(sources: Table, minReliability: number): Table {
  const reliability = findColumn(sources, 'reliability');
  const withdrawn = findColumn(sources, 'timeWithdrawnMjdTai');
  const rows = Array.from({ length: sources.nrows }, (_, i) => i).filter((i) => {
    if (withdrawn && !withdrawn.nulls?.[i] && !Number.isNaN(withdrawn.data[i])) return false;
    return !reliability || reliability.nulls?.[i] || !((reliability.data[i] as number) < minReliability);
  });
  return takeRows(sources, rows);
}
