import type { LoadingEngine, TapTable } from '@almagest/tap';
import type { Table } from '@almagest/table';
import { OBSCORE_TABLE, obsCoreRows, type Publisher } from './models/obscore.ts';
import { OBSPLAN_TABLE, obsPlanRows } from './models/obsplan.ts';
import type { ImageCatalog } from './storage/image-catalog.ts';
import { readVisits } from './storage/read-visits.ts';

export interface LiveObsCoreOptions {
  readonly engine: LoadingEngine;
  readonly catalog: ImageCatalog;
  /** Asked anew at every look, since a server learns its address late. */
  readonly publisher: () => Publisher;
  /** Least time between looks at the repository [s]; 10 unless told. */
  readonly everySec?: number;
}

/** Tables that are replaced live on for queries that had begun [ms]. */
const OLD_TABLES_MS = 120_000;

/**
 * `ivoa.ObsCore` and `ivoa.obsplan` that follow a repository: a query sees what was there ten seconds ago at the latest.
 *
 * The rows are held by the engine; they are loaded again, beside the old ones, when images or visits came or went.
 */
export function liveObsCore({ engine, catalog, publisher, everySec = 10 }: LiveObsCoreOptions): readonly TapTable[] {
  const follow = (name: string, read: () => Promise<{ key: string; rows: () => Table }>): (() => Promise<string>) => {
    let current: { readonly key: string; readonly table: string } | undefined;
    let looked = -Infinity;
    let looking: Promise<void> | undefined;
    let count = 0;
    const look = async (): Promise<void> => {
      const { key, rows } = await read();
      if (key === current?.key) return;
      const table = `${name}_${++count}`;
      await engine.loadTable(table, rows());
      const old = current;
      current = { key, table };
      if (old) setTimeout(() => void engine.dropTable(old.table).catch(() => undefined), OLD_TABLES_MS).unref();
    };
    return async () => {
      if (performance.now() - looked > everySec * 1000) {
        looked = performance.now();
        looking = look().finally(() => (looking = undefined));
        looking.catch(() => (looked = -Infinity));
      }
      // The first query waits for the rows, later ones only for a look that is under way.
      if (looking) await looking;
      return `"${current!.table}"`;
    };
  };
  const images = follow('almagest_live_obscore', async () => {
    const [records, who] = [await catalog.list(), publisher()];
    return { key: JSON.stringify([who, records.map(({ id }) => id)]), rows: () => obsCoreRows(records, who) };
  });
  const visits = follow('almagest_live_obsplan', async () => {
    const [found, who] = [await readVisits(catalog.butler), publisher()];
    return { key: JSON.stringify([who, found]), rows: () => obsPlanRows(found, who) };
  });
  return [
    { ...OBSCORE_TABLE, sql: images },
    { ...OBSPLAN_TABLE, sql: visits },
  ];
}
