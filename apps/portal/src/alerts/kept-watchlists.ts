import { useEffect, useSyncExternalStore } from 'react';
import { ask, askJson, ServiceProblem } from '../services/problem.ts';

/** Positions that a reader watches, as they were typed. */
export interface StoredWatchlist {
  readonly name: string;
  readonly text: string;
}

/** The reader's lists, and where they are kept. */
export interface KeptWatchlists {
  readonly lists: readonly StoredWatchlist[];
  /** The account on the server that has them; undefined where the browser keeps them. */
  readonly user: string | undefined;
  /** Why the last change was not kept. */
  readonly problem: string;
}

const KEY = 'almagest:watchlists';
const PATH = '/api/watchlists';
const readers = new Set<() => void>();
let kept: KeptWatchlists = { lists: storedHere(), user: undefined, problem: '' };
let isAsked = false;

export function useWatchlists(): KeptWatchlists {
  useEffect(() => void askServer(), []);
  return useSyncExternalStore(follow, () => kept);
}

/** Keeps all lists in place of those before, on the server for whoever signed in, else in this browser. */
export async function keepWatchlists(lists: readonly StoredWatchlist[]): Promise<void> {
  const before = kept;
  tell({ ...before, lists, problem: '' });
  try {
    if (before.user === undefined) localStorage.setItem(KEY, JSON.stringify(lists));
    else await ask(PATH, { method: 'PUT', body: new Blob([JSON.stringify({ lists })], { type: 'application/json' }) });
  } catch (error) {
    tell({ ...before, problem: `Not kept: ${error instanceof Error ? error.message : String(error)}` });
  }
}

/** Once a page: the lists of the account. Those that this browser kept before go to an account that has none. */
async function askServer(): Promise<void> {
  if (isAsked) return;
  isAsked = true;
  try {
    const { user, lists } = await askJson<{ user: string | null; lists: readonly StoredWatchlist[] }>(PATH);
    if (user === null) return;
    const here = kept.lists;
    tell({ lists, user, problem: '' });
    if (lists.length === 0 && here.length > 0) await keepWatchlists(here);
  } catch (error) {
    // Without the service, or without a server, the browser's own lists do.
    if (!(error instanceof ServiceProblem)) throw error;
  }
}

function follow(changed: () => void): () => void {
  const elsewhere = (): void => {
    if (kept.user === undefined) tell({ ...kept, lists: storedHere() });
  };
  readers.add(changed);
  addEventListener('storage', elsewhere);
  return () => {
    readers.delete(changed);
    removeEventListener('storage', elsewhere);
  };
}

function tell(next: KeptWatchlists): void {
  kept = next;
  for (const reader of readers) reader();
}

function storedHere(): readonly StoredWatchlist[] {
  try {
    const lists: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(lists) ? (lists as StoredWatchlist[]) : [];
  } catch {
    return [];
  }
}
