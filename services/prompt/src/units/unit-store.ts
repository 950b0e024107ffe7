import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { NextVisit } from '../announcements/next-visit.ts';
import { isGone } from './owner.ts';
import type { RawUnit, StageTime, Unit, UnitOutcome, UnitRecord, UnitSource, UnitState } from './unit.ts';

const TABLES = `
CREATE TABLE IF NOT EXISTS announcement (
  instrument TEXT NOT NULL, visit_group TEXT NOT NULL, body TEXT NOT NULL, announced_ms INTEGER NOT NULL, deadline_ms INTEGER NOT NULL,
  PRIMARY KEY (instrument, visit_group)) STRICT;
CREATE TABLE IF NOT EXISTS arrival (
  instrument TEXT NOT NULL, visit_group TEXT NOT NULL, detector INTEGER NOT NULL, state TEXT NOT NULL,
  preload TEXT, preload_begin_ms INTEGER, preload_end_ms INTEGER,
  PRIMARY KEY (instrument, visit_group, detector)) STRICT;
CREATE TABLE IF NOT EXISTS unit (
  instrument TEXT NOT NULL, exposure INTEGER NOT NULL, detector INTEGER NOT NULL, visit_group TEXT, observation TEXT, day INTEGER NOT NULL,
  shutter_close_ms REAL, state TEXT NOT NULL, source TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, owner TEXT, lease_ms INTEGER,
  raw_seen_ms REAL NOT NULL, outcome TEXT, stages TEXT NOT NULL DEFAULT '[]',
  PRIMARY KEY (instrument, exposure, detector)) STRICT;
CREATE INDEX IF NOT EXISTS unit_day ON unit (instrument, day);
CREATE TABLE IF NOT EXISTS raw_file (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, code TEXT, message TEXT) STRICT;
`;

/** What became of the announcement of one detector: `expected`, `arrived`, or `late` when the deadline passed without a raw. */
export type ArrivalState = 'expected' | 'arrived' | 'late';

export interface Arrival {
  readonly detector: number;
  readonly state: ArrivalState;
  readonly preload: { readonly startedMs: number; readonly endedMs: number; readonly report: unknown } | null;
}

export interface UnitStoreOptions {
  /** Time after which the claim of a process on another host counts as given up [ms]. */
  readonly leaseMs?: number;
  readonly readOnly?: boolean;
}

/** The first claim is granted and what it was; a refused one says why. */
export type Claim = { readonly granted: true; readonly resumed: boolean } | { readonly granted: false; readonly because: UnitState };

/**
 * The memory of prompt processing: announcements, arrivals, and which process works on which unit.
 *
 * A claim is one transaction, so that of many processes and many calls one gets it; it outlives a crash, and the next start takes over
 * what a dead process held.
 */
export class UnitStore {
  readonly #database: DatabaseSync;
  readonly #leaseMs: number;

  constructor(path: string, { leaseMs = 60_000, readOnly = false }: UnitStoreOptions = {}) {
    this.#database = new DatabaseSync(path, { readOnly, timeout: 30_000 });
    this.#leaseMs = leaseMs;
    if (readOnly) return;
    this.#database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;');
    this.#database.exec(TABLES);
  }

