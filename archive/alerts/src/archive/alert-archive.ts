import { DatabaseSync, type StatementSync } from 'node:sqlite';
import {
  circleDeg,
  healpixEnvelope,
  iterateRanges,
  lonLatDeg,
  lonLatToNest,
  regionHas,
  type Region,
  unitFromLonLat,
} from '@almagest/sphere';
import type { AlertLog } from '../stream/alert-log.ts';

/** HEALPix order of the index (cells of 3.4 arcmin). */
const ORDER = 10;
const PAGE = 1000;

export interface AlertSearch {
  /** [deg] */
  readonly cone?: { readonly ra: number; readonly dec: number; readonly radiusDeg: number };
  readonly region?: Region;
  /** [MJD TAI] */
  readonly fromMjdTai?: number;
  /** Excluded [MJD TAI]. */
  readonly untilMjdTai?: number;
  readonly limit?: number;
}

export interface ArchivedAlert {
  readonly offset: number;
  readonly diaSourceId: bigint;
  readonly ra: number;
  readonly dec: number;
  readonly mjdTai: number;
}

/**
 * Finds the alerts of a log by id, time and place. The log holds the packets; this holds an index that can be made again at any time.
 */
export class AlertArchive {
  readonly #log: AlertLog;
  readonly #database: DatabaseSync;
  readonly #insert: StatementSync;

  private constructor(log: AlertLog, database: DatabaseSync) {
    this.#log = log;
    this.#database = database;
    this.#insert = database.prepare('INSERT OR IGNORE INTO alert VALUES (?, ?, ?, ?, ?, ?)');
  }

  /** Opens the index of a log in a SQLite file, and brings it up to date. */
  static async open(log: AlertLog, path: string): Promise<AlertArchive> {
    const database = new DatabaseSync(path, { timeout: 10_000 });
    database.exec(`PRAGMA journal_mode = WAL;
      CREATE TABLE IF NOT EXISTS alert (log_offset INTEGER PRIMARY KEY, id INTEGER NOT NULL, ra REAL NOT NULL, dec REAL NOT NULL, mjd_tai REAL NOT NULL, pixel INTEGER NOT NULL);
      CREATE INDEX IF NOT EXISTS alert_id ON alert (id);
      CREATE INDEX IF NOT EXISTS alert_time ON alert (mjd_tai);
      CREATE INDEX IF NOT EXISTS alert_place ON alert (pixel, mjd_tai);`);
    const archive = new AlertArchive(log, database);
    await archive.update();
    return archive;
  }

  /** Indexes what was added to the log since; returns how many alerts. */
  async update(): Promise<number> {
    const row = this.#database.prepare('SELECT max(log_offset) AS last FROM alert').get() as { last: number | null };
    let next = row.last === null ? 0 : row.last + 1;
    let added = 0;
    for (;;) {
      const entries = await this.#log.read(next, PAGE);
      if (entries.length === 0) return added;
      this.#database.exec('BEGIN IMMEDIATE');
      try {
        for (const { offset, key, ra, dec, mjdTai } of entries) {
          const { lon, lat } = lonLatDeg(ra, dec);
          this.#insert.run(offset, key, ra, dec, mjdTai, lonLatToNest(ORDER, lon, lat));
        }
        this.#database.exec('COMMIT');
      } catch (error) {
        this.#database.exec('ROLLBACK');
        throw error;
      }
      added += entries.length;
      next += entries.length;
    }
  }

  /** Alerts in order of time. */
  async search(search: AlertSearch): Promise<readonly ArchivedAlert[]> {
    await this.update();
    const region = search.region ?? (search.cone && circleDeg(search.cone.ra, search.cone.dec, search.cone.radiusDeg));
    const conditions = ['mjd_tai >= ?', 'mjd_tai < ?'];
    if (region) {
      const ranges = Array.from(iterateRanges(healpixEnvelope(ORDER, region)), ([begin, end]) => `(pixel >= ${begin} AND pixel < ${end})`);
      conditions.push(ranges.length === 0 ? '0' : `(${ranges.join(' OR ')})`);
    }
    const statement = this.#database.prepare(
      `SELECT log_offset, id, ra, dec, mjd_tai FROM alert WHERE ${conditions.join(' AND ')} ORDER BY mjd_tai, log_offset`,
    );
    statement.setReadBigInts(true);
    const out: ArchivedAlert[] = [];
    for (const row of statement.iterate(search.fromMjdTai ?? -1e9, search.untilMjdTai ?? 1e9) as Iterable<
      Record<string, number | bigint>
    >) {
      const [ra, dec] = [Number(row['ra']), Number(row['dec'])];
      if (region && !regionHas(region, unitFromLonLat(lonLatDeg(ra, dec)))) continue;
      out.push({ offset: Number(row['log_offset']), diaSourceId: row['id'] as bigint, ra, dec, mjdTai: Number(row['mjd_tai']) });
      if (out.length >= (search.limit ?? 10_000)) break;
    }
    return out;
  }

  close(): void {
    this.#database.close();
  }
}
