import { useSyncExternalStore } from 'react';

/** The parts of the page; each is an address of its own. */
export const PANELS = ['home', 'catalogues', 'images', 'alerts', 'night', 'sky'] as const;
export type Panel = (typeof PANELS)[number];

/** Where the reader is: everything that a reload or a link has to bring back. */
export interface Address {
  readonly panel: Panel;
  readonly parameters: URLSearchParams;
}

export interface Changes {
  readonly [name: string]: string | number | undefined;
}

const CHANGED = 'almagest:address';

/** The address now; a component that calls this follows it. */
export function useAddress(): Address {
  const href = useSyncExternalStore(follow, () => location.pathname + location.search);
  return parseAddress(href);
}

export function parseAddress(href: string): Address {
  const [path = '', search = ''] = href.split('?');
  const name = path.split('/')[1] ?? '';
  const panel = PANELS.find((each) => each === name) ?? 'home';
  return { panel, parameters: new URLSearchParams(search) };
}

export function hrefOf(panel: Panel, changes: Changes = {}): string {
  const search = new URLSearchParams(
    Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const text = search.toString();
  return `${panel === 'home' ? '/' : `/${panel}`}${text === '' ? '' : `?${text}`}`;
}

/** Goes to another place; the way back stays open. */
export function visit(href: string): void {
  if (href === location.pathname + location.search) return;
  history.pushState(null, '', href);
  dispatchEvent(new Event(CHANGED));
}

/** Notes state in the address without a step in the history; undefined or empty values are taken out. */
export function note(changes: Changes): void {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined || value === '') url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  history.replaceState(null, '', url);
  dispatchEvent(new Event(CHANGED));
}

function follow(changed: () => void): () => void {
  addEventListener('popstate', changed);
  addEventListener(CHANGED, changed);
  return () => {
    removeEventListener('popstate', changed);
    removeEventListener(CHANGED, changed);
  };
}
