import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Apdb, openApdb } from '@almagest/apdb';
import type { Butler } from '@almagest/butler';
import { ingestCatalog, type IngestSummary } from '@almagest/catalogs';
import { makeFolder, writeFileAtomic } from '@almagest/resources';
import { getTable, surveySchema } from '@almagest/schema';
import { concatTables, type Table, writeParquet } from '@almagest/table';
import { datasetsOf } from './repository.ts';
import { nightCollections } from './night.ts';
import type { SurveyFolder } from './survey-folder.ts';
import { existsSync } from 'node:fs';

export interface PublishOptions {
  readonly instrument: string;
  readonly now: Date;
}

interface Published {
  readonly name: string;
  readonly schema: 'release' | 'apdb';
  readonly table: string;
  readonly key: string;
  readonly kind: 'object' | 'source';
}

/** Width of margins, so that neighbours are found across tiles [arcsec]. */
const MARGIN = 5;

/**
 * Makes the catalogues that people query from what the pipelines wrote: sources of the images, and objects, sources and forced sources of the
 * alert database. Catalogues of the same name are replaced, each at once.
 */
export async function publishCatalogs(survey: SurveyFolder, butler: Butler, options: PublishOptions): Promise<IngestSummary[]> {
  const summaries: IngestSummary[] = [];
  const publish = async (what: Published, table: Table | undefined): Promise<void> => {
    if (table && table.nrows > 0) summaries.push(await ingest(survey, table, what, options.now));
  };
  await publish(
    { name: 'Source', schema: 'release', table: 'Source', key: 'sourceId', kind: 'source' },
    await allSources(butler, options.instrument),
  );
  if (!existsSync(survey.apdb)) return summaries;
  const apdb = await openApdb({ address: survey.apdb });
  try {
    const rows = await apdbRows(apdb);
    await publish({ name: 'DiaObject', schema: 'apdb', table: 'DiaObject', key: 'diaObjectId', kind: 'object' }, rows.objects);
    await publish({ name: 'DiaSource', schema: 'apdb', table: 'DiaSource', key: 'diaSourceId', kind: 'source' }, rows.sources);
    await publish({ name: 'DiaForcedSource', schema: 'apdb', table: 'DiaForcedSource', key: 'diaObjectId', kind: 'source' }, rows.forced);
  } finally {
    await apdb.close();
  }
  return summaries;
}

async function allSources(butler: Butler, instrument: string): Promise<Table | undefined> {
  const { singleFrame } = nightCollections(instrument);
  if ((await butler.registry.findCollection(singleFrame)) === undefined) return undefined;
  const tables: Table[] = [];
  for (const ref of await datasetsOf(butler, 'source', [singleFrame])) tables.push((await butler.get(ref)) as Table);
  return tables.length === 0 ? undefined : concatTables(tables);
}

/** What the alert database added, as it is now. */
async function apdbRows(apdb: Apdb): Promise<Readonly<Record<'objects' | 'sources' | 'forced', Table>>> {
  const chunks = (await apdb.getReplicaChunks()).map(({ id }) => id);
  const sources = await apdb.getChunkRows('DiaSource', chunks);
  const forced = await apdb.getChunkRows('DiaForcedSource', chunks);
  const versions = await apdb.getChunkRows('DiaObject', chunks);
  const ids = BigInt64Array.from(new Set(versions.columns.find(({ name }) => name === 'diaObjectId')?.data as BigInt64Array));
  return { sources, forced, objects: await apdb.getDiaObjectsById(ids) };
}

async function ingest(survey: SurveyFolder, table: Table, what: Published, now: Date): Promise<IngestSummary> {
  makeFolder(survey.archive);
  const folder = await mkdtemp(join(survey.archive, '.publish-'));
  try {
    const path = join(folder, `${what.name}.parquet`);
    await writeFileAtomic(path, await writeParquet(table));
    return await ingestCatalog({
      archive: survey.archive,
      name: what.name,
      inputs: [path],
      raColumn: 'ra',
      decColumn: 'dec',
      kind: what.kind,
      marginArcsec: MARGIN,
      indexColumn: what.key,
      schema: getTable(surveySchema(what.schema), what.table),
      existing: 'replace',
      badPositions: 'drop',
      now,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