  /** Notes an announcement; told again, it changes nothing. @returns whether it is new. */
  announce(visit: NextVisit, detectors: readonly number[], nowMs: number, deadlineMs: number): boolean {
    return this.#transaction(() => {
      const { instrument, groupId } = visit;
      const added = this.#run('INSERT INTO announcement VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [instrument, groupId, JSON.stringify(visit), nowMs, deadlineMs]); // prettier-ignore
      for (const detector of detectors)
        this.#run("INSERT INTO arrival (instrument, visit_group, detector, state) VALUES (?, ?, ?, 'expected') ON CONFLICT DO NOTHING", [instrument, groupId, detector]); // prettier-ignore
      return added > 0;
    });
  }

  notePreload(
    visit: Pick<NextVisit, 'instrument' | 'groupId'>,
    detector: number,
    time: { readonly startedMs: number; readonly endedMs: number },
    report: unknown,
  ): void {
    this.#run('UPDATE arrival SET preload = ?, preload_begin_ms = ?, preload_end_ms = ? WHERE instrument = ? AND visit_group = ? AND detector = ?', [JSON.stringify(report), Math.round(time.startedMs), Math.round(time.endedMs), visit.instrument, visit.groupId, detector]); // prettier-ignore
  }

  /** The announcement of a visit, by the name of its group. */
  findAnnouncement(
    instrument: string,
    group: string,
  ): { readonly visit: NextVisit; readonly announcedMs: number; readonly arrivals: readonly Arrival[] } | undefined {
    const row = this.#get('SELECT body, announced_ms FROM announcement WHERE instrument = ? AND visit_group = ?', [instrument, group]);
    if (!row) return undefined;
    const arrivals = this.#all('SELECT * FROM arrival WHERE instrument = ? AND visit_group = ? ORDER BY detector', [instrument, group]).map(
      (each): Arrival => ({
        detector: Number(each['detector']),
        state: each['state'] as ArrivalState,
        preload:
          each['preload'] === null
            ? null
            : {
                startedMs: Number(each['preload_begin_ms']),
                endedMs: Number(each['preload_end_ms']),
                report: JSON.parse(each['preload'] as string) as unknown,
              },
      }),
    );
    return { visit: JSON.parse(row['body'] as string) as NextVisit, announcedMs: Number(row['announced_ms']), arrivals };
  }

  /** Announced visits whose raws are still to come, in order of their announcement. */
  openAnnouncements(): readonly NextVisit[] {
    return this.#all("SELECT DISTINCT a.* FROM announcement a JOIN arrival r USING (instrument, visit_group) WHERE r.state = 'expected' ORDER BY announced_ms", []).map(
      ({ body }) => JSON.parse(body as string) as NextVisit,
    ); // prettier-ignore
  }

  /** Marks detectors whose deadline has passed; returns them. */
  expire(nowMs: number): readonly { readonly instrument: string; readonly group: string; readonly detector: number }[] {
    return this.#transaction(() => {
      const late = this.#all("SELECT r.instrument, r.visit_group, r.detector FROM arrival r JOIN announcement a USING (instrument, visit_group) WHERE r.state = 'expected' AND a.deadline_ms < ?", [nowMs]); // prettier-ignore
      for (const row of late)
        this.#run("UPDATE arrival SET state = 'late' WHERE instrument = ? AND visit_group = ? AND detector = ?", [row['instrument'] as string, row['visit_group'] as string, row['detector'] as number]); // prettier-ignore
      return late.map((row) => ({
        instrument: row['instrument'] as string,
        group: row['visit_group'] as string,
        detector: Number(row['detector']),
      }));
    });
  }

  /** The announcement that a raw belongs to: that of the exposure itself before that of its group. @returns its group id. */
  announcedAs({ instrument, observation, group }: RawUnit): string | undefined {
    for (const name of [observation, group])
      if (name !== null && this.#get('SELECT 1 FROM announcement WHERE instrument = ? AND visit_group = ?', [instrument, name]))
        return name;
    return undefined;
  }

  /** Notes a raw that has arrived; a second copy changes nothing. @returns whether the unit is new. */
  arrive(unit: RawUnit, source: UnitSource, nowMs: number): boolean {
    return this.#transaction(() => {
      const { instrument, exposure, detector, group, observation, day, shutterCloseMs } = unit;
      const announced = this.announcedAs(unit);
      if (announced !== undefined)
        this.#run("UPDATE arrival SET state = 'arrived' WHERE instrument = ? AND visit_group = ? AND detector = ?", [
          instrument,
          announced,
          detector,
        ]);
      return (
        this.#run(
          `INSERT INTO unit (instrument, exposure, detector, visit_group, observation, day, shutter_close_ms, state, source, raw_seen_ms)
           VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT DO NOTHING`,
          [instrument, exposure, detector, group, observation, day, shutterCloseMs, source, nowMs],
        ) > 0
      );
    });
  }

  /**
   * Takes a unit for this process: if it waits, has failed or was refused before, or its owner is dead.
   *
   * @param again - Whether failed and refused units may be taken.
   */
  claim(unit: Unit, owner: string, nowMs: number, { again = false }: { readonly again?: boolean } = {}): Claim {
    return this.#transaction(() => {
      const row = this.#get(`SELECT state, owner, lease_ms FROM unit WHERE ${KEY}`, keyOf(unit));
      const state = (row?.['state'] ?? 'done') as UnitState;
      const abandoned = state === 'running' && this.#isAbandoned(row?.['owner'] as string, Number(row?.['lease_ms']), nowMs);
      const free = state === 'waiting' || abandoned || (again && (state === 'failed' || state === 'refused'));
      if (!free) return { granted: false, because: state };
      this.#run(`UPDATE unit SET state = 'running', owner = ?, lease_ms = ?, attempts = attempts + 1 WHERE ${KEY}`, [
        owner,
        Math.round(nowMs),
        ...keyOf(unit),
      ]);
      return { granted: true, resumed: abandoned };
    });
  }

  /** Renews the claims of a process. */
  renew(owner: string, nowMs: number): void {
    this.#run("UPDATE unit SET lease_ms = ? WHERE owner = ? AND state = 'running'", [Math.round(nowMs), owner]);
  }

  /** Gives a claim back undone, as at a clean end. */
  release(unit: Unit, owner: string): void {
    this.#run(`UPDATE unit SET state = 'waiting', owner = NULL WHERE ${KEY} AND owner = ? AND state = 'running'`, [...keyOf(unit), owner]);
  }

  /** Ends a claim. @returns false if it was lost to another process meanwhile, which then tells the outcome. */
  settle(unit: Unit, owner: string, outcome: UnitOutcome, stages: readonly StageTime[]): boolean {
    return this.#run(`UPDATE unit SET state = ?, owner = NULL, outcome = ?, stages = ? WHERE ${KEY} AND owner = ? AND state = 'running'`, [outcome.state, JSON.stringify(outcome), JSON.stringify(stages), ...keyOf(unit), owner]) > 0; // prettier-ignore
  }

  get(unit: Unit): UnitRecord | undefined {
    const row = this.#get(`SELECT * FROM unit WHERE ${KEY}`, keyOf(unit));
    return row && recordOf(row);
  }

  /** Units of a night, or of all, newest exposure first. */
  list(filter: { readonly day?: number; readonly states?: readonly UnitState[]; readonly limit?: number } = {}): readonly UnitRecord[] {
    const { day, states, limit = -1 } = filter;
    const terms = [
      ...(day === undefined ? [] : ['day = ?']),
      ...(states === undefined ? [] : [`state IN (${states.map(() => '?').join()})`]),
    ];
    const where = terms.length === 0 ? '' : `WHERE ${terms.join(' AND ')}`;
    return this.#all(`SELECT * FROM unit ${where} ORDER BY exposure DESC, detector LIMIT ?`, [
      ...(day === undefined ? [] : [day]),
      ...(states ?? []),
      limit,
    ]).map(recordOf);
  }

  /** Units that nobody works on: waiting, or held by a process that is gone. */
  pending(nowMs: number): readonly UnitRecord[] {
    return this.#all("SELECT * FROM unit WHERE state IN ('waiting', 'running') ORDER BY exposure DESC, detector", [])
      .filter((row) => row['state'] === 'waiting' || this.#isAbandoned(row['owner'] as string, Number(row['lease_ms']), nowMs))
      .map(recordOf);
  }

  counts(): Readonly<Record<UnitState, number>> {
    const counts: Record<UnitState, number> = { waiting: 0, running: 0, done: 0, failed: 0, refused: 0 };
    for (const row of this.#all('SELECT state, count(*) AS n FROM unit GROUP BY state', []))
      counts[row['state'] as UnitState] = Number(row['n']);
    return counts;
  }

  /** Whether a file was looked at as it is now. */
  knowsFile(path: string, stamp: string): boolean {
    return this.#get('SELECT 1 FROM raw_file WHERE path = ? AND stamp = ?', [path, stamp]) !== undefined;
  }

  noteFile(path: string, stamp: string, error?: { readonly code: string; readonly message: string }): void {
    this.#run('INSERT INTO raw_file VALUES (?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET stamp = excluded.stamp, code = excluded.code, message = excluded.message', [path, stamp, error?.code ?? null, error?.message ?? null]); // prettier-ignore
  }

  rejectedFiles(): readonly { readonly path: string; readonly code: string; readonly message: string }[] {
    return this.#all('SELECT path, code, message FROM raw_file WHERE code IS NOT NULL ORDER BY path', []).map((row) => ({
      path: row['path'] as string,
      code: row['code'] as string,
      message: row['message'] as string,
    }));
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }

  #isAbandoned(owner: string | null, leaseMs: number, nowMs: number): boolean {
    return owner === null || isGone(owner) || nowMs - leaseMs > this.#leaseMs;
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const value = work();
      this.#database.exec('COMMIT');
      return value;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #run(statement: string, values: readonly SQLInputValue[]): number {
    return Number(this.#database.prepare(statement).run(...values).changes);
  }

  #get(statement: string, values: readonly SQLInputValue[]): Row | undefined {
    return this.#database.prepare(statement).get(...values) as Row | undefined;
  }

  #all(statement: string, values: readonly SQLInputValue[]): readonly Row[] {
    return this.#database.prepare(statement).all(...values) as Row[];
  }
}

type Row = Readonly<Record<string, string | number | null>>;

const KEY = 'instrument = ? AND exposure = ? AND detector = ?';

function keyOf({ instrument, exposure, detector }: Unit): [string, number, number] {
  return [instrument, exposure, detector];
}

function recordOf(row: Row): UnitRecord {
  const outcome = row['outcome'] as string | null;
  return {
    instrument: row['instrument'] as string,
    exposure: Number(row['exposure']),
    detector: Number(row['detector']),
    group: row['visit_group'] as string | null,
    observation: row['observation'] as string | null,
    day: Number(row['day']),
    shutterCloseMs: row['shutter_close_ms'] as number | null,
    state: row['state'] as UnitState,
    source: row['source'] as UnitSource,
    attempts: Number(row['attempts']),
    owner: row['owner'] as string | null,
    rawSeenMs: Number(row['raw_seen_ms']),
    outcome: outcome === null ? null : (JSON.parse(outcome) as UnitOutcome),
    stages: JSON.parse(row['stages'] as string) as StageTime[],
  };
}
