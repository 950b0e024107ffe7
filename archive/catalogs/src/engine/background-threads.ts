import { existsSync, readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type DuckDBPreparedStatement, type DuckDBResult } from '@duckdb/node-api';
import duckdb, { type PendingResult } from '@duckdb/node-bindings';

/** Threads of this process, where the system shows them one by one. */
const TASKS = '/proc/self/task';
/** How often a query in the background is looked at: often at first, since most are short [ms]. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 4;

/**
 * Makes something that starts threads of its own, and lets these threads stand back behind all others of the machine.
 *
 * Only where threads have priorities of their own, which is Linux; elsewhere they stay as they are. @see setpriority(2), "C library/kernel differences"
 */
export async function withLowPriority<T>(niceness: number, make: () => Promise<T>): Promise<T> {
  if (niceness === 0 || !existsSync(TASKS)) return make();
  // The threads that the runtime makes at the first use of a file are not to be taken for those of the engine.
  await stat(TASKS);
  const known = new Set(readdirSync(TASKS));
  const made = await make();
  for (const thread of readdirSync(TASKS)) if (!known.has(thread)) lowerPriority(Number(thread), niceness);
  return made;
}

function lowerPriority(thread: number, niceness: number): void {
  try {
    setPriority(thread, Math.min(constants.priority.PRIORITY_LOW, getPriority() + niceness));
  } catch {
    // It has ended, or the system does not let us: the engine works as well with its old priority.
  }
}

/** Starts a statement and leaves all of its work to the threads of the engine: the caller's thread, which has full priority, only looks. */
export async function streamInBackground(prepared: DuckDBPreparedStatement): Promise<DuckDBResult> {
  const pending = prepared.startStream();
  // The library has no method for it; its field holds what the function of the engine takes.
  const handle = (pending as unknown as { readonly pending_result: PendingResult }).pending_result;
  for (let wait = FIRST_LOOK_MS; isUnderWay(handle); wait = Math.min(LAST_LOOK_MS, 1.5 * wait)) await sleep(wait);
  // Whatever it ended with is told here.
  return await pending.getResult();
}

function isUnderWay(pending: PendingResult): boolean {
  const state = duckdb.pending_execute_check_state(pending);
  return state === duckdb.PendingState.RESULT_NOT_READY || state === duckdb.PendingState.NO_TASKS_AVAILABLE;
}
